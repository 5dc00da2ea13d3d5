//! Becoming the COMMAND: the same process, in the state in which its parent started it.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::diagnosis::exit_code::ExitCode;
use crate::model::printable;
use crate::process::inherited;

/// Replaces this process by `command`; `path` is the list in `PATH`. Returns only if that fails: the exit status, and a
/// sentence that names the program.
pub fn become_command(command: &[OsString], path: Option<&[PathBuf]>) -> (ExitCode, String) {
    let Some(program) = command.first() else {
        return (ExitCode::CommandNotFound, "there is no COMMAND".into());
    };
    let arguments: Result<Vec<_>, _> = command.iter().map(|argument| CString::new(argument.as_bytes())).collect();
    let Ok(mut arguments) = arguments else {
        return (ExitCode::CannotExecute, format!("{}: an argument contains a NUL byte", program.display()));
    };
    inherited::restore();
    let mut error = execvp(&arguments);
    if error.raw_os_error() == Some(libc::ENOEXEC)
        && let Some(script) = find(program, path).and_then(|path| CString::new(path.into_os_string().into_vec()).ok())
    {
        // POSIX: a file without `#!` is a shell script. glibc's execvp runs it as one, musl's does not.
        arguments.splice(..1, [c"/bin/sh".to_owned(), script]);
        error = execvp(&arguments);
    }
    explain(program, &error)
}

/// Unlike the standard library's `exec`, this keeps the signal mask and the dispositions as they are. The first argument is
/// the program.
#[expect(unsafe_code, reason = "execvp has no safe form that changes nothing else")]
fn execvp(arguments: &[CString]) -> io::Error {
    let mut pointers: Vec<_> = arguments.iter().map(|argument| argument.as_ptr()).collect();
    pointers.push(std::ptr::null());
    // SAFETY: `pointers` is a NULL-terminated array of NUL-terminated strings that outlive the call, and not empty.
    unsafe { libc::execvp(pointers[0], pointers.as_ptr()) };
    io::Error::last_os_error()
}

/// Why the program did not start, and the status that `env(1)` would end with.
fn explain(program: &OsStr, error: &io::Error) -> (ExitCode, String) {
    let (name, path) = (program.display(), Path::new(program));
    let is_missing = matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR));
    if is_missing && is_path(program) && path.exists() {
        let what = format!("{name} exists, but the interpreter or loader that it names does not");
        return (ExitCode::CommandNotFound, what);
    }
    if is_missing {
        return (ExitCode::CommandNotFound, format!("{name}: command not found"));
    }
    if path.is_dir() {
        return (ExitCode::CannotExecute, format!("{name} is a directory, not a command"));
    }
    (ExitCode::CannotExecute, format!("{name} cannot be executed: {}", printable::io_error(error)))
}

/// The file that `execvp` found for this name.
fn find(name: &OsStr, path: Option<&[PathBuf]>) -> Option<PathBuf> {
    if is_path(name) {
        return Some(name.into());
    }
    let usual = ["/usr/local/bin", "/bin", "/usr/bin"].map(PathBuf::from);
    path.unwrap_or(&usual).iter().map(|folder| folder.join(name)).find(|file| is_executable(file))
}

fn is_path(name: &OsStr) -> bool {
    name.as_bytes().contains(&b'/')
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
