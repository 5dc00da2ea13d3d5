//! The value of an option: as typed, else from its variable.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use crate::cli::usage::{Origin, Shown, UsageError};
use crate::env::{Env, Variable};
use crate::model::duration;

/// An option that takes a value, and the variable that stands in for it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `--format`
    pub flag: &'static str,
    /// `HF_TOKEN_CHECK_FORMAT`
    pub variable: Variable,
}

/// A value, and where it was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// For error messages.
    pub origin: Origin,
    /// As it was written.
    pub text: String,
}

/// Whether a switch is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Setting {
    /// What was given, if anything was. The command line comes first.
    pub fn given(self, typed: Option<OsString>, env: &Env) -> Result<Option<Given>, UsageError> {
        let typed = typed.map(|value| Given::new(Origin::Flag(self.flag), &value));
        typed.or_else(|| Given::from_env(self.variable, env)).transpose()
    }
}

/// What a shell or a JSON file would remove, and an editor may have made of it.
const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

impl Given {
    /// The value as text. None of the values has quotes in it.
    pub fn new(origin: Origin, value: &OsStr) -> Result<Self, UsageError> {
        let text = value.to_str().ok_or(UsageError::NotUtf8(origin))?;
        if text.contains(QUOTES) {
            return Err(UsageError::Quoted(origin));
        }
        Ok(Self { origin, text: text.into() })
    }

    /// The value of a variable, if it is set.
    pub fn from_env(variable: Variable, env: &Env) -> Option<Result<Self, UsageError>> {
        env.get(variable).map(|value| Self::new(Origin::Variable(variable), value))
    }

    /// One of several words.
    pub fn choose<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, UsageError> {
        let chosen = words.iter().find(|(word, _)| *word == self.text).map(|(_, choice)| *choice);
        chosen.ok_or_else(|| UsageError::Choice {
            origin: self.origin,
            value: Shown::of(&self.text),
            accepted: words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
        })
    }

    /// A duration.
    pub fn duration(&self) -> Result<Duration, UsageError> {
        duration::parse(&self.text)
            .ok_or_else(|| UsageError::Duration { origin: self.origin, value: Shown::of(&self.text) })
    }
}

impl Switch {
    /// On where the flag was typed, else as the variable says.
    pub fn given(typed: Option<Self>, variable: Variable, env: &Env) -> Result<Self, UsageError> {
        if let Some(switch) = typed {
            return Ok(switch);
        }
        let Some(given) = Given::from_env(variable, env).transpose()? else { return Ok(Self::Off) };
        Self::parse(&given.text)
            .ok_or_else(|| UsageError::Switch { origin: given.origin, value: Shown::of(&given.text) })
    }

    /// On and off in the words that people use, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Some(Self::On),
            "0" | "false" | "no" | "off" => Some(Self::Off),
            _ => None,
        }
    }
}
