//! What GitHub runs for this repository: the workflows by GitHub's schema and by zizmor, the scripts by shellcheck.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::program::finish;
use testkit::python;

fn within(folder: &str, keep: fn(&str) -> bool) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = folder.read_dir().expect("a folder").flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_file() && path.to_str().is_some_and(keep)).collect()
}

#[testkit::test(needs(PYPI))]
fn the_workflows_have_the_shape_that_github_asks_for() {
    let python = python::with(&["check-jsonschema==0.39.0"]);
    let mut check = Command::new(python.with_file_name("check-jsonschema"));
    check.args(["--builtin-schema", "vendor.github-workflows"]).args(within(".github/workflows", |_| true));
    let run = finish(&mut check);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

#[testkit::test(needs(PYPI))]
fn the_workflows_of_our_own_are_safe_to_run() {
    let python = python::with(&["zizmor==1.32.0"]);
    let mut zizmor = Command::new(python.with_file_name("zizmor"));
    // release.yml is dist's: what zizmor says of it is dist's to mend.
    let ours = within(".github/workflows", |path| !path.ends_with("/release.yml"));
    assert!(ours.len() >= 3, "{ours:?}");
    zizmor.args(["--offline", "--no-progress", "--persona=pedantic"]).args(ours);
    let run = finish(&mut zizmor);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

#[testkit::test(needs(SHELLCHECK))]
fn the_scripts_pass_shellcheck() {
    let is_of_a_shell = |script: &PathBuf| {
        let text = std::fs::read_to_string(script).unwrap_or_default();
        text.lines().next().is_some_and(|line| line.ends_with("bash") || line.ends_with("/sh"))
    };
    let scripts: Vec<_> = within(".ci", |_| true).into_iter().filter(is_of_a_shell).collect();
    assert!(scripts.len() >= 8, "{scripts:?}");
    let run = finish(Command::new("shellcheck").args(scripts));
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[testkit::test]
fn the_oldest_rust_is_the_same_in_the_manifest_in_ci_and_on_the_pages() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    for (file, line) in [
        (".github/workflows/ci.yml", format!("RUSTUP_TOOLCHAIN: \"{oldest}\"\n")),
        ("README.md", format!("Rust {oldest} or newer")),
        ("CONTRIBUTING.md", format!("Rust {oldest} or newer")),
    ] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file);
        assert!(text.contains(&line), "{file} does not say {line:?}");
    }
}
