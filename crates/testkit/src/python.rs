//! Virtual environments with pinned packages from `PyPI`, made once and kept in the target folder.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::skip;

/// The Python of an environment that has these packages; says why and gives `None` where there cannot be one.
pub fn with(packages: &[&str]) -> Option<PathBuf> {
    let name: String = packages
        .join("+")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".+".contains(c) { c } else { '-' })
        .collect();
    let folder = super::program::target().join("venv").join(format!("python-{name}"));
    fs::create_dir_all(folder.parent().expect("a parent")).expect("a folder");
    // Tests run in processes of their own: only one may build the environment.
    let lock = File::create(folder.with_extension("lock")).expect("a lock");
    lock.lock().expect("the lock");
    let python = folder.join("bin/python");
    let done = folder.join("complete");
    if done.exists() {
        return Some(python);
    }
    let _ = fs::remove_dir_all(&folder);
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return skip::because("python3 with venv is not installed");
    }
    if packages.is_empty() {
        File::create(done).expect("a mark");
        return Some(python);
    }
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages)
        .output();
    match installed {
        Ok(output) if output.status.success() => {
            File::create(done).expect("a mark");
            Some(python)
        }
        Ok(output) => skip::because(&format!(
            "pip could not install {packages:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => skip::because(&format!("pip could not be started: {error}")),
    }
}
