use std::fmt;
use std::time::Duration;

use super::answer::Answer;
use super::repo::{RepoKind, RepoRef};

/// One thing that the job needs of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Downloads from the repo, gates included.
    Read(RepoRef),
    /// Pushes to the repo, which exists.
    Write(RepoRef),
    /// Creates the repo, or pushes to it if it exists.
    Create(RepoRef),
    /// Something beyond repos.
    Permission(Permission),
    /// Still valid that long from now.
    ValidFor(Duration),
}

/// A permission by the Hub's own name, and whose resources it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    /// `inference.serverless.write`, `job.write`, …
    pub(crate) name: String,
    /// The user or organization; absent for the token's own user.
    pub(crate) entity: Option<String>,
}

impl Permission {
    /// The forms a permission may take, for error messages.
    pub(crate) const ACCEPTED: &str =
        "a permission's name as the token form has it, such as job.write, or job.write@acme";

    /// Reads `NAME[@ENTITY]`. Names are an open set: any dotted word passes.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, entity) = text.split_once('@').map_or((text, None), |(name, entity)| (name, Some(entity)));
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if super::repo::looks_like_a_token(text) {
            return Err("that looks like a token, not a permission".into());
        }
        if !name.contains('.') || !name.split('.').all(word) || name.len() > 96 {
            return Err("a permission is words with dots between".into());
        }
        if let Some(entity) = entity {
            super::repo::check_name(entity)?;
        }
        Ok(Self { name: name.into(), entity: entity.map(Into::into) })
    }

    /// True unless the permission's last word is `read`.
    pub(crate) fn writes(&self) -> bool {
        self.name.rsplit('.').next() != Some("read")
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.entity.as_ref().map_or(Ok(()), |entity| write!(f, "@{entity}"))
    }
}

/// What the Hub is asked. Every one is a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
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
pub(crate) struct JobRef {
    /// The user or organization.
    pub(crate) owner: String,
    /// `JOB_ID`.
    pub(crate) id: String,
}

impl JobRef {
    /// `None` where `id` is nothing that a job is called by.
    pub(crate) fn new(owner: &str, id: &str) -> Option<Self> {
        let is_word =
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (is_word && super::repo::check_name(owner).is_ok()).then(|| Self { owner: owner.into(), id: id.into() })
    }
}

impl Question {
    /// The path on the Hub.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::WhoAmI => "/api/whoami-v2".into(),
            Self::Job(job) => format!("/api/jobs/{}/{}", job.owner, job.id),
            Self::CanRead(repo) | Self::CanWrite(repo) | Self::Exists(repo) => {
                format!("/api/{}/{}{}", repo.kind.plural(), repo.id(), self.route())
            }
        }
    }

    /// What follows the repo's id in the path.
    pub(crate) fn route(&self) -> &'static str {
        match self {
            Self::WhoAmI | Self::Exists(_) | Self::Job(_) => "",
            Self::CanRead(_) => "/auth-check",
            Self::CanWrite(_) => "/auth-check/write",
        }
    }

    /// The repo asked about.
    pub(crate) fn repo(&self) -> Option<&RepoRef> {
        match self {
            Self::WhoAmI | Self::Job(_) => None,
            Self::CanRead(repo) | Self::CanWrite(repo) | Self::Exists(repo) => Some(repo),
        }
    }

    /// The same question about another repo: where the Hub says that a repo was renamed.
    pub(crate) fn about(&self, repo: RepoRef) -> Self {
        match self {
            Self::WhoAmI | Self::Job(_) => self.clone(),
            Self::CanRead(_) => Self::CanRead(repo),
            Self::CanWrite(_) => Self::CanWrite(repo),
            Self::Exists(_) => Self::Exists(repo),
        }
    }
}

impl Need {
    /// The one question that this need puts to the Hub; needs beyond repos are judged from the identity.
    pub(crate) fn question(&self) -> Option<Question> {
        match self {
            Self::Read(repo) => Some(Question::CanRead(repo.clone())),
            Self::Write(repo) | Self::Create(repo) => Some(Question::CanWrite(repo.clone())),
            Self::Permission(_) | Self::ValidFor(_) => None,
        }
    }

    /// Whose right it is about; absent for a repo or a permission without an owner.
    pub(crate) fn owner(&self) -> Option<&str> {
        match self {
            Self::Read(repo) | Self::Write(repo) | Self::Create(repo) => repo.owner.as_deref(),
            Self::Permission(permission) => permission.entity.as_deref(),
            Self::ValidFor(_) => None,
        }
    }

    /// True where a token that can only read is not enough.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Self::Write(_) | Self::Create(_) => true,
            Self::Permission(permission) => permission.writes(),
            Self::Read(_) | Self::ValidFor(_) => false,
        }
    }

    /// What to ask after an answer that may hide something simpler: the other kinds of repo where there is none of
    /// this kind, the metadata where there is no `auth-check`. This is the only further round.
    pub(crate) fn follow_up(&self, answer: Answer) -> Vec<Question> {
        let other_kinds = |repo: &RepoRef| {
            [RepoKind::Model, RepoKind::Dataset, RepoKind::Space]
                .into_iter()
                .filter(|kind| *kind != repo.kind)
                .map(|kind| Question::CanRead(repo.as_kind(kind)))
                .collect()
        };
        match (self, answer) {
            (Self::Read(repo) | Self::Write(repo), Answer::NotFound | Answer::Unauthorized) => other_kinds(repo),
            (Self::Read(repo), Answer::NoSuchRoute) => vec![Question::Exists(repo.clone())],
            _ => Vec::new(),
        }
    }

    /// The word in the report: `read`, `write`, `create`, `permission`, `valid-for`.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Write(_) => "write",
            Self::Create(_) => "create",
            Self::Permission(_) => "permission",
            Self::ValidFor(_) => "valid-for",
        }
    }

    /// What the need is about, as the user would write it.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Read(repo) | Self::Write(repo) | Self::Create(repo) => repo.to_string(),
            Self::Permission(permission) => permission.to_string(),
            Self::ValidFor(duration) => super::span::say(*duration),
        }
    }
}
