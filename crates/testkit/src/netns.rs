//! A network of a test's own: a thread in a new network namespace, and perhaps with other files in `/etc`. What it starts (threads, servers, programs) lives in
//! that network too, and the kernel takes it away with the last of them.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;

use tempfile::NamedTempFile;

/// Runs `test` where there is nothing but loopback, after these commands of `ip`, `tc` and `iptables`.
pub fn alone<T: Send + 'static>(commands: &[&str], test: impl FnOnce() -> T + Send + 'static) -> T {
    alone_with(&[], commands, test)
}

/// The same, with these files in the place of the machine's: their paths and texts.
pub fn alone_with<T: Send + 'static>(
    files: &[(&str, &str)],
    commands: &[&str],
    test: impl FnOnce() -> T + Send + 'static,
) -> T {
    enter(files, commands, test).unwrap_or_else(|why| panic!("the network cannot be made: {why}"))
}

/// Whether such a network can be made with these commands.
pub fn works(commands: &[&str]) -> bool {
    enter(&[("/etc/hosts", "")], commands, || ()).is_ok()
}

fn enter<T: Send + 'static>(
    files: &[(&str, &str)],
    commands: &[&str],
    run_inside: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let files: Vec<_> = files.iter().map(|(path, text)| Replacement::of(path, text)).collect();
    let commands: Vec<_> = ["ip link set lo up"].iter().chain(commands).map(ToString::to_string).collect();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let inside = thread::Builder::new().name(name).spawn(move || {
        leave().map_err(|error| error.to_string())?;
        commands.iter().try_for_each(|command| run(command).map(drop))?;
        files.iter().try_for_each(Replacement::mount)?;
        Ok(run_inside())
    });
    match inside.expect("a thread").join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// A file that hides another one.
pub struct Replacement {
    path: String,
    file: NamedTempFile,
}

impl Replacement {
    fn of(path: &str, text: &str) -> Self {
        let replacement = Self { path: path.into(), file: NamedTempFile::new().expect("a file") };
        replacement.write(text);
        replacement
    }

    fn write(&self, text: &str) {
        fs::write(self.file.path(), text).expect("a file");
        fs::set_permissions(self.file.path(), fs::Permissions::from_mode(0o644)).expect("a file for all");
    }

    fn mount(&self) -> Result<(), String> {
        run(&format!("mount --bind {} {}", self.file.path().display(), self.path)).map(drop)
    }
}

/// What a command prints, or why it failed.
pub fn run(command: &str) -> Result<String, String> {
    let mut words = command.split_whitespace();
    let mut program = Command::new(words.next().unwrap_or_default());
    let output = program.args(words).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output();
    let output = output.map_err(|error| format!("{command}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(format!("{command}: {}", text(&output.stderr))) }
}

#[expect(unsafe_code, reason = "namespaces have no safe form in libc")]
fn leave() -> io::Result<()> {
    // SAFETY: without pointers; it changes the network and the mounts of this thread alone.
    match unsafe { libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS) } {
        0 => run("mount --make-rprivate /").map(drop).map_err(io::Error::other),
        _ => Err(io::Error::last_os_error()),
    }
}
