//! What a release is made of: names that must agree, the archive that dist made, the packaged crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use auditable_info::Limits;
use serde_json::Value;
use tempfile::TempDir;

use testkit::launcher;
use testkit::program::{Run, finish};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[testkit::test(needs(DIST))]
fn the_launcher_and_binstall_ask_for_the_archives_that_a_release_has() {
    let plan = output("dist", &["plan", "--output-format=json"]);
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    let artifacts = plan["artifacts"].as_object().expect("artifacts");
    let archives: BTreeSet<String> = artifacts
        .iter()
        .filter(|(_, artifact)| artifact["kind"] == "executable-zip")
        .map(|(name, _)| name.clone())
        .collect();
    let targets: Vec<String> = read("hf-token-check")
        .split("target=")
        .skip(1)
        .map(|rest| rest.split(' ').next().unwrap_or_default().into())
        .collect();
    assert_eq!(targets.len(), 4, "the launcher's table: {targets:?}");

    let launched: BTreeSet<String> = targets.iter().map(|target| format!("hf-token-check-{target}.tar.gz")).collect();
    assert_eq!(launched, archives);
    for archive in &archives {
        assert!(artifacts.contains_key(&format!("{archive}.sha256")), "{archive} has no checksum of its own");
    }
    let base = "https://github.com/hf-token-check/hf-token-check/releases/download";
    assert!(read("hf-token-check").contains(&format!("{base}}}\n")), "where the launcher looks");
    let tag = plan["announcement_tag"].as_str().expect("a tag");
    for target in &targets {
        assert_eq!(binstall("pkg-url", target), format!("{base}/{tag}/hf-token-check-{target}.tar.gz"));
    }
}

#[testkit::test]
fn the_package_has_the_sources_and_what_they_include_and_no_more() {
    let listed = output("cargo", &["package", "--list", "--allow-dirty"]);
    let sources = files(&Path::new(ROOT).join("src")).into_iter().map(|file| format!("src/{file}"));
    let others = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "docs/diagnoses.md",
        "docs/interface.md",
        "docs/report.schema.json",
    ];
    let expected: BTreeSet<String> = sources.chain(others.map(String::from)).collect();
    assert_eq!(listed.lines().map(String::from).collect::<BTreeSet<_>>(), expected);
}

#[testkit::test]
fn only_the_tests_turn_on_the_feature_that_opens_the_modules() {
    let features = |edges: &[&str]| {
        let args = ["tree", "--locked", "--offline", "--depth", "0", "--format", "{f}"];
        output(env!("CARGO"), &[&args[..], edges].concat()).trim().to_owned()
    };
    assert_eq!(features(&["--edges", "no-dev"]), "", "a build that ships");
    assert!(features(&[]).starts_with("internals"), "a build for the tests");
}

#[testkit::test(needs(RELEASE))]
fn the_archive_holds_the_program_its_licences_its_manual_and_its_completions() {
    let (folder, root) = unpacked();
    let expected = BTreeSet::from([
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "completions/_hf-token-check",
        "completions/_hf-token-check.ps1",
        "completions/hf-token-check.bash",
        "completions/hf-token-check.elv",
        "completions/hf-token-check.fish",
        "hf-token-check",
        "hf-token-check.1",
    ]);
    assert_eq!(files(&root), expected.into_iter().map(String::from).collect());

    let target = name(&root).trim_start_matches("hf-token-check-");
    let binary = binstall("bin-dir", target);
    let run = finish(Command::new(folder.path().join(&binary)).arg("--version").env_clear());
    assert_eq!((run.status, run.stdout.trim()), (0, concat!("hf-token-check ", env!("CARGO_PKG_VERSION"))), "{run:?}");
}

#[testkit::test(needs(RELEASE, MAN))]
fn the_man_page_of_the_archive_renders_without_a_complaint() {
    let (_folder, root) = unpacked();
    let mut man = Command::new("man");
    man.env("MANWIDTH", "80").env("LC_ALL", "C").arg("-l").arg(root.join("hf-token-check.1"));
    let page = finish(&mut man);
    assert!(page.stdout.contains("SYNOPSIS") && page.stdout.contains("--rank-zero-only"), "{page:?}");
    assert_eq!(page.stderr, "");
}

#[testkit::test(needs(RELEASE, CURL))]
fn the_launcher_fetches_the_archive_that_dist_made_and_checks_its_sum() {
    let archive = archive();
    let releases = tempfile::tempdir().expect("a folder");
    let release = releases.path().join(concat!("v", env!("CARGO_PKG_VERSION")));
    std::fs::create_dir(&release).expect("a folder");
    // Here only glibc's target can be built; the launcher asks for musl's.
    let asked = release.join(name(&archive).replace("-gnu", "-musl"));
    std::fs::copy(&archive, &asked).expect("the archive");
    let sum = PathBuf::from(format!("{}.sha256", archive.display()));
    std::fs::copy(&sum, format!("{}.sha256", asked.display())).expect("the sum that dist wrote");

    let run = launch(releases.path());
    assert_eq!(run.status, 40, "{run:?}");
    assert!(run.stderr.contains("\ntoken-missing\n"), "{run:?}");
    std::fs::write(&asked, "another archive").expect("written");
    let run = launch(releases.path());
    assert!(run.status == 1 && run.stderr.contains("nothing was run"), "{run:?}");
}

#[testkit::test(needs(RELEASE, CURL))]
fn the_installer_installs_that_archive_and_no_other() {
    let archive = archive();
    let folder = tempfile::tempdir().expect("a folder");
    let (releases, home) = (folder.path().join("releases"), folder.path().join("home"));
    std::fs::create_dir_all(&releases).expect("a folder");
    let served = releases.join(name(&archive));
    std::fs::copy(&archive, &served).expect("the archive");
    let install = || {
        let mut command = Command::new("sh");
        command.arg(archive.with_file_name("hf-token-check-installer.sh")).env_clear().env("PATH", "/usr/bin:/bin");
        command.env("HF_TOKEN_CHECK_DOWNLOAD_URL", format!("file://{}", releases.display())).env("HOME", &home);
        finish(&mut command)
    };

    let run = install();
    let installed = home.join(".local/bin/hf-token-check");
    assert!(run.status == 0 && installed.exists(), "{run:?}");
    std::fs::remove_file(&installed).expect("removed");
    std::fs::write(&served, "another archive").expect("written");
    let run = install();
    assert!(run.status != 0 && run.stderr.contains("checksum mismatch") && !installed.exists(), "{run:?}");
}

#[testkit::test(needs(RELEASE))]
fn the_program_and_the_bill_of_materials_list_the_same_dependencies() {
    let (_folder, root) = unpacked();
    let embedded = auditable_info::audit_info_from_file(&root.join("hf-token-check"), Limits::default());
    let embedded: BTreeSet<String> = embedded
        .expect("cargo auditable's section")
        .packages
        .iter()
        .map(|it| format!("{}@{}", it.name, it.version))
        .collect();
    let bill = read("target/distrib/hf-token-check.cdx.xml");
    let billed: BTreeSet<String> = bill
        .split("<purl>pkg:cargo/")
        .skip(1)
        .map(|rest| rest.split(['<', '?']).next().unwrap_or_default().into())
        .collect();
    assert_eq!(embedded, billed);
    assert!(
        ["ring@", "rustls@", "tokio@"].iter().all(|name| billed.iter().any(|it| it.starts_with(name))),
        "{billed:?}"
    );
}

/// The launcher, alone in a folder of its own, with a folder of releases.
fn launch(releases: &Path) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let launcher = folder.path().join("hf-token-check");
    std::fs::copy(Path::new(ROOT).join("hf-token-check"), &launcher).expect("the launcher");
    let releases = format!("file://{}", releases.display());
    let mut command = Command::new("sh");
    command.arg(&launcher).env_clear().env("PATH", "/usr/bin:/bin").env("HF_TOKEN_CHECK_RELEASES", releases);
    finish(&mut command)
}

/// A template of `[package.metadata.binstall]`, as cargo-binstall fills it in.
fn binstall(key: &str, target: &str) -> String {
    let metadata = output("cargo", &["metadata", "--no-deps", "--format-version=1", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|it| it["name"] == env!("CARGO_PKG_NAME")).expect("this package");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    text(&package["metadata"]["binstall"][key])
        .replace("{ repo }", &text(&package["repository"]))
        .replace("{ name }", &text(&package["name"]))
        .replace("{ version }", &text(&package["version"]))
        .replace("{ bin }", "hf-token-check")
        .replace("{ target }", target)
}

/// A file of the repository, or of what was built from it.
fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).expect(path)
}

/// The output of a command in the repository's root.
fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(ROOT).output().expect(program);
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// That archive, unpacked.
fn unpacked() -> (TempDir, PathBuf) {
    let archive = archive();
    let folder = tempfile::tempdir().expect("a folder");
    let run = finish(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder.path()));
    assert_eq!(run.status, 0, "{run:?}");
    let root = folder.path().join(name(&archive).trim_end_matches(".tar.gz"));
    (folder, root)
}

fn archive() -> PathBuf {
    launcher::archive().expect("an archive")
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

/// Every file of a folder, by its path inside.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in folder.read_dir().expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|inside| format!("{}/{inside}", name(&path))));
        } else {
            found.insert(name(&path).to_owned());
        }
    }
    found
}
