use crate::model::answer::Answer;
use crate::model::repo::{self, RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};

/// What the Hub is asked. Every one is a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// `/api/whoami-v2`, at most once per run.
    WhoAmI,
    /// `…/auth-check`: may it read, gates included?
    CanRead(RepoRef),
    /// `…/auth-check/write`: may it push?
    CanWrite(RepoRef),
    /// The repo's metadata: does it exist and is it visible?
    Exists(RepoRef),
    /// `/api/jobs/{owner}/{id}`: what does the record of this very job show?
    Job(JobRef),
}

/// A Hugging Face Job under one possible owner; the platform does not say which owner is right.
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
}

impl Question {
    /// The path on the Hub.
    pub fn path(&self) -> String {
        match self {
            Self::WhoAmI => "/api/whoami-v2".into(),
            Self::Job(job) => format!("/api/jobs/{}/{}", job.owner, job.id),
            Self::CanRead(repo) | Self::CanWrite(repo) | Self::Exists(repo) => {
                format!("/api/{}/{}{}", repo.kind.plural(), repo.id(), self.route())
            }
        }
    }

    /// What follows the repo's id in the path.
    pub fn route(&self) -> &'static str {
        match self {
            Self::WhoAmI | Self::Exists(_) | Self::Job(_) => "",
            Self::CanRead(_) => "/auth-check",
            Self::CanWrite(_) => "/auth-check/write",
        }
    }

    /// The repo asked about.
    pub fn repo(&self) -> Option<&RepoRef> {
        match self {
            Self::WhoAmI | Self::Job(_) => None,
            Self::CanRead(repo) | Self::CanWrite(repo) | Self::Exists(repo) => Some(repo),
        }
    }

    /// The same question about another repo: where the Hub says that a repo was renamed.
    pub fn about(&self, repo: RepoRef) -> Self {
        match self {
            Self::WhoAmI | Self::Job(_) => self.clone(),
            Self::CanRead(_) => Self::CanRead(repo),
            Self::CanWrite(_) => Self::CanWrite(repo),
            Self::Exists(_) => Self::Exists(repo),
        }
    }
}

/// The request that a requirement makes; `None` for those that are judged from the identity.
pub fn first(requirement: &Requirement) -> Option<Question> {
    match requirement {
        Requirement::Repo { access: Access::Read, repo } => Some(Question::CanRead(repo.clone())),
        Requirement::Repo { access: Access::Write | Access::Create, repo } => Some(Question::CanWrite(repo.clone())),
        Requirement::Permission(_) | Requirement::ValidFor(_) => None,
    }
}

/// What to ask after an answer that may hide something simpler: the other kinds of repo where there is none of this
/// kind, the metadata where there is no `auth-check`. This is the only further round.
pub fn further(requirement: &Requirement, answer: Answer) -> Vec<Question> {
    let other_kinds = |repo: &RepoRef| {
        [RepoKind::Model, RepoKind::Dataset, RepoKind::Space]
            .into_iter()
            .filter(|kind| *kind != repo.kind)
            .map(|kind| Question::CanRead(repo.as_kind(kind)))
            .collect()
    };
    match (requirement, answer) {
        (Requirement::Repo { access: Access::Read | Access::Write, repo }, Answer::NotFound | Answer::Unauthorized) => {
            other_kinds(repo)
        }
        (Requirement::Repo { access: Access::Read, repo }, Answer::NoSuchRoute) => vec![Question::Exists(repo.clone())],
        _ => Vec::new(),
    }
}
