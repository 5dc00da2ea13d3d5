//! The file of `--report`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::model::printable;
use crate::process::{bounded, descriptor};

/// More symbolic links in a row are a circle.
const MOST_LINKS: usize = 32;

/// Folders whose entries are this process's descriptors, by number.
const OWN_DESCRIPTORS: [&str; 3] = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"];

/// What a path leads to.
enum Target {
    /// A descriptor of this process, such as `/dev/stdout`. It is written to where its position is.
    Descriptor(RawFd),
    /// A pipe or a device, or a descriptor of another process. It is opened and written to.
    Stream(PathBuf),
    /// A regular file, or nothing yet. It is replaced as a whole, so that no reader sees half a report.
    File(PathBuf),
}

/// Writes the report. Links stay and their target is written. A new file has mode 0600.
pub fn write(path: &Path, text: String, until: Instant) -> io::Result<()> {
    let path = path.to_owned();
    bounded::apart(until, move || match resolve(path)? {
        Target::Descriptor(number) => bounded::write(&descriptor::duplicate(number)?, text.as_bytes(), until),
        Target::Stream(path) => {
            let stream = bounded::open(OpenOptions::new().append(true), &path, until)?;
            bounded::write(&stream, text.as_bytes(), until)
        }
        Target::File(path) => replace(&path, text.as_bytes(), until),
    })
}

/// Why a file could not be written, in a clause.
pub fn reason(error: &io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        return "its folder does not exist".into();
    }
    if error.kind() == ErrorKind::TimedOut {
        return "writing to it took too long".into();
    }
    printable::io_error(error)
}

/// Follows links one by one: a link to a descriptor is not a link to the file that is open there.
fn resolve(mut path: PathBuf) -> io::Result<Target> {
    for _ in 0..MOST_LINKS {
        let is_folder = path.as_os_str().as_bytes().ends_with(b"/");
        let name = path.file_name().filter(|_| !is_folder).ok_or(ErrorKind::IsADirectory)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let number = name.to_str().and_then(|name| name.parse().ok());
        if let Some(number) = number.filter(|_| is_any_of(folder, &OWN_DESCRIPTORS)) {
            return Ok(Target::Descriptor(number));
        }
        let folder = folder.canonicalize()?;
        path = folder.join(name);
        let kind = match path.symlink_metadata() {
            Ok(about) => about.file_type(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Target::File(path)),
            Err(error) => return Err(error),
        };
        if kind.is_file() {
            return Ok(Target::File(path));
        }
        let is_of_a_process = folder.starts_with("/proc") && folder.ends_with("fd");
        if kind.is_fifo() || kind.is_char_device() || (kind.is_symlink() && is_of_a_process) {
            return Ok(Target::Stream(path));
        }
        if !kind.is_symlink() {
            let what = if kind.is_dir() { "it is a directory" } else { "it is a socket or a disk" };
            return Err(io::Error::other(what));
        }
        path = folder.join(path.read_link()?);
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// True for the same folder under whatever name, such as `/proc/17/fd` for `/proc/self/fd`.
fn is_any_of(folder: &Path, known: &[&str]) -> bool {
    let real = folder.canonicalize();
    known.iter().any(|known| {
        let is_same = || real.as_ref().is_ok_and(|real| Path::new(known).canonicalize().is_ok_and(|own| own == *real));
        folder == Path::new(known) || is_same()
    })
}

/// Writes beside the target and renames. Where that is refused, an existing file is written in place: one that is a mount,
/// one in a folder that this user may not write to. A full disk is no such case: the old report stays.
fn replace(path: &Path, bytes: &[u8], until: Instant) -> io::Result<()> {
    // Random, not the pid: in containers everybody's is 1.
    let beside = path.with_file_name(format!(".hf-token-check.{:016x}", fastrand::u64(..)));
    let renamed = create(&beside, bytes, until).and_then(|()| fs::rename(&beside, path));
    let Err(error) = renamed else { return Ok(()) };
    let _ = fs::remove_file(&beside);
    let is_full = matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge | ErrorKind::TimedOut
    );
    if is_full || !path.is_file() {
        return Err(error);
    }
    let file = bounded::open(OpenOptions::new().write(true).truncate(true), path, until)?;
    bounded::write(&file, bytes, until)
}

fn create(path: &Path, bytes: &[u8], until: Instant) -> io::Result<()> {
    let file = bounded::open(OpenOptions::new().write(true).create_new(true).mode(0o600), path, until)?;
    bounded::write(&file, bytes, until)
}
