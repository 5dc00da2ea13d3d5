//! The report: everything a run found out. Every output format is a function of it.

pub mod build;
pub mod console;
mod file;
mod github;
mod json;
pub mod options;
mod text;
pub mod wrap;
pub mod write;

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::exit_code::ExitCode;
use crate::diagnosis::message::Message;
use crate::model::identity::Identity;
use crate::model::reply::Exchange;
use crate::model::timestamp::Timestamp;
use crate::token::kind::TokenKind;

/// Everything that a run found out: the one thing that every output is a function of.
#[derive(Clone, Debug)]
pub struct Report {
    /// The Hub that was asked.
    pub endpoint: String,
    /// From start to verdict.
    pub elapsed: Duration,
    /// Facts about the token; never a part of it.
    pub token_facts: TokenFacts,
    /// Who the token belongs to, where whoami said so.
    pub holder: Option<Identity>,
    /// Is there a usable token?
    pub token: Finding,
    /// Does the Hub accept it?
    pub identity: Finding,
    /// The requirements in the order given.
    pub requirements: Vec<Finding>,
    /// What is odd but does not stop the job.
    pub warnings: Vec<Warning>,
    /// Every exchange with the Hub, for `--verbose`.
    pub requests: Vec<Exchange>,
    /// What warnings come to.
    pub strictness: Strictness,
    /// Whether anything of this happened.
    pub origin: Origin,
}

/// Whether a report tells of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It does.
    Run,
    /// It was made up by `--rehearse`.
    Rehearsal,
}

/// What is known of the token.
#[derive(Clone, Debug, Default)]
pub struct TokenFacts {
    /// `env:HF_TOKEN` or `file:/path`; absent where nothing was found.
    pub source: Option<String>,
    /// By its prefix.
    pub kind: Option<TokenKind>,
    /// The role that whoami states.
    pub role: Option<String>,
    /// The name its owner gave it.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// One check and its result.
#[derive(Clone, Debug)]
pub struct Finding {
    /// `token`, `identity`, `read`, `write`, `create`, `permission`, `valid-for`.
    pub check: &'static str,
    /// The variable, the name, the repo, the permission or the duration.
    pub subject: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The cause; absent for a plain pass and for what was skipped.
    pub diagnosis: Option<Diagnosis>,
    /// How it is known.
    pub basis: Basis,
    /// The wording.
    pub message: Message,
    /// The exchange that it rests on.
    pub exchange: Option<Exchange>,
}

impl Finding {
    /// The diagnosis that fails the run and its exit status; `None` for a pass, a warning or a skipped check.
    pub fn failure(&self) -> Option<(Diagnosis, ExitCode)> {
        match self.outcome {
            Outcome::Fail | Outcome::Unknown => {
                self.diagnosis.and_then(|diagnosis| Some((diagnosis, diagnosis.exit()?)))
            }
            Outcome::Pass | Outcome::Skipped => None,
        }
    }

    /// A check that was not looked at.
    pub fn skipped(check: &'static str, subject: String, why: &str) -> Self {
        let message = Message { summary: why.into(), ..Message::default() };
        Self {
            check,
            subject,
            outcome: Outcome::Skipped,
            diagnosis: None,
            basis: Basis::Local,
            message,
            exchange: None,
        }
    }
}

/// Something odd.
#[derive(Clone, Debug)]
pub struct Warning {
    /// Its name.
    pub diagnosis: Diagnosis,
    /// Its wording.
    pub message: Message,
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Granted.
    Pass,
    /// A "no".
    Fail,
    /// No answer.
    Unknown,
    /// Not looked at, because something before it failed.
    Skipped,
}

impl Outcome {
    /// The outcome that a diagnosis stands for.
    pub fn of(diagnosis: Option<Diagnosis>) -> Self {
        match diagnosis.and_then(Diagnosis::exit) {
            None => Self::Pass,
            Some(exit) if exit.means_no_answer() => Self::Unknown,
            Some(_) => Self::Fail,
        }
    }

    /// The word in the JSON report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }
}

/// How a result is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The Hub answered this very question.
    Asked,
    /// From the identity.
    Inferred,
    /// Without the Hub.
    Local,
}

impl Basis {
    /// The word in the JSON report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Inferred => "inferred",
            Self::Local => "local",
        }
    }
}

/// What warnings do to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// They are shown.
    Lenient,
    /// They fail the run: `--strict`.
    Strict,
}

/// The whole run in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything asked for is granted.
    Pass,
    /// Something is refused.
    Fail,
    /// Nothing is refused, and something could not be found out.
    Unknown,
}

impl Verdict {
    /// The word in the JSON report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict, the status and the code that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// In a word.
    pub verdict: Verdict,
    /// In a number.
    pub exit: ExitCode,
    /// By name; absent for a pass.
    pub diagnosis: Option<Diagnosis>,
}

impl Report {
    /// Every check in the order of the report: the token, the identity, the requirements.
    pub fn checks(&self) -> impl Iterator<Item = &Finding> {
        [&self.token, &self.identity].into_iter().chain(&self.requirements)
    }

    /// The token decides before the identity, the identity before the needs, the needs in the order given; a "no"
    /// decides before a "no answer", and warnings only where nothing else does.
    pub fn decision(&self) -> Decision {
        let first =
            |outcome: Outcome| self.checks().filter(|finding| finding.outcome == outcome).find_map(Finding::failure);
        let warned = self.warnings.first().filter(|_| self.strictness == Strictness::Strict);
        if let Some((no, exit)) = first(Outcome::Fail) {
            Decision { verdict: Verdict::Fail, exit, diagnosis: Some(no) }
        } else if let Some((silence, exit)) = first(Outcome::Unknown) {
            Decision { verdict: Verdict::Unknown, exit, diagnosis: Some(silence) }
        } else if let Some(warning) = warned {
            Decision { verdict: Verdict::Fail, exit: ExitCode::Strict, diagnosis: Some(warning.diagnosis) }
        } else {
            Decision { verdict: Verdict::Pass, exit: ExitCode::Pass, diagnosis: None }
        }
    }
}
