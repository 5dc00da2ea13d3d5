//! What can go wrong between a good question and a good answer.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use super::http::{Request, Response};

/// How long nothing lasts: beyond every deadline.
pub const SILENCE: Duration = Duration::from_secs(120);

/// Where a fault strikes, and how often.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The path holds this; empty is everywhere.
    pub at: &'static str,
    /// So many requests pass before the fault begins.
    pub after: usize,
    /// So many requests are struck, then it heals.
    pub times: usize,
    /// What happens.
    pub kind: Kind,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The right answer, late.
    Late(Duration),
    /// Another answer.
    Instead(Response),
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// These bytes again and again, with a pause between, until the client leaves.
    Endless { start: Vec<u8>, again: Vec<u8>, pause: Duration },
    /// These bytes, one at a time, with a pause between.
    Drip(Vec<u8>, Duration),
    /// Nothing, ever.
    Silence,
    /// Over HTTP/2 the end of the stream, with this error code (RFC 9113, 7); over HTTP/1.1 the right answer.
    Http2Error(u32),
}

impl Fault {
    pub fn everywhere(kind: Kind) -> Self {
        Self::at("", kind)
    }

    pub fn at(at: &'static str, kind: Kind) -> Self {
        Self { at, after: 0, times: usize::MAX, kind }
    }

    pub fn strikes(&self, request: &Request) -> bool {
        request.path.contains(self.at)
    }
}

impl Kind {
    /// Is it made of the bytes of HTTP/1.1?
    pub fn is_of_bytes(&self) -> bool {
        match self {
            Self::Raw(_) | Self::Endless { .. } | Self::Drip(..) => true,
            Self::Late(_) | Self::Instead(_) | Self::Silence | Self::Http2Error(_) => false,
        }
    }

    /// Does the harm; the right answer is given where it is only late.
    pub fn strike(&self, stream: &mut impl Write, answer: impl FnOnce() -> Response) -> io::Result<()> {
        match self {
            Self::Late(delay) => {
                thread::sleep(*delay);
                answer().write(stream)
            }
            Self::Instead(response) => {
                drop(answer);
                response.write(stream)
            }
            Self::Raw(bytes) => {
                stream.write_all(bytes)?;
                stream.flush()?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Self::Endless { start, again, pause } => {
                stream.write_all(start)?;
                loop {
                    stream.write_all(again)?;
                    stream.flush()?;
                    thread::sleep(*pause);
                }
            }
            Self::Drip(bytes, pause) => {
                for byte in bytes {
                    stream.write_all(&[*byte])?;
                    stream.flush()?;
                    thread::sleep(*pause);
                }
                Ok(())
            }
            Self::Http2Error(_) => answer().write(stream),
            Self::Silence => {
                thread::sleep(SILENCE);
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}
