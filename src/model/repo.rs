use std::fmt;

use thiserror::Error;

use crate::token::redact::holds_credential;

/// What holds files without being a repo.
pub const BUCKETS: &str = "buckets";

/// The longest repo id the Hub takes, owner and slash included (`huggingface_hub` `utils/_validators.py`).
const LONGEST_ID: usize = 96;

/// What the hosts of the Hub end in, with a dot before them: its pages, running Spaces, content delivery and the like.
const HOSTS: [&str; 3] = [".hf.space", ".huggingface.co", ".hf.co"];

/// The kinds of repo whose access the Hub can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepoKind {
    /// The default: written without a prefix.
    Model,
    /// `datasets/…`
    Dataset,
    /// `spaces/…`
    Space,
    /// `kernels/…`; whether the Hub's `auth-check` exists for it is not known.
    Kernel,
}

impl RepoKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Model, Self::Dataset, Self::Space, Self::Kernel];

    /// The path segment in the API and in prefixes: `models`, `datasets`, `spaces`, `kernels`.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
            Self::Space => "spaces",
            Self::Kernel => "kernels",
        }
    }

    /// The noun for people, and the `entity.type` in whoami.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Space => "space",
            Self::Kernel => "kernel",
        }
    }

    /// The kind with this path segment.
    pub fn from_plural(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.plural() == segment)
    }
}

/// Why a text is not the id of a repo or the name of an owner, as a clause.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing there.
    #[error("a part of it is empty")]
    Empty,
    /// A credential was given instead.
    #[error("a part of it looks like a token")]
    Token,
    /// A character that no name has.
    #[error("{0:?} is not allowed: letters, digits, -, _ and . are")]
    Character(char),
    /// `--` or `..`
    #[error("-- and .. are not allowed")]
    Doubled,
    /// `-` or `.` at either end.
    #[error("a name neither starts nor ends with - or .")]
    Edge,
    /// `hf.co/hf.co/name`, or a host below one of the Hub's.
    #[error("that is a host of the Hub, not an owner or a repo")]
    Host,
    /// The address of a clone was given.
    #[error("the address of the repo ends before .git")]
    DotGit,
    /// An id longer than the Hub allows.
    #[error("it is longer than {LONGEST_ID} characters")]
    TooLong,
    /// `datasets/models` and the like.
    #[error("a kind of repo is not the name of an owner or a repo")]
    Reserved,
}

/// One repo, parsed once and right ever after. Prints as a user would paste it, and that parses back to the same repo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoRef {
    /// What kind of repo it is.
    pub kind: RepoKind,
    /// The user or organization; absent for the old canonical repos such as `gpt2`.
    pub owner: Option<String>,
    /// The repo's own name.
    pub name: String,
}

impl RepoRef {
    /// The id in API paths and in whoami's entities: `owner/name` or `name`.
    pub fn id(&self) -> String {
        self.owner.as_ref().map_or_else(|| self.name.clone(), |owner| format!("{owner}/{}", self.name))
    }

    /// The same id as another kind of repo.
    pub fn as_kind(&self, kind: RepoKind) -> Self {
        Self { kind, ..self.clone() }
    }

    /// The repo that an API path names: `…/api/models/owner/name/…` (redirects for renamed repos).
    pub fn from_api_path(path: &str, route: &str) -> Option<Self> {
        // A proxy's own path may hold `/api/` too: the first one that leads to a repo counts.
        path.match_indices("/api").find_map(|(at, mark)| {
            let id = path[at + mark.len()..].strip_prefix('/')?.strip_suffix(route)?;
            let (plural, id) = id.split_once('/')?;
            Self::from_id(RepoKind::from_plural(plural)?, id).ok()
        })
    }

    /// The repo of this kind with the id `owner/name` or `name`.
    pub fn from_id(kind: RepoKind, id: &str) -> Result<Self, NameError> {
        let (owner, name) = match id.split_once('/') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, id),
        };
        if id.len() > LONGEST_ID {
            return Err(NameError::TooLong);
        }
        for part in owner.into_iter().chain([name]) {
            check_name(part)?;
        }
        let first = owner.unwrap_or(name);
        if first == BUCKETS || RepoKind::from_plural(first).is_some() {
            return Err(NameError::Reserved);
        }
        if is_host_of_the_hub(first) {
            return Err(NameError::Host);
        }
        Ok(Self { kind, owner: owner.map(Into::into), name: name.into() })
    }
}

/// Whether that is a host of huggingface.co's, or one below it. No owner is called so: printed, its repos would be addresses.
pub fn is_host_of_the_hub(host: &str) -> bool {
    let host = format!(".{}", host.to_ascii_lowercase());
    HOSTS.iter().any(|end| host.ends_with(end))
}

/// Holds one part of an id to the Hub's rules (`huggingface_hub` `utils/_validators.py`).
pub fn check_name(part: &str) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::Empty);
    }
    if holds_credential(part) {
        return Err(NameError::Token);
    }
    if let Some(bad) = part.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        return Err(NameError::Character(bad));
    }
    if part.contains("--") || part.contains("..") {
        return Err(NameError::Doubled);
    }
    if part.starts_with(['-', '.']) || part.ends_with(['-', '.']) {
        return Err(NameError::Edge);
    }
    if part.len() > 4 && part.to_ascii_lowercase().ends_with(".git") {
        return Err(NameError::DotGit);
    }
    Ok(())
}

impl fmt::Display for RepoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RepoKind::Model {
            write!(f, "{}/", self.kind.plural())?;
        }
        f.write_str(&self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repo_of_a_redirect_is_found_behind_any_path() {
        for (path, repo) in [
            ("/api/models/a/b/auth-check", Some("a/b")),
            ("/api/hf/hub/api/datasets/a/b/auth-check", Some("datasets/a/b")),
            ("/api/models/api/b/auth-check", Some("api/b")),
            ("/hub/api/api/models/a/b/auth-check", Some("a/b")),
            ("/api/models/gpt2/auth-check", Some("gpt2")),
            ("/api/models/a/b", None),
            ("/login", None),
            ("/api/users/a/auth-check", None),
        ] {
            assert_eq!(RepoRef::from_api_path(path, "/auth-check").map(|r| r.to_string()).as_deref(), repo, "{path}");
        }
    }
}
