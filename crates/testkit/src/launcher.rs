//! The launcher as a user installs it, and a server of releases for it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::fake_hub::FakeHub;
use crate::fake_hub::HubState;
use crate::fake_hub::fault::{Fault, Kind};
use crate::fake_hub::http::Response;
use crate::program;

/// A `PATH` with the tools of the system and nothing else.
pub const SYSTEM_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A folder with the launcher in it, as `hf extensions install` saves it.
pub fn install() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let launcher = folder.path().join("hf-token-check");
    std::fs::copy(program::root().join("hf-token-check"), &launcher).expect("the launcher");
    std::fs::set_permissions(&launcher, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    (folder, launcher)
}

/// A server of releases: the archive of this very binary, and a hash, which may be wrong.
pub fn serve_releases(hash: Option<&str>) -> FakeHub {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("hf-token-check-x");
    std::fs::create_dir(&inside).expect("a folder");
    std::fs::copy(program::path(), inside.join("hf-token-check")).expect("the binary");
    let archive = folder.path().join("archive.tar.gz");
    let packed = Command::new("tar")
        .arg("-C")
        .arg(folder.path())
        .args(["--use-compress-program", "gzip -1", "-cf"])
        .arg(&archive)
        .arg("hf-token-check-x")
        .status();
    assert!(packed.expect("tar").success());
    let sum = Command::new("sha256sum").arg(&archive).output().expect("sha256sum").stdout;
    let sum =
        hash.map_or_else(|| String::from_utf8_lossy(&sum).split(' ').next().expect("a hash").to_owned(), Into::into);
    let serve = |at, body: Vec<u8>| Fault::at(at, Kind::Instead(Response::new(200, "application/octet-stream", body)));
    let faults = vec![
        serve(".tar.gz.sha256", format!("{sum} *archive.tar.gz\n").into_bytes()),
        serve(".tar.gz", std::fs::read(&archive).expect("the archive")),
    ];
    FakeHub::start_plain(HubState { faults, ..HubState::default() })
}

/// The archive that `.ci/release` made for this machine.
pub fn archive() -> Option<PathBuf> {
    let is_archive = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("hf-token-check-") && name.ends_with(".tar.gz")
    };
    let made = program::root().join("target/distrib").read_dir().ok()?;
    made.flatten().map(|entry| entry.path()).find(is_archive)
}
