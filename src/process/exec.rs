//! Become the COMMAND, in exactly the state in which the parent started us.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::diagnosis::exit_code::ExitCode;
use crate::model::printable;

/// What this process changes without being asked, remembered by [`remember`]: bit 0 is an ignored SIGPIPE, bits 1 to 3
/// are the standard descriptors that were closed, bits 4 and 5 the C library's own signals where they were ignored.
static INHERITED: AtomicU32 = AtomicU32::new(0);

const SIGPIPE_IGNORED: u32 = 1;

const SHELL: &CStr = c"/bin/sh";

/// The signals with which glibc and musl talk to their threads; starting a thread takes them, and only the kernel gives
/// them back.
const OF_THE_C_LIBRARY: [(libc::c_int, u32); 2] = [(32, 16), (33, 32)];

/// Runs before Rust's runtime, which ignores SIGPIPE and opens `/dev/null` on standard descriptors that are closed.
#[used]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[expect(unsafe_code, reason = "the one place from which the parent's state can be seen")]
static REMEMBER: extern "C" fn() = remember;

#[expect(unsafe_code, reason = "sigaction and fcntl have no safe form in libc")]
extern "C" fn remember() {
    let mut seen = 0;
    // SAFETY: both calls only read the state of this process, into memory that is ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGPIPE, std::ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
        {
            seen |= SIGPIPE_IGNORED;
        }
        for descriptor in 0..3 {
            if libc::fcntl(descriptor, libc::F_GETFD) == -1 {
                seen |= 2 << descriptor;
            }
        }
    }
    for (signal, bit) in OF_THE_C_LIBRARY {
        if kernel::is_ignored(signal) {
            seen |= bit;
        }
    }
    INHERITED.store(seen, Ordering::Relaxed);
}

/// Replaces this process by `command`. `path` is the list in `PATH`. Returns only where that fails: the status, and a sentence
/// that names the program.
#[expect(
    unsafe_code,
    reason = "execvp keeps signal mask and dispositions as they are; the standard library's exec does not"
)]
pub fn become_command(command: &[OsString], path: Option<&[PathBuf]>) -> (ExitCode, String) {
    let name = command.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
    let Ok(arguments) = command.iter().map(|argument| CString::new(argument.as_bytes())).collect::<Result<Vec<_>, _>>()
    else {
        return (ExitCode::CannotExecute, format!("{name}: an argument has a NUL byte in it"));
    };
    let mut pointers: Vec<_> = arguments.iter().map(|argument| argument.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let Some(program) = arguments.first() else {
        return (ExitCode::CommandNotFound, "there is no COMMAND".into());
    };
    restore();
    // SAFETY: `pointers` is a NULL-terminated array of NUL-terminated strings that outlive the call.
    unsafe { libc::execvp(program.as_ptr(), pointers.as_ptr()) };
    let mut error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ENOEXEC)
        && let Some(script) =
            find(&command[0], path).and_then(|path| CString::new(path.into_os_string().into_vec()).ok())
    {
        // POSIX wants a file without `#!` to be a shell script. glibc's execvp sees to it, musl's does not.
        pointers[0] = script.as_ptr();
        pointers.insert(0, SHELL.as_ptr());
        // SAFETY: as above.
        unsafe { libc::execv(SHELL.as_ptr(), pointers.as_ptr()) };
        error = io::Error::last_os_error();
    }
    let missing = matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR));
    if missing && name.contains('/') && Path::new(&command[0]).exists() {
        return (
            ExitCode::CommandNotFound,
            format!("{name} is there, but the interpreter or loader that it names is not"),
        );
    }
    if missing {
        return (ExitCode::CommandNotFound, format!("{name}: command not found"));
    }
    if Path::new(&command[0]).is_dir() {
        return (ExitCode::CannotExecute, format!("{name} is a directory, not a command"));
    }
    (ExitCode::CannotExecute, format!("{name} cannot be executed: {}", printable::io_error(&error)))
}

/// The file that `execvp` found for this name.
fn find(name: &OsStr, path: Option<&[PathBuf]>) -> Option<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return Some(name.into());
    }
    let usual = ["/usr/local/bin", "/bin", "/usr/bin"].map(PathBuf::from);
    path.unwrap_or(&usual).iter().map(|folder| folder.join(name)).find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// Gives back what the runtime changed.
#[expect(unsafe_code, reason = "signal and close have no safe form in libc")]
fn restore() {
    let seen = INHERITED.load(Ordering::Relaxed);
    // SAFETY: sets a disposition without a handler, and closes descriptors that only the runtime opened.
    unsafe {
        if seen & SIGPIPE_IGNORED == 0 {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        }
        for descriptor in 0..3 {
            if seen & (2 << descriptor) != 0 {
                libc::close(descriptor);
            }
        }
    }
    for (signal, _) in OF_THE_C_LIBRARY.into_iter().filter(|(_, bit)| seen & bit != 0) {
        kernel::ignore(signal);
    }
}

/// Dispositions past the C library, which keeps some signals to itself.
#[cfg(target_os = "linux")]
mod kernel {
    /// The kernel's `struct sigaction` on 64-bit Linux: handler, flags, restorer, mask.
    type Action = [usize; 4];

    pub fn is_ignored(signal: libc::c_int) -> bool {
        let mut action: Action = [0; 4];
        call(signal, std::ptr::null(), &raw mut action);
        action[0] == libc::SIG_IGN
    }

    pub fn ignore(signal: libc::c_int) {
        let action: Action = [libc::SIG_IGN, 0, 0, 0];
        call(signal, &raw const action, std::ptr::null_mut());
    }

    #[expect(unsafe_code, reason = "the C library refuses its own signals")]
    fn call(signal: libc::c_int, new: *const Action, old: *mut Action) {
        // SAFETY: both pointers are null or point to a whole structure; the mask is eight bytes long.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, new, old, 8_usize) };
    }
}

/// Elsewhere the C library has no such signals.
#[cfg(not(target_os = "linux"))]
mod kernel {
    pub fn is_ignored(_: libc::c_int) -> bool {
        false
    }

    pub fn ignore(_: libc::c_int) {}
}

/// As the first process of a container, default actions do not apply: without this, `docker stop` would wait ten
/// seconds for a check to end. Anywhere else the default action is the right one, and stays.
#[expect(unsafe_code, reason = "installing a signal handler")]
pub fn end_on_signals() {
    if std::process::id() != 1 {
        return;
    }
    for signal in [libc::SIGTERM, libc::SIGINT] {
        // SAFETY: `end` does nothing but `_exit`, which is safe in a handler; an ignored signal stays ignored.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut action);
            if action.sa_sigaction == libc::SIG_DFL {
                action.sa_sigaction = end as *const () as libc::sighandler_t;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }
}

#[expect(unsafe_code, reason = "_exit is the only way out of a signal handler")]
extern "C" fn end(signal: libc::c_int) {
    // SAFETY: async-signal-safe.
    unsafe { libc::_exit(128 + signal) }
}
