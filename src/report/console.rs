//! Lines on the standard streams.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::process::bounded;
use crate::token::redact::Redactor;

/// How long one line may wait for a reader.
const PATIENCE: Duration = Duration::from_millis(500);

/// One line on stderr, with the program's name and without secrets.
pub fn say(redactor: &Redactor, line: &str) {
    print(io::stderr(), &redactor.page(&format!("hf-token-check: {line}\n")), Instant::now() + PATIENCE);
}

/// Prints what the stream takes by `until`. A stream that is closed, full or not read must not change the verdict.
pub fn print(to: impl AsFd + IsTerminal + Send + 'static, text: &str, until: Instant) {
    let _ = bounded::print(to, text, until);
}
