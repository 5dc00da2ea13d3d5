//! The Python package, built from this source by genuine tools.

use std::env::consts::ARCH;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::{program, python};

/// What builds, installs and judges the package.
pub const TOOLS: [&str; 6] =
    ["maturin==1.16.0", "mypy==2.4.1", "ruff==0.17.6", "uv==0.13.9", "vermin==1.9.2", "wheel==0.48.0"];

/// The Python with the tools beside it.
pub fn tools() -> PathBuf {
    python::with(&TOOLS)
}

/// The folder that holds the wheel. It is built anew only where something in it is newer, and by one test at a time.
pub fn folder(tools: &Path) -> PathBuf {
    let folder = program::target().join("wheel");
    fs::create_dir_all(&folder).expect("a folder");
    let lock = File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("the lock");
    // The binary under test is as new as its sources.
    let parts = ["pyproject.toml", "README.md", "Cargo.lock"].map(|part| program::root().join(part));
    let newest = parts.into_iter().chain(sources()).chain([program::path()]).map(|part| changed(&part)).max();
    let old = wheel(&folder);
    if old.as_ref().is_none_or(|wheel| Some(changed(wheel)) <= newest) {
        let _ = old.map(fs::remove_file);
        build(tools, &folder);
    }
    folder
}

/// Builds the wheel as the release does, but for the target that every Rust installation has. Where `cargo static` was
/// run, nothing is compiled.
fn build(tools: &Path, folder: &Path) {
    let target = format!("{ARCH}-unknown-linux-gnu");
    let made = tempfile::tempdir_in(folder).expect("a folder");
    let mut maturin = Command::new(tools.with_file_name("maturin"));
    maturin.args(["build", "--release", "--locked", "--compatibility", "manylinux2014", "--auditwheel", "check"]);
    let flags = "['-C','target-feature=+crt-static','-C','link-arg=-Wl,--no-eh-frame-hdr']";
    maturin.args(["--config", &format!("target.{target}.rustflags={flags}")]);
    maturin.args(["--target", &target, "--out"]).arg(made.path()).current_dir(program::root());
    // What Cargo tells a test about its package is news to the build scripts of others, which would then run again.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")) {
            maturin.env_remove(name);
        }
    }
    must(&mut maturin);
    // maturin gives both tags to a musl target only; what they say holds for any static binary.
    let wheel = wheel(made.path()).expect("a wheel");
    let tag = format!("--platform-tag=+musllinux_1_1_{ARCH}");
    must(Command::new(tools.with_file_name("wheel")).args(["tags", "--remove", &tag]).arg(&wheel));
    let tagged = self::wheel(made.path()).expect("a wheel");
    fs::rename(&tagged, folder.join(tagged.file_name().expect("a name"))).expect("the wheel");
}

fn must(command: &mut Command) {
    let run = program::finish(command);
    assert_eq!(run.status, 0, "{command:?}: {run:?}");
}

/// The wheel in a folder.
pub fn wheel(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "whl"))
}

/// The modules of the package.
pub fn sources() -> Vec<PathBuf> {
    let folder = program::root().join("python/hf_token_check");
    fs::read_dir(folder)
        .expect("the package")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect()
}

fn changed(path: &Path) -> SystemTime {
    fs::metadata(path).and_then(|data| data.modified()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
