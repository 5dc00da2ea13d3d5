//! Descriptors that this process was started with.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// Another descriptor for what is open as `number`. Both share one position in the file.
#[expect(unsafe_code, reason = "a number that a user types is no descriptor to the standard library")]
pub fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl reads no memory of ours, and refuses a number that is not open.
    match unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 0) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
        copy => Ok(unsafe { OwnedFd::from_raw_fd(copy) }),
    }
}
