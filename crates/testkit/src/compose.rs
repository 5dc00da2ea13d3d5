//! Containers that Docker Compose starts together, from an image that is made here of the program and what it needs, and
//! that is gone when the value is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fake_hub::FakeHub;
use crate::program::{self, Run};

/// The words that start Docker Compose here: as a command of `docker`, or a program of its own.
pub fn command() -> Option<Vec<&'static str>> {
    let works = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg("version").output().is_ok_and(|output| output.status.success())
    };
    [vec!["docker", "compose"], vec!["docker-compose"]].into_iter().find(|words| works(words))
}

/// Prepared services, `index-0` and so on, and their image.
pub struct Replicas {
    name: String,
    compose: Vec<&'static str>,
    folder: TempDir,
}

impl Replicas {
    /// Imports the image. A test that calls this needs `DOCKER` and `COMPOSE`.
    pub fn prepare(hub: &FakeHub) -> Self {
        let compose = command().expect("Docker Compose");
        let name = format!("hfp-ranks-{}", hub.address.port());
        let replicas = Self { name, compose, folder: tempfile::tempdir().expect("a folder") };
        replicas.import();
        replicas
    }

    /// Starts this many of them, each with its own `JOB_COMPLETION_INDEX`, with these options to `up`; waits for the end.
    pub fn up(&self, options: &[&str], count: usize, command: &[&str], hub: &FakeHub, secret: &str) -> Run {
        let service = |index: usize| {
            json!({
                "image": self.name,
                "command": command,
                // The Hub is on the loopback of this machine.
                "network_mode": "host",
                "volumes": [format!("{}:/ca.pem:ro", hub.ca.display())],
                // Whatever runs as a container's first process is deaf to SIGTERM.
                "stop_grace_period": "1s",
                "environment": {
                    "JOB_COMPLETION_INDEX": index.to_string(),
                    "HF_ENDPOINT": hub.endpoint,
                    "SSL_CERT_FILE": "/ca.pem",
                    // Without a value: taken from where Compose runs.
                    "HF_TOKEN": Value::Null,
                },
            })
        };
        let services: serde_json::Map<_, _> =
            (0..count).map(|index| (format!("index-{index}"), service(index))).collect();
        fs::write(self.file(), json!({"services": services}).to_string()).expect("a file");
        program::finish(self.compose().args(["up", "--no-color"]).args(options).env("HF_TOKEN", secret))
    }

    fn compose(&self) -> Command {
        let mut command = Command::new(self.compose[0]);
        command.args(&self.compose[1..]).arg("--file").arg(self.file()).args(["--project-name", &self.name]);
        command.env("HF_TOKEN", "").stdin(Stdio::null());
        command
    }

    /// JSON is YAML.
    fn file(&self) -> PathBuf {
        self.folder.path().join("compose.yaml")
    }

    /// No registry is needed: the program under test, two commands, and the libraries that `ldd` names.
    fn import(&self) {
        let root = self.folder.path().join("root");
        let put = |from: &Path, to: &Path| {
            let to = root.join(to.strip_prefix("/").expect("a whole path"));
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(from, to).expect("a copy");
        };
        let programs = [
            (program::path(), "/bin/hf-token-check"),
            ("/bin/echo".into(), "/bin/echo"),
            ("/bin/sleep".into(), "/bin/sleep"),
        ];
        for (from, to) in programs {
            put(&from, Path::new(to));
            let needed = program::finish(Command::new("ldd").arg(&from)).stdout;
            needed.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new).for_each(|lib| put(lib, lib));
        }
        let archive = self.folder.path().join("image.tar");
        let packed = Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(&root).arg(".").status();
        assert!(packed.is_ok_and(|status| status.success()), "no archive");
        let imported = program::finish(Command::new("docker").arg("import").arg(&archive).arg(&self.name));
        assert_eq!(imported.status, 0, "{imported:?}");
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        if self.file().exists() {
            let _ = self.compose().args(["down", "--timeout", "1"]).output();
        }
        let _ = Command::new("docker").args(["rmi", "--force", &self.name]).output();
    }
}
