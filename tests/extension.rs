//! `hf token-check`: the launcher in the root of the repository, as the genuine `hf` CLI installs and runs it.

use std::path::Path;
use std::process::{Command, Stdio};

use testkit::fake_hub::FakeHub;
use testkit::launcher::{self, SYSTEM_PATH};
use testkit::program::{self, Run, finish};
use testkit::{python, scenario};

fn launch(launcher: &Path, variables: &[(&str, &str)], args: &[&str]) -> Run {
    finish(
        Command::new(launcher)
            .args(args)
            .env_clear()
            .env("PATH", SYSTEM_PATH)
            .envs(variables.iter().copied())
            .stdin(Stdio::null()),
    )
}

#[testkit::test]
fn a_binary_on_the_path_is_started_with_every_argument() {
    let (_folder, launcher) = launcher::install();
    let bin = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(program::path(), bin.path().join("hf-token-check")).expect("a link");
    // The launcher itself may be on PATH too, and comes first: it must not start itself.
    let path = format!("{}:{}:{SYSTEM_PATH}", launcher.parent().expect("a folder").display(), bin.path().display());
    let run = launch(&launcher, &[("PATH", &path)], &["--read", "a b"]);
    assert_eq!((run.status, run.stderr.contains("--read: \"a b\" cannot be used")), (2, true), "{run:?}");
}

#[testkit::test(needs(DOWNLOADER))]
fn a_release_is_fetched_checked_and_kept() {
    let server = launcher::serve_releases(None);
    let (_folder, launcher) = launcher::install();
    let run = launch(&launcher, &[("HF_TOKEN_CHECK_RELEASES", &server.endpoint)], &["--format", "json"]);
    assert_eq!(run.status, 40, "{run:?}");
    assert!(run.stdout.contains("token-missing"), "{run:?}");
    assert_eq!(server.count(".tar.gz"), 2);
    assert_eq!(server.count(&format!("/v{}/", env!("CARGO_PKG_VERSION"))), 2);
    let again = launch(&launcher, &[("HF_TOKEN_CHECK_RELEASES", "http://127.0.0.1:9")], &[]);
    assert_eq!(again.status, 40, "kept for the next run: {again:?}");
}

#[testkit::test(needs(DOWNLOADER))]
fn a_version_that_is_asked_for_is_fetched_whatever_is_on_the_path() {
    let server = launcher::serve_releases(None);
    let (_folder, launcher) = launcher::install();
    let bin = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(program::path(), bin.path().join("hf-token-check")).expect("a link");
    let path = format!("{}:{SYSTEM_PATH}", bin.path().display());
    let ask = |version| {
        let variables =
            [("PATH", &*path), ("HF_TOKEN_CHECK_RELEASES", &*server.endpoint), ("HF_TOKEN_CHECK_VERSION", version)];
        launch(&launcher, &variables, &["--version"])
    };
    for (version, fetched, status) in [("", 0, 0), ("9.8.7", 2, 0), ("v9.8.7-rc.1", 2, 0)] {
        let before = server.count(".tar.gz");
        assert_eq!((ask(version).status, server.count(".tar.gz") - before), (status, fetched), "{version}");
    }
    assert_eq!((server.count("/v9.8.7/"), server.count("/v9.8.7-rc.1/")), (2, 2));
    for version in ["../9", "9/../8", "9.8.7\n", "9 8", "$(id)"] {
        let run = ask(version);
        assert!(run.status == 2 && run.stderr.contains("this is no version"), "{version:?}: {run:?}");
    }
}

#[testkit::test(needs(DOWNLOADER))]
fn a_download_with_another_hash_is_not_run() {
    let server = launcher::serve_releases(Some(&"0".repeat(64)));
    let (folder, launcher) = launcher::install();
    let run = launch(&launcher, &[("HF_TOKEN_CHECK_RELEASES", &server.endpoint)], &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert!(run.stderr.contains("is not the published one; nothing was run"), "{run:?}");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1, "nothing is kept");
    let gone = launch(&launcher, &[("HF_TOKEN_CHECK_RELEASES", "http://127.0.0.1:9")], &[]);
    assert!(gone.status == 1 && gone.stderr.contains("could not fetch http://127.0.0.1:9/v"), "{gone:?}");
}

#[testkit::test(needs(PYPI))]
fn the_genuine_cli_runs_it_as_hf_token_check() {
    let python = python::with(&["huggingface_hub==2.4.0"]);
    let home = tempfile::tempdir().expect("a folder");
    let extension = home.path().join(".local/share/hf/extensions/hf-token-check");
    std::fs::create_dir_all(&extension).expect("a folder");
    let (_folder, launcher) = launcher::install();
    let executable = extension.join("hf-token-check");
    std::fs::copy(&launcher, &executable).expect("the launcher");
    let manifest = serde_json::json!({"owner": "hf-token-check", "repo": "hf-token-check", "repo_id": "hf-token-check/hf-token-check", "short_name": "token-check",
        "executable_path": executable, "type": "binary", "installed_at": "2026-11-23T00:00:00+00:00"});
    std::fs::write(extension.join("manifest.json"), manifest.to_string()).expect("a manifest");
    let bin = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(program::path(), bin.path().join("hf-token-check")).expect("a link");
    let hub = FakeHub::start(scenario::hub_state());
    let run = finish(
        Command::new(python.with_file_name("hf"))
            .args(["token-check", "--read", "acme/model", "--write", "lab/theirs"])
            .env_clear()
            .envs([("HOME", home.path()), ("SSL_CERT_FILE", &hub.ca)])
            .env("PATH", format!("{}:{SYSTEM_PATH}", bin.path().display()))
            .env("HF_ENDPOINT", &hub.endpoint)
            .env("HF_TOKEN", scenario::secret("write"))
            .stdin(Stdio::null()),
    );
    assert_eq!(run.status, 43, "{run:?}");
    assert!(
        run.stderr.contains("write-denied-org-role") && run.stderr.contains("  ok    read      acme/model"),
        "{run:?}"
    );
}

#[testkit::test(needs(SHELLCHECK))]
fn the_launcher_is_plain_posix_shell() {
    let launcher = concat!(env!("CARGO_MANIFEST_DIR"), "/hf-token-check");
    let run = finish(Command::new("shellcheck").args(["--shell=sh", launcher]));
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[testkit::test]
fn the_launcher_fetches_the_release_of_this_version() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/hf-token-check")).expect("the launcher");
    assert!(text.contains(&format!("\nversion={}\n", env!("CARGO_PKG_VERSION"))));
}
