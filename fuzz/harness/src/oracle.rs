//! Promises about any text that leaves the program.

use hf_token_check::internals::model::printable::is_invisible;
use hf_token_check::internals::token::redact::{LONGEST_LEAK, PUBLIC, holds_credential};

/// One line for a person: short, visible, and never a token.
pub(crate) fn is_one_clean_line(text: &str) {
    assert!(!text.is_empty() && text.chars().count() <= 1_600, "{} characters: {text:?}", text.chars().count());
    assert!(!text.contains(is_invisible), "a control character: {text:?}");
    assert!(!holds_credential(text), "a token: {text:?}");
}

/// Lines of visible text, with no character that changes a terminal or a log.
pub(crate) fn is_visible(text: &str) {
    assert!(!text.contains(|c: char| c != '\n' && is_invisible(c)), "{text:?}");
}

/// No run of `LONGEST_LEAK` or more characters of the secret, except those that are public words of every token of a kind.
pub(crate) fn hides(secret: &str, text: &str) {
    let is_public = |run: &&str| PUBLIC.iter().any(|text| text.contains(*run));
    let runs = (LONGEST_LEAK..=secret.len()).map(|end| &secret[end - LONGEST_LEAK..end]);
    let mut runs = runs.filter(|run| !is_public(run));
    assert!(!runs.any(|run| text.contains(run)), "a part of the token: {text}");
}
