//! A network of a test's own: a thread in a new network namespace. What it starts (threads, servers, programs) lives in
//! that network too, and the kernel takes it away with the last of them.

use std::io;
use std::process::Command;
use std::thread;

use crate::skip;

/// Runs `test` where there is nothing but loopback, after these commands of `ip`, `tc` and `iptables`.
pub fn alone<T: Send + 'static>(commands: &[&str], test: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let commands: Vec<_> = ["ip link set lo up"].iter().chain(commands).map(ToString::to_string).collect();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let inside = thread::Builder::new().name(name).spawn(move || {
        if let Err(error) = leave() {
            return skip::because(&format!("a network namespace cannot be made here: {error}"));
        }
        if let Some(why) = commands.iter().find_map(|command| run(command).err()) {
            return skip::because(&why);
        }
        Some(test())
    });
    match inside.expect("a thread").join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
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
    // SAFETY: without pointers; it changes the network of this thread alone.
    match unsafe { libc::unshare(libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
