//! Virtual environments with pinned packages from `PyPI`, made once and kept in the target folder.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program;

/// The Python of an environment that has these packages. A test that calls this needs `PYPI`.
pub fn with(packages: &[&str]) -> PathBuf {
    try_with(packages).unwrap_or_else(|error| panic!("{packages:?} cannot be installed: {error}"))
}

/// Whether pip finds and installs a small package.
pub fn reaches_an_index() -> bool {
    try_with(&["six==1.17.0"]).is_ok()
}

fn try_with(packages: &[&str]) -> Result<PathBuf, String> {
    let name: String = packages
        .join("+")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".+".contains(c) { c } else { '-' })
        .collect();
    let folder = program::target().join("venv").join(format!("python-{name}"));
    fs::create_dir_all(folder.parent().expect("a parent")).expect("a folder");
    // Tests run in processes of their own: only one may build the environment.
    let lock = File::create(folder.with_extension("lock")).expect("a lock");
    lock.lock().expect("the lock");
    let python = folder.join("bin/python");
    let done = folder.join("complete");
    if done.exists() {
        return Ok(python);
    }
    let _ = fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages))?;
    File::create(done).expect("a mark");
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

/// Runs `script` with a line of input for each of `lines`; it prints a line of JSON for each.
pub fn answers(python: &Path, script: &str, lines: &[impl ToString]) -> Vec<Value> {
    let mut child = Command::new(python)
        .args(["-c", script])
        .env_clear()
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .env("HOME", std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python can be started");
    let mut input = child.stdin.take().expect("a pipe");
    let lines = lines.iter().map(|line| line.to_string() + "\n").collect::<String>();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("a thread").expect("Python reads");
    assert!(output.status.success(), "Python ended with {}", output.status);
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
