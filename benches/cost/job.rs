//! One process, run to its end, and what it cost.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The first argument that turns this benchmark into the launcher.
pub const LAUNCH: &str = "--launch";

/// What to run, with nothing in its environment but these variables.
#[derive(Clone, Debug)]
pub struct Job {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub variables: Vec<(String, String)>,
    /// The exit status that makes it count.
    pub status: i32,
}

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From before the start to after the end.
    pub wall: Duration,
    /// User and system.
    pub cpu: Duration,
    /// The most memory that was resident at one time.
    pub peak_kib: u64,
}

impl Job {
    /// Runs it once. Another status than the expected one ends the benchmark: a failure is quick, and costs nothing.
    pub fn run(&self) -> Cost {
        let launcher = std::env::current_exe().expect("an executable");
        let output = self.under(Command::new(launcher).arg(LAUNCH)).output().expect("the launcher can be started");
        let numbers: Vec<u64> = String::from_utf8_lossy(&output.stdout)
            .split_whitespace()
            .map(|word| word.parse().expect("the launcher prints numbers"))
            .collect();
        let [wall, cpu, peak_kib, status] = numbers[..] else { panic!("{}: {output:?}", self.program.display()) };
        assert_eq!(status, u64::from(self.status.unsigned_abs()), "{} {:?}", self.program.display(), self.args);
        Cost { wall: Duration::from_nanos(wall), cpu: Duration::from_micros(cpu), peak_kib }
    }

    /// The job as the arguments of another program.
    pub fn under<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.arg(&self.program).args(&self.args).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).current_dir(std::env::temp_dir())
    }
}

/// Runs a program in the launcher's own environment and prints wall (ns), CPU (µs), peak memory (KiB) and status. A process
/// of its own, because a program starts with the peak memory of the one that started it: this one has 2 MiB.
#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and tells what it cost")]
pub fn launch(command: &[OsString]) {
    let (program, args) = command.split_first().expect("a program");
    let mut prepared = Command::new(program);
    prepared.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let child = prepared.spawn().expect("the program can be started");
    let (status, usage) = wait(child.id());
    let wall = started.elapsed();
    let micros = |time: libc::timeval| time.tv_sec * 1_000_000 + time.tv_usec;
    let cpu = micros(usage.ru_utime) + micros(usage.ru_stime);
    let code = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 255 };
    println!("{} {cpu} {} {code}", wall.as_nanos(), usage.ru_maxrss);
}

#[expect(unsafe_code, reason = "wait4 alone tells what one child has used")]
fn wait(pid: u32) -> (i32, libc::rusage) {
    let pid = i32::try_from(pid).expect("a process id");
    let mut status = 0;
    // SAFETY: a rusage of zeros is a valid one, and wait4 writes to the two places that it is given.
    let (ended, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid, &raw mut status, 0, &raw mut usage), usage)
    };
    assert_eq!(ended, pid, "wait4: {}", std::io::Error::last_os_error());
    (status, usage)
}
