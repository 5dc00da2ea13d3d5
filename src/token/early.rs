//! The secrets that can be known before the token is looked for.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use secrecy::zeroize::Zeroizing;

use crate::env::{Env, Variable};
use crate::process::bounded;
use crate::token::redact::Redactor;
use crate::token::secret;
use crate::token::source;

/// A message does not wait longer for a file that hangs.
const PATIENCE: Duration = Duration::from_millis(500);

/// A redactor for what is printed before or without a check. It knows what the token variables hold, and the token file
/// unless that is a pipe, which can be read only once.
pub fn redactor(args: &[OsString], env: &Env) -> Redactor {
    let file = flag(args).or_else(|| source::path_in_the_environment(env));
    let content = file.and_then(|path| content(&path));
    let content = content.as_deref().and_then(|content| secret::concealed(content));
    variables(env).into_iter().chain(content).fold(Redactor::default(), Redactor::and)
}

/// What the token variables hold.
pub fn variables(env: &Env) -> Vec<Bytes> {
    let variables = [Variable::Token, Variable::OldToken].into_iter();
    variables.filter_map(|variable| secret::concealed(env.get(variable)?.as_bytes())).collect()
}

/// The value of `--token-file`, where the command line as a whole may not be understood.
fn flag(args: &[OsString]) -> Option<PathBuf> {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == "--token-file" {
            return args.next().map(PathBuf::from);
        }
        if let Some(path) = arg.to_str().and_then(|arg| arg.strip_prefix("--token-file=")) {
            return Some(path.into());
        }
    }
    None
}

/// A plain file. Files of the kernel call themselves that too, but have no size.
fn content(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    let until = Instant::now() + PATIENCE;
    bounded::metadata(path, until).ok().filter(|file| file.is_file() && file.len() > 0)?;
    bounded::read(path, source::LONGEST_FILE, until).ok()
}
