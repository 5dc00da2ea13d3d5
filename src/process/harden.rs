//! The memory that holds the token.

/// Keeps what this process holds from core dumps and from other processes of the same user, until it becomes COMMAND:
/// `execve` takes the mark away. Linux only; elsewhere nothing is done.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "prctl has no safe form in libc")]
pub fn memory() {
    // SAFETY: sets a flag of this process and touches no memory. Where a sandbox forbids it, the check goes on.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
}

#[cfg(not(target_os = "linux"))]
pub fn memory() {}
