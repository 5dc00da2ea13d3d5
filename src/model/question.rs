//! What the Hub is asked. Every question is a GET.

use crate::model::repo::{self, RepoRef};
use crate::model::requirement::{Access, Requirement};
use crate::model::revision::Revision;

/// Whose token is this? At most once per run, and again only where the verdict depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhoAmI;

impl WhoAmI {
    /// The path on the Hub.
    pub const PATH: &str = "/api/whoami-v2";
}

/// A question about a repo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoQuestion {
    /// What is asked.
    pub ask: Ask,
    /// About which repo.
    pub repo: RepoRef,
}

/// What is asked about a repo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// May it be read, gates included? `…/auth-check`
    Read,
    /// May it be pushed to? `…/auth-check/write`
    Write,
    /// Does it exist, and is it visible? Its metadata.
    Describe,
}

impl Ask {
    /// What follows the repo's id in the path.
    pub const fn route(self) -> &'static str {
        match self {
            Self::Describe => "",
            Self::Read => "/auth-check",
            Self::Write => "/auth-check/write",
        }
    }

    /// The question about a repo.
    pub const fn about(self, repo: RepoRef) -> RepoQuestion {
        RepoQuestion { ask: self, repo }
    }
}

impl RepoQuestion {
    /// The path on the Hub.
    pub fn path(&self) -> String {
        format!("/api/{}/{}{}", self.repo.kind.plural(), self.repo.id(), self.ask.route())
    }
}

/// Does a repo have a revision? Its metadata at that revision. The Hub judges the gate first, and the revision after it (recorded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionQuestion {
    /// Which repo.
    pub repo: RepoRef,
    /// Which revision.
    pub revision: Revision,
}

impl RevisionQuestion {
    /// What follows the repo's id in the path.
    pub fn route(&self) -> String {
        format!("/revision/{}", self.revision.segment())
    }

    /// The path on the Hub.
    pub fn path(&self) -> String {
        format!("/api/{}/{}{}", self.repo.kind.plural(), self.repo.id(), self.route())
    }
}

/// A Hugging Face Job under one possible owner; the platform does not say which owner is right. The question is what its
/// record shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRef {
    /// The user or organization.
    pub owner: String,
    /// `JOB_ID`.
    pub id: String,
}

impl JobRef {
    /// `None` where `id` is nothing that a job is called by.
    pub fn new(owner: &str, id: &str) -> Option<Self> {
        let is_word =
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (is_word && repo::check_name(owner).is_ok()).then(|| Self { owner: owner.into(), id: id.into() })
    }

    /// The path on the Hub.
    pub fn path(&self) -> String {
        format!("/api/jobs/{}/{}", self.owner, self.id)
    }
}

/// The question that a requirement leads to; `None` for those that are judged from the identity.
pub fn first(requirement: &Requirement) -> Option<RepoQuestion> {
    match requirement {
        Requirement::Repo { access: Access::Read, repo, .. } => Some(Ask::Read.about(repo.clone())),
        Requirement::Repo { access: Access::Write | Access::Create, repo, .. } => Some(Ask::Write.about(repo.clone())),
        Requirement::Permission(_) | Requirement::ValidFor(_) => None,
    }
}
