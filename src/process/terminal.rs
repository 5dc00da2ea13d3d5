//! The terminal on stdout.

use std::io;

/// Its width in columns, if stdout is a terminal that has one.
pub fn columns() -> Option<usize> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into())
}
