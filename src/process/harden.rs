//! The memory that holds the token.

/// Keeps this process's memory from core dumps and from other processes of the same user, until it becomes COMMAND:
/// `execve` clears the flag. A sandbox may refuse it, and the check goes on. Linux only.
pub fn memory() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
