//! The files under `docs/deploy`, as text and as what a YAML reader makes of them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Where they are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy")
}

/// Their names, the page about them left out.
pub fn names() -> Vec<String> {
    let entries = folder().read_dir().expect("docs/deploy").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "README.md");
    names.sort();
    names
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("a file of docs/deploy")
}

/// What is written in it, read by this Python's `ruamel.yaml` (YAML 1.2, in which `on` is a word).
pub fn yaml(python: &Path, name: &str) -> Value {
    let program =
        "import json, sys; from ruamel.yaml import YAML; json.dump(YAML(typ='safe').load(sys.stdin), sys.stdout)";
    let mut reader = Command::new(python)
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python can be started");
    reader.stdin.take().expect("its input").write_all(text(name).as_bytes()).expect("the file can be passed");
    let output = reader.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words of a list, or none where there is no list.
pub fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().expect("a word").to_owned()).collect()
}
