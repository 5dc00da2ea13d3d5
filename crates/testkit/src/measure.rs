//! The real binary under observation: how long it took, and how much memory at the most.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{self, Run};
use crate::skip;

/// A run and what it took.
#[derive(Debug)]
pub struct Measured {
    pub run: Run,
    pub elapsed: Duration,
    pub peak_kib: u64,
}

/// Runs the binary with these arguments and nothing but these variables, under GNU time: a process as large as a test
/// cannot ask the kernel itself, which counts a parent's memory as its child's.
pub fn measure(args: &[String], variables: &[(String, String)]) -> Option<Measured> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("peak");
    let plain = program::command(args, variables);
    let mut command = Command::new("/usr/bin/time");
    command.args(["--quiet", "--format=%M", "--output"]).arg(&path).arg("--").arg(plain.get_program());
    command.args(plain.get_args()).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
    command.current_dir(std::env::temp_dir()).stdin(std::process::Stdio::null());
    let started = Instant::now();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => return skip::because("GNU time is not installed"),
        Err(error) => panic!("GNU time: {error}"),
    };
    let elapsed = started.elapsed();
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    let status = output.status.code().expect("GNU time ends by itself");
    let peak_kib = fs::read_to_string(path).expect("a measurement").trim().parse().expect("a number");
    Some(Measured { run: Run { status, stdout: text(output.stdout), stderr: text(output.stderr) }, elapsed, peak_kib })
}
