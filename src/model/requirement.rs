use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::model::duration;
use crate::model::repo::{self, NameError, RepoRef};
use crate::token::redact;

/// One thing that the job requires of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Access to a repo.
    Repo {
        /// What the job does with it.
        access: Access,
        /// Which repo.
        repo: RepoRef,
    },
    /// A permission that is not tied to a repo.
    Permission(Permission),
    /// The token is still valid that long from now.
    ValidFor(Duration),
}

/// What the job does with a repo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It downloads. Gated access is included.
    Read,
    /// It pushes to a repo that exists.
    Write,
    /// It creates the repo, or pushes to it if it exists.
    Create,
}

impl Access {
    /// The word in options and in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Create => "create",
        }
    }

    /// True where a token that can only read is not enough.
    pub const fn writes(self) -> bool {
        match self {
            Self::Read => false,
            Self::Write | Self::Create => true,
        }
    }
}

/// Why a text is no permission, as a clause.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PermissionError {
    /// A credential was given instead.
    #[error("that looks like a token, not a permission")]
    Token,
    /// Not `word.word`.
    #[error("a permission is words with dots between")]
    Shape,
    /// What follows the `@` is no name of a user or organization.
    #[error(transparent)]
    Entity(#[from] NameError),
}

/// A permission by the Hub's own name, and whose resources it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `inference.serverless.write`, `job.write`, …
    pub name: String,
    /// The user or organization; absent for the token's own user.
    pub entity: Option<String>,
}

impl Permission {
    /// The forms a permission may take, for error messages.
    pub const ACCEPTED: &str = "a permission's name as the token form has it, such as job.write, or job.write@acme";

    /// Reads `NAME[@ENTITY]`. Names are an open set: any dotted word passes.
    pub fn parse(text: &str) -> Result<Self, PermissionError> {
        let (name, entity) = text.split_once('@').map_or((text, None), |(name, entity)| (name, Some(entity)));
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if redact::holds_credential(text) {
            return Err(PermissionError::Token);
        }
        if !name.contains('.') || !name.split('.').all(word) || name.len() > 96 {
            return Err(PermissionError::Shape);
        }
        if let Some(entity) = entity {
            repo::check_name(entity)?;
        }
        Ok(Self { name: name.into(), entity: entity.map(Into::into) })
    }

    /// True unless the permission's last word is `read`.
    pub fn writes(&self) -> bool {
        self.name.rsplit('.').next() != Some("read")
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.entity.as_ref().map_or(Ok(()), |entity| write!(f, "@{entity}"))
    }
}

impl Requirement {
    /// The owner whose permission is required; absent for a repo or a permission without an owner.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Repo { repo, .. } => repo.owner.as_deref(),
            Self::Permission(permission) => permission.entity.as_deref(),
            Self::ValidFor(_) => None,
        }
    }

    /// The repo, where the requirement is about one.
    pub fn repo(&self) -> Option<&RepoRef> {
        match self {
            Self::Repo { repo, .. } => Some(repo),
            Self::Permission(_) | Self::ValidFor(_) => None,
        }
    }

    /// True where a token that can only read is not enough.
    pub fn writes(&self) -> bool {
        match self {
            Self::Repo { access, .. } => access.writes(),
            Self::Permission(permission) => permission.writes(),
            Self::ValidFor(_) => false,
        }
    }

    /// The word in the report: `read`, `write`, `create`, `permission`, `valid-for`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Repo { access, .. } => access.name(),
            Self::Permission(_) => "permission",
            Self::ValidFor(_) => "valid-for",
        }
    }

    /// What the requirement is about, as the user would write it.
    pub fn subject(&self) -> String {
        match self {
            Self::Repo { repo, .. } => repo.to_string(),
            Self::Permission(permission) => permission.to_string(),
            Self::ValidFor(duration) => duration::say(*duration),
        }
    }
}
