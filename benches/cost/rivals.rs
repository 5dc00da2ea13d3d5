//! Who is compared: the binary that ships, `curl`, the genuine Python client, and programs that do nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::distant_hub::DistantHub;
use crate::hub_state::{repo, token};
use crate::job::Job;
use testkit::{prerequisite, program, python};

/// The client that most jobs use; the version that the tests hold the verdicts against.
pub const CLIENT: &str = "huggingface_hub==2.4.0";

/// whoami, then reading and pushing, one after another as a script would.
const SCRIPT: &str = "
import sys
from huggingface_hub import HfApi
api = HfApi()
api.whoami()
for repo in sys.argv[1:]:
    api.auth_check(repo)
    api.auth_check(repo, write=True)
";

/// The programs that were found.
pub struct Rivals {
    pub ours: PathBuf,
    pub curl: Option<PathBuf>,
    pub python: Option<PathBuf>,
    /// A static C program whose `main` returns: the least that a process costs.
    pub nothing: Option<PathBuf>,
}

impl Rivals {
    /// Builds the binary that ships, unless there is another to measure, and finds or makes the others.
    pub fn find(binary: Option<PathBuf>) -> Self {
        let curl = have(&prerequisite::CURL).then(|| PathBuf::from("/usr/bin/curl"));
        let python = have(&prerequisite::PYPI).then(|| python::with(&[CLIENT]));
        Self { ours: binary.unwrap_or_else(shipped), curl, python, nothing: nothing() }
    }

    /// The check of so many needs.
    pub fn ours(&self, site: &DistantHub, needs: usize) -> Job {
        let needs = (0..needs).flat_map(|at| [flag(at).to_owned(), repo(at)]);
        self.at(site, &self.ours, needs.collect(), Some(trust(site)))
    }

    /// No token: the verdict needs no network.
    pub fn local(&self) -> Job {
        Job { program: self.ours.clone(), args: Vec::new(), variables: Vec::new(), status: 40 }
    }

    /// whoami and nothing else.
    pub fn curl_whoami(&self, site: &DistantHub) -> Option<Job> {
        self.curl_sequence(site, 0)
    }

    /// The same questions as ours in one `curl`, one after another on one connection.
    pub fn curl_sequence(&self, site: &DistantHub, needs: usize) -> Option<Job> {
        let route = |at| if flag(at) == "--write" { "auth-check/write" } else { "auth-check" };
        let checks = (0..needs).map(|at| format!("{}/api/models/{}/{}", site.endpoint, repo(at), route(at)));
        let mut args: Vec<_> = ["--silent", "--fail", "--cacert"].map(Into::into).to_vec();
        args.push(site.hub.ca.display().to_string());
        args.extend(["--header".into(), format!("Authorization: Bearer {}", token())]);
        args.push(format!("{}/api/whoami-v2", site.endpoint));
        args.extend(checks);
        Some(self.at(site, self.curl.as_ref()?, args, None))
    }

    /// whoami with the system's CA bundle, as curl reads it unless told otherwise.
    pub fn curl_bundle(&self, site: &DistantHub, folder: &Path) -> Option<Job> {
        let mut job = self.curl_whoami(site)?;
        let ca = job.args.iter_mut().find(|arg| **arg == site.hub.ca.display().to_string())?;
        *ca = bundle(site, folder)?;
        Some(job)
    }

    /// The check of two needs where somebody has named the system's CA bundle in `SSL_CERT_FILE`.
    pub fn ours_bundle(&self, site: &DistantHub, folder: &Path) -> Option<Job> {
        let mut job = self.ours(site, 2);
        let (_, ca) = job.variables.iter_mut().find(|(name, _)| name == "SSL_CERT_FILE")?;
        *ca = bundle(site, folder)?;
        Some(job)
    }

    /// whoami, reading and pushing of one repo with the genuine client.
    pub fn python(&self, site: &DistantHub) -> Option<Job> {
        let args = vec!["-c".into(), SCRIPT.into(), repo(0)];
        let mut job = self.at(site, self.python.as_ref()?, args, Some(trust(site)));
        job.variables.push(("HOME".into(), std::env::temp_dir().display().to_string()));
        Some(job)
    }

    fn at(&self, site: &DistantHub, program: &Path, args: Vec<String>, ca: Option<(String, String)>) -> Job {
        let mut variables = vec![("HF_TOKEN".into(), token()), ("HF_ENDPOINT".into(), site.endpoint.clone())];
        variables.extend(ca);
        Job { program: program.into(), args, variables, status: 0 }
    }
}

/// A program without arguments and without an environment.
pub fn bare(program: &Path) -> Job {
    Job { program: program.into(), args: Vec::new(), variables: Vec::new(), status: 0 }
}

fn flag(need: usize) -> &'static str {
    if need.is_multiple_of(2) { "--read" } else { "--write" }
}

fn trust(site: &DistantHub) -> (String, String) {
    ("SSL_CERT_FILE".into(), site.hub.ca.display().to_string())
}

/// The system's CA bundle, with the CA of the Hub behind it.
fn bundle(site: &DistantHub, folder: &Path) -> Option<String> {
    let mut bundle = std::fs::read("/etc/ssl/certs/ca-certificates.crt").ok()?;
    bundle.extend(std::fs::read(&site.hub.ca).ok()?);
    let path = folder.join("bundle.pem");
    std::fs::write(&path, bundle).ok()?;
    Some(path.display().to_string())
}

/// Built by `.ci/musl` as a release is linked, where Debian's Rust is installed; else by `cargo static`, with glibc.
fn shipped() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = |command: &mut Command| {
        // What cargo says of this crate to its benchmark makes ring's build script think that it must run again.
        let said = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        std::env::vars().map(|(name, _)| name).filter(|name| said(name)).for_each(|name| _ = command.env_remove(name));
        command.current_dir(root).status().is_ok_and(|status| status.success())
    };
    if Path::new("/usr/bin/rustc").exists() && built(&mut Command::new(root.join(".ci/musl"))) {
        return root.join("target/musl/x86_64-unknown-linux-musl/release/hf-token-check");
    }
    println!("SKIPPED the musl build, which ships: .ci/musl says what it needs. Measured with glibc");
    assert!(built(Command::new(env!("CARGO")).arg("static")), "cargo static failed");
    root.join("target/x86_64-unknown-linux-gnu/release/hf-token-check")
}

fn nothing() -> Option<PathBuf> {
    let source = program::target().join("nothing.c");
    let path = source.with_extension("");
    std::fs::write(&source, "int main(void) { return 0; }\n").expect("a file");
    let built = Command::new("gcc").args(["-Os", "-static", "-o"]).arg(&path).arg(&source).status();
    built.is_ok_and(|status| status.success()).then_some(path)
}

/// Whether this machine has it; says so where it has not.
pub fn have(prerequisite: &prerequisite::Prerequisite) -> bool {
    if !prerequisite.is_available() {
        println!("SKIPPED a comparison: {prerequisite}");
    }
    prerequisite.is_available()
}
