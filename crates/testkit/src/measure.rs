//! What a run of a program takes: time, and memory at the most.
//!
//! The kernel counts into a child's peak what its parent held when the child was started: a large test process would see
//! its own memory. So a small process stands between: this executable, started anew, with nothing in it yet.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::program::{self, Run};

/// The first argument of the helper process.
const HELPER: &str = "--testkit-measure";

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// From before the start to after the end.
    pub wall: Duration,
    /// User and system.
    pub cpu: Duration,
    /// The most memory that was resident at one time. Never less than what the helper itself holds, about 2 MiB.
    pub peak_kib: u64,
}

/// A run and what it took.
#[derive(Debug)]
pub struct Measured {
    /// What it came to.
    pub run: Run,
    /// What it took.
    pub usage: Usage,
}

/// Runs the command to its end. Its program and arguments, environment and folder count; its streams do not: the output is
/// captured, and there is no input.
///
/// Works only in an executable whose `main` begins with [`run_as_helper`].
pub fn measure(command: &Command) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("usage");
    let own = std::env::current_exe().expect("an executable");
    let mut helper = Command::new(own);
    helper.arg(HELPER).arg(&file).arg(command.get_program()).args(command.get_args());
    helper.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        helper.current_dir(folder);
    }
    let run = program::finish(helper.stdin(Stdio::null()));
    let (usage, status) = read(&file).unwrap_or_else(|error| panic!("{command:?} was not measured: {error}; {run:?}"));
    Measured { run: Run { status, ..run }, usage }
}

/// Does the helper's part where this process is one. Call it before anything else.
pub fn run_as_helper() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != HELPER {
        return None;
    }
    let arguments: Vec<OsString> = arguments.collect();
    let [file, program, rest @ ..] = &arguments[..] else { return Some(ExitCode::FAILURE) };
    let written = run(program, rest).and_then(|(usage, status)| write(Path::new(file), usage, status));
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", PathBuf::from(program).display());
            ExitCode::FAILURE
        }
    })
}

fn run(program: &OsString, arguments: &[OsString]) -> io::Result<(Usage, i32)> {
    let started = Instant::now();
    let child = Command::new(program).args(arguments).spawn()?;
    let (status, usage) = wait(child.id())?;
    let wall = started.elapsed();
    let time = |time: libc::timeval| {
        let micros = u64::try_from(time.tv_sec * 1_000_000 + time.tv_usec).unwrap_or_default();
        Duration::from_micros(micros)
    };
    let status = if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) };
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok((Usage { wall, cpu, peak_kib: u64::try_from(usage.ru_maxrss).unwrap_or_default() }, status))
}

#[expect(unsafe_code, reason = "only wait4 says what one child has used")]
fn wait(pid: u32) -> io::Result<(i32, libc::rusage)> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: a rusage of zeros is a valid one, and wait4 writes to the two places that it is given.
    let (ended, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid, &raw mut status, 0, &raw mut usage), usage)
    };
    if ended == pid { Ok((status, usage)) } else { Err(io::Error::last_os_error()) }
}

fn write(file: &Path, usage: Usage, status: i32) -> io::Result<()> {
    let Usage { wall, cpu, peak_kib } = usage;
    std::fs::write(file, format!("{} {} {peak_kib} {status}", wall.as_nanos(), cpu.as_micros()))
}

fn read(file: &Path) -> io::Result<(Usage, i32)> {
    let text = std::fs::read_to_string(file)?;
    let numbers: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [wall, cpu, peak_kib, status] = numbers[..] else { return Err(io::ErrorKind::InvalidData.into()) };
    let status = i32::try_from(status).map_err(io::Error::other)?;
    Ok((Usage { wall: Duration::from_nanos(wall), cpu: Duration::from_micros(cpu), peak_kib }, status))
}
