//! Signals, limits and states of processes, by system calls: no program of the machine is needed for them.

use std::fs;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

/// Sends the signal of that number to a child that was not waited for yet.
#[expect(unsafe_code, reason = "signals have no safe form in libc")]
pub fn send(child: &Child, signal: i32) {
    let pid = i32::try_from(child.id()).expect("a process id");
    // SAFETY: without pointers; the child was not waited for, so the number is still its own.
    let sent = unsafe { libc::kill(pid, signal) };
    assert_eq!(sent, 0, "kill: {}", io::Error::last_os_error());
}

/// What a process does on a signal when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// What the system does by default.
    Default,
    /// Nothing.
    Ignore,
}

/// Starts the command with the signals of a foreground job. A non-interactive shell ignores SIGINT and SIGQUIT for what it
/// starts with `&`, `nohup` ignores SIGHUP, and a child inherits that.
pub fn with_default_signals(command: &mut Command) -> &mut Command {
    let reset = [libc::SIGINT, libc::SIGQUIT, libc::SIGHUP, libc::SIGTERM].map(|signal| (signal, Disposition::Default));
    before_exec(command, move || reset.iter().try_for_each(|(signal, disposition)| set(*signal, *disposition)))
}

/// Starts the command with these dispositions, every other one at its default, and with one signal blocked.
pub fn with_signals<'a>(
    command: &'a mut Command,
    dispositions: &[(i32, Disposition)],
    blocked: i32,
) -> &'a mut Command {
    let dispositions = dispositions.to_vec();
    before_exec(with_default_signals(command), move || {
        dispositions.iter().try_for_each(|(signal, disposition)| set(*signal, *disposition))?;
        block(blocked)
    })
}

#[expect(unsafe_code, reason = "dispositions have no safe form in libc")]
fn set(signal: i32, disposition: Disposition) -> io::Result<()> {
    let handler = match disposition {
        Disposition::Default => libc::SIG_DFL,
        Disposition::Ignore => libc::SIG_IGN,
    };
    // SAFETY: both are valid dispositions, and no handler is installed.
    if unsafe { libc::signal(signal, handler) } == libc::SIG_ERR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[expect(unsafe_code, reason = "signal masks have no safe form in libc")]
fn block(signal: i32) -> io::Result<()> {
    // SAFETY: a zeroed set is given to sigemptyset before it is used, and each pointer is to that set.
    let done = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Runs `act` in the child before it becomes the command. `act` may only make system calls.
#[expect(unsafe_code, reason = "between fork and exec most of a process does not work")]
pub(crate) fn before_exec(
    command: &mut Command,
    act: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) -> &mut Command {
    // SAFETY: the callers in this crate only make system calls and touch their own memory.
    unsafe { command.pre_exec(act) }
}

/// Has the kernel send the signal to the command when the thread that starts it ends: no daemon outlives its test.
#[expect(unsafe_code, reason = "prctl has no safe form in libc")]
pub fn dies_with_parent(command: &mut Command, signal: i32) -> &mut Command {
    let ask = move || {
        // SAFETY: without pointers; prctl may be called between fork and exec.
        match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    before_exec(command, ask)
}

/// Runs the command as a user of that number that may have one thread: `docker run --pids-limit 1`, without Docker.
#[expect(unsafe_code, reason = "limits have no safe form in libc")]
pub fn with_one_thread(command: &mut Command, user: u32) -> &mut Command {
    let limit = || {
        let one = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
        // SAFETY: the pointer is to a valid rlimit; setrlimit may be called between fork and exec.
        match unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const one) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    command.uid(user).gid(user).current_dir("/");
    before_exec(command, limit)
}

/// A user that nobody is, different in each test process.
pub fn unused_user() -> u32 {
    50_000 + std::process::id() % 10_000
}

/// Whether a user with one thread can be had, and is really refused a second one.
pub fn limits_threads() -> bool {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "true & wait"]).stdin(Stdio::null());
    let output = with_one_thread(&mut shell, unused_user()).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stderr).contains("fork"))
}

/// Whether an aborted process leaves a core dump here.
pub fn dumps_core() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "ulimit -c unlimited; kill -ABRT $$"]).current_dir(folder.path());
    let status = shell.stdin(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.core_dumped())
}

/// How many processes have an argument list that contains this.
pub fn count_with_argument(part: &str) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    arguments.filter(|arguments| String::from_utf8_lossy(arguments).contains(part)).count()
}
