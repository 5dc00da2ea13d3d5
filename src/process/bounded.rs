//! Reading and writing that end in time, whatever is at the other end: a FIFO without a peer, a device, a full pipe, a
//! file system that hangs.
//!
//! Files are opened with `O_NONBLOCK` and waited for with `poll`, so that a sandbox without threads is no exception. A
//! file system that hangs (FUSE, NFS) blocks in spite of `O_NONBLOCK`. For that case the work has its own thread where
//! the process may have one.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use secrecy::zeroize::Zeroizing;

use crate::process::deadline;

/// A pipe accepts so many bytes without blocking once `poll` reports that it is writable.
const CHUNK: usize = 4096;

/// How often to look whether somebody has opened a FIFO for reading. `poll` cannot wait for that.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The result of `work`, or `TimedOut`.
pub fn apart<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    deadline::in_time(until, work).unwrap_or_else(|| Err(ErrorKind::TimedOut.into()))
}

/// What kind of file there is, and how large.
pub fn metadata(path: &Path, until: Instant) -> io::Result<Metadata> {
    let path = path.to_owned();
    apart(until, move || path.metadata())
}

/// The whole file, in one buffer that is wiped when dropped. `FileTooLarge` where it has more than `most` bytes, and
/// `TimedOut` where its end does not come.
pub fn read(path: &Path, most: usize, until: Instant) -> io::Result<Zeroizing<Vec<u8>>> {
    let path = path.to_owned();
    apart(until, move || {
        let file = open(OpenOptions::new().read(true), &path, until)?;
        // The full capacity from the start: a buffer that grows would leave copies behind.
        let mut content = Zeroizing::new(Vec::with_capacity(most + 1));
        loop {
            wait(&file, PollFlags::IN, until)?;
            let room = most + 1 - content.len();
            match (&file).take(room as u64).read_to_end(&mut content) {
                Ok(_) if content.len() > most => return Err(ErrorKind::FileTooLarge.into()),
                Ok(_) => return Ok(content),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    })
}

/// Adds to the end of what is at `path`: a file, which is created if there is none, a pipe or a device.
pub fn append(path: &Path, text: &str, until: Instant) -> io::Result<()> {
    let (path, text) = (path.to_owned(), text.to_owned());
    apart(until, move || {
        let file = open(OpenOptions::new().append(true).create(true), &path, until)?;
        write(&file, text.as_bytes(), until)
    })
}

/// Writes to one of the standard streams. `TimedOut` where the reader stops reading.
pub fn print(to: impl AsFd + IsTerminal + Send + 'static, text: &str, until: Instant) -> io::Result<()> {
    if to.is_terminal() {
        // A terminal says that it has room for one byte, and blocks on the second.
        let text = text.to_owned();
        return apart(until, move || write(&to, text.as_bytes(), until));
    }
    write(&to, text.as_bytes(), until)
}

/// Opens a file without waiting for a peer, except that a FIFO is given until then to get a reader.
pub fn open(options: &mut OpenOptions, path: &Path, until: Instant) -> io::Result<File> {
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    loop {
        match options.open(path) {
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) && is_fifo(path) => {
                if Instant::now() >= until {
                    return Err(ErrorKind::TimedOut.into());
                }
                thread::sleep(BETWEEN_LOOKS);
            }
            opened => return opened,
        }
    }
}

/// Writes all of it. The descriptor may be shared with other processes, so its flags stay as they are: it is written to
/// in pieces that do not block.
pub fn write(to: &impl AsFd, bytes: &[u8], until: Instant) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        wait(to, PollFlags::OUT, until)?;
        match rustix::io::write(to, &rest[..rest.len().min(CHUNK)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn wait(on: &impl AsFd, wanted: PollFlags, until: Instant) -> io::Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match poll(&mut [PollFd::new(on, wanted)], Timespec::try_from(left).ok().as_ref()) {
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            Err(Errno::INTR) => {}
            // A sandbox may refuse `poll`, and so does a limit of no descriptors. Reading or writing will tell.
            Ok(_) | Err(_) => return Ok(()),
        }
    }
}

fn is_fifo(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.file_type().is_fifo())
}
