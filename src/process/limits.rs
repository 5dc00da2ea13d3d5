//! Limits of this process, as the errors of system calls show them.

use std::io;

use crate::model::obstacle::Restriction;

/// The limit that an error comes from, if it comes from one.
pub fn restriction(error: &io::Error) -> Option<Restriction> {
    match error.raw_os_error()? {
        libc::EMFILE | libc::ENFILE => Some(Restriction::OpenFiles),
        libc::ENOMEM => Some(Restriction::Memory),
        _ => None,
    }
}
