//! Bad input, one variant per cause.

use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use thiserror::Error;

use crate::env::Variable;
use crate::model::duration;
use crate::model::endpoint::{self, EndpointError};
use crate::model::permission::{Permission, PermissionError};
use crate::model::printable;
use crate::model::spelling::{self, RepoError};
use crate::token::redact;

/// Bad input. Prints as one sentence with the accepted forms, and ends the program with the status `usage`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UsageError {
    /// An unknown option, a missing value, options that exclude each other: in clap's words.
    #[error("{0}; see hf-token-check --help")]
    CommandLine(String),
    /// A word that belongs to no option. The usual reason is a missing `--` (`hf` 2.4.0: click drops the first one).
    #[error(
        "{0}. COMMAND goes after `--`; `hf jobs run` consumes the first `--`, so put one before hf-token-check too"
    )]
    StrayWord(String),
    /// A credential, or a part of the token, in the value of an option.
    #[error(
        "{0} holds what looks like a token, so nothing was sent: pass a token in HF_TOKEN or with --token-file, never in another option or variable"
    )]
    Token(String),
    /// `--`, and nothing after it.
    #[error("nothing follows `--`: give a COMMAND, or leave out `--` to check only")]
    NoCommand,
    /// Bytes that are no text.
    #[error("{0}: the value is not UTF-8")]
    NotUtf8(Origin),
    /// No value of an option has quotes in it: `docker --env-file` and the like do not remove them.
    #[error("{0}: quotes are part of the value; write it without them (docker --env-file keeps quotes)")]
    Quoted(Origin),
    /// A list of nothing but separators.
    #[error("{0}: there is nothing between the separators; accepted: one or more items, or leave it unset")]
    EmptyList(Origin),
    /// `--endpoint`
    #[error("{origin}: this endpoint cannot be used: {cause}; accepted: {}", endpoint::ACCEPTED)]
    Endpoint { origin: Origin, cause: EndpointError },
    /// `--read`, `--write`, `--create`
    #[error("{origin}: {value} cannot be used: {cause}; accepted: {}", spelling::ACCEPTED)]
    Repo { origin: Origin, value: Shown, cause: RepoError },
    /// A repo without an owner can only be read.
    #[error(
        "{origin}: {value} cannot be used: it has no owner, and only --read takes a name without one; accepted: {}",
        spelling::ACCEPTED
    )]
    NoOwner { origin: Origin, value: Shown },
    /// `--permission`
    #[error("{origin}: {value} cannot be used: {cause}; accepted: {}", Permission::ACCEPTED)]
    Permission { origin: Origin, value: Shown, cause: PermissionError },
    /// `--valid-for`, `--timeout`
    #[error("{origin}: {value} is not a duration; accepted: {}", duration::ACCEPTED)]
    Duration { origin: Origin, value: Shown },
    /// `--format`, `--color`, `--if-unavailable`
    #[error("{origin}: {value} is not one of its values; accepted: {accepted}")]
    Choice { origin: Origin, value: Shown, accepted: String },
    /// The variable of a switch.
    #[error("{origin}: {value} is neither on nor off; accepted: 1, true, yes, on, 0, false, no, off")]
    Switch { origin: Origin, value: Shown },
    /// `--rehearse`
    #[error("--rehearse: {0} is not a diagnosis; accepted: the codes that --explain lists")]
    Diagnosis(Shown),
    /// `--explain`
    #[error(
        "--explain: {0} is not in the manual; accepted: a code (alone, --explain lists them), an exit status, an HTTP status, or words of an error"
    )]
    Topic(Shown),
}

/// The sentence of a clap error, without its usage and hints.
impl From<&clap::Error> for UsageError {
    fn from(error: &clap::Error) -> Self {
        let text = error.to_string();
        let paragraphs =
            text.split("\n\n").take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
        // Its one tip is how to pass the argument on, to a COMMAND that was never mentioned.
        let sentences = paragraphs.filter(|part| !part.trim_start().starts_with("tip:"));
        let sentence = sentences.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        let sentence = sentence.strip_prefix("error: ").unwrap_or(&sentence);
        let sentence = printable::line(sentence);
        if is_stray(error) { Self::StrayWord(sentence) } else { Self::CommandLine(sentence) }
    }
}

/// A word, not a flag, where only flags may stand.
fn is_stray(error: &clap::Error) -> bool {
    let is_word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) => !word.starts_with('-'),
        _ => false,
    };
    error.kind() == ErrorKind::UnknownArgument && is_word
}

/// Where a value was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line: `--read`.
    Flag(&'static str),
    /// In the environment.
    Variable(Variable),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag(flag) => flag,
            Self::Variable(variable) => variable.name(),
        })
    }
}

/// A value as it may be shown: visible, in quotes, without credentials, and then cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// What may be shown of `value`.
    pub fn of(value: &str) -> Self {
        Self(format!("{:?}", redact::line(value)))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
