//! The event loop, which waits for sockets.

use std::io::{self, ErrorKind};
use std::time::Duration;

use mio::{Events, Poll, Token, Waker};
use tokio::runtime::{Builder, Runtime};

use crate::model::obstacle::Restriction;
use crate::process::limits;

/// A runtime of one thread, or what this machine refuses to it.
pub fn start() -> Result<Runtime, Restriction> {
    let runtime = probe().and_then(|()| Builder::new_current_thread().enable_all().build());
    runtime.map_err(|error| limits::restriction(&error).unwrap_or(Restriction::EventLoop))
}

/// Makes the system calls that tokio's event loop will make, through the same library. Where a sandbox refuses one of
/// them, tokio would panic in the middle of a request.
fn probe() -> io::Result<()> {
    let mut poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), Token(0))?;
    waker.wake()?;
    match poll.poll(&mut Events::with_capacity(1), Some(Duration::ZERO)) {
        Err(error) if error.kind() != ErrorKind::Interrupted => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
