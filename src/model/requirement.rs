use std::time::Duration;

use crate::model::duration;
use crate::model::permission::{KnownPermission, Permission};
use crate::model::repo::RepoRef;
use crate::model::revision::Revision;
use crate::model::spelling;

/// One thing that the job requires of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Access to a repo.
    Repo {
        /// What the job does with it.
        access: Access,
        /// Which repo.
        repo: RepoRef,
        /// The revision that the job uses, where it is not `main`.
        revision: Option<Revision>,
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

    /// The permissions on the repo, or on its owner, that a fine-grained token needs for it.
    pub const fn permissions(self) -> &'static [KnownPermission] {
        match self {
            Self::Read => &[KnownPermission::RepoContentRead],
            Self::Write | Self::Create => &[KnownPermission::RepoContentRead, KnownPermission::RepoWrite],
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

impl Requirement {
    /// Access to a repo, whatever the revision.
    pub const fn to_repo(access: Access, repo: RepoRef) -> Self {
        Self::Repo { access, repo, revision: None }
    }

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

    /// The revision, where one is named.
    #[cfg(any(test, feature = "internals"))]
    pub fn revision(&self) -> Option<&Revision> {
        match self {
            Self::Repo { revision, .. } => revision.as_ref(),
            Self::Permission(_) | Self::ValidFor(_) => None,
        }
    }

    /// True where a token that can only read is not enough.
    pub fn writes(&self) -> bool {
        match self {
            Self::Repo { access, .. } => access.writes(),
            Self::Permission(permission) => permission.name.writes(),
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
            Self::Repo { repo, revision, .. } => spelling::at(repo, revision.as_ref()),
            Self::Permission(permission) => permission.to_string(),
            Self::ValidFor(duration) => duration::say(*duration),
        }
    }
}
