//! Lines on the standard streams.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::process::bounded;
use crate::token::classify::holds_a_literal;

/// How long one line may wait for a reader.
const PATIENCE: Duration = Duration::from_millis(500);

/// One line on stderr, with the program's name, and without the tokens that a user has put into the words that it quotes.
pub fn say(line: &str) {
    let words = line.split(' ').map(|word| if holds_a_literal(word) { "[token]" } else { word });
    let line = format!("hf-token-check: {}\n", words.collect::<Vec<_>>().join(" "));
    print(io::stderr(), &line, Instant::now() + PATIENCE);
}

/// A value of the user's for a log line: without control characters, and of bounded length.
pub fn tidy(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// Prints what the stream takes by `until`. A stream that is closed, full or not read must not change the verdict.
pub fn print(to: impl AsFd + IsTerminal + Send + 'static, text: &str, until: Instant) {
    let _ = bounded::print(to, text, until);
}
