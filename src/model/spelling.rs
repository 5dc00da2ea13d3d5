//! The spellings of a repo that people paste.

use std::fmt;

use thiserror::Error;

use crate::model::endpoint::Endpoint;
use crate::model::printable::is_invisible;
use crate::model::repo::{BUCKETS, NameError, RepoKind, RepoRef, is_host_of_the_hub};
use crate::model::revision::{Revision, RevisionError, decoded};
use crate::token::redact::holds_credential;

/// The spellings of a repo, for error messages.
pub const ACCEPTED: &str = "owner/name, datasets/owner/name, spaces/owner/name, kernels/owner/name, \
     hf://datasets/owner/name or https://huggingface.co/datasets/owner/name";

/// First path segments of web pages that are not repos.
const PAGES: [&str; 24] = [
    "api",
    "blog",
    "chat",
    "changelog",
    "collections",
    "docs",
    "enterprise",
    "inference",
    "jobs",
    "join",
    "learn",
    "login",
    "logout",
    "new",
    "notifications",
    "oauth",
    "organizations",
    "papers",
    "posts",
    "pricing",
    "search",
    "settings",
    "support",
    "tasks",
];

/// Second path segments that follow the name of a repo without owner in a web address.
pub const VIEWS: [&str; 17] = [
    "blame",
    "blob",
    "branches",
    "commit",
    "commits",
    "delete",
    "discussions",
    "edit",
    "embed",
    "info",
    "logs",
    "raw",
    "resolve",
    "settings",
    "tree",
    "upload",
    "viewer",
];

/// Those of them that a revision follows.
const VIEWS_OF_A_REVISION: [&str; 8] = ["blame", "blob", "commit", "commits", "edit", "raw", "resolve", "tree"];

/// Why a text is no repo, as a clause. It never quotes what looks like a token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RepoError {
    /// A credential was given instead.
    #[error("that looks like a token, not a repo")]
    Token,
    /// A control or format character.
    #[error("an invisible character is not allowed")]
    Invisible,
    /// `ftp://`, `s3://` and the like.
    #[error("{0}:// is not an address of the Hub")]
    Scheme(String),
    /// The address of another site.
    #[error("{0} is not the Hub")]
    OtherHost(String),
    /// `https://user:password@huggingface.co/owner/name`
    #[error("a password does not belong in it")]
    Password,
    /// `owner@revision/name`
    #[error("the revision follows the name, as in owner/name@revision")]
    RevisionInside,
    /// `https://huggingface.co/settings` and the like.
    #[error("that is a page of the Hub, not a repo")]
    Page,
    /// `buckets/…`
    #[error("whether a token may use a bucket cannot be asked of the Hub")]
    Bucket,
    /// `dataset/owner/name`
    #[error("the prefix is {}/, in the plural", .0.plural())]
    Singular(RepoKind),
    /// `a/b/c`
    #[error("there are too many parts")]
    TooManyParts,
    /// `owner/`
    #[error("the name is empty")]
    NoName,
    /// The owner or the name breaks the Hub's rules.
    #[error(transparent)]
    Part(#[from] NameError),
    /// The text after `@`, or in the address, is not a revision.
    #[error(transparent)]
    Revision(#[from] RevisionError),
}

/// A repo, and the revision that was named with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoAt {
    /// Which repo.
    pub repo: RepoRef,
    /// Absent where none was named, or `main`.
    pub revision: Option<Revision>,
}

#[cfg(any(test, feature = "internals"))]
impl RepoRef {
    /// Reads the repo of any spelling.
    pub fn parse(text: &str, endpoint: &Endpoint) -> Result<Self, RepoError> {
        RepoAt::parse(text, endpoint).map(|at| at.repo)
    }
}

impl RepoAt {
    /// Reads any spelling a user would paste. A path behind the revision is accepted and ignored, because access is by repo.
    pub fn parse(text: &str, endpoint: &Endpoint) -> Result<Self, RepoError> {
        let text = text.trim();
        if holds_credential(text) {
            return Err(RepoError::Token);
        }
        if text.contains(is_invisible) {
            return Err(RepoError::Invisible);
        }
        if let Some(rest) = text.strip_prefix("hf://") {
            return Self::from_segments(rest, Tail::Allowed);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "http" | "https" | "ssh" => Self::from_address(rest, endpoint),
                _ => Err(RepoError::Scheme(short(scheme))),
            };
        }
        // `git@hf.co:owner/name`, as git takes it.
        if let Some((user_and_host, path)) = text.split_once(':').filter(|(before, _)| !before.contains('/')) {
            let host = user_and_host.rsplit('@').next().unwrap_or_default();
            let is_port = path.split('/').next().is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
            if user_and_host.contains('@') || (!is_port && endpoint.path_on_this_hub(host, "").is_some()) {
                return Self::from_address(&format!("{host}/{path}"), endpoint);
            }
        }
        // `hf.co/owner/name`, as browsers show it.
        let host = text.split('/').next().unwrap_or_default();
        if endpoint.path_on_this_hub(host, "").is_some() {
            return Self::from_address(text, endpoint);
        }
        if is_host_of_the_hub(host) {
            return Err(RepoError::OtherHost(short(host)));
        }
        Self::from_segments(text, Tail::Refused)
    }

    /// From a web or git address without its scheme.
    fn from_address(address: &str, endpoint: &Endpoint) -> Result<Self, RepoError> {
        let address = address.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = address.split_once('/').unwrap_or((address, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains(':') {
            return Err(RepoError::Password);
        }
        let path = ["", ":443", ":80", ":22"]
            .iter()
            .find_map(|port| endpoint.path_on_this_hub(host.strip_suffix(port)?, path))
            .ok_or_else(|| RepoError::OtherHost(short(host)))?;
        let path = path.trim_matches('/');
        let mut segments = path.strip_suffix(".git").unwrap_or(path).split('/');
        let first = segments.next().unwrap_or_default();
        if PAGES.contains(&first) {
            return Err(RepoError::Page);
        }
        if first == BUCKETS {
            return Err(RepoError::Bucket);
        }
        let kind = RepoKind::from_plural(first);
        let owner_or_name = if kind.is_some() { segments.next().unwrap_or_default() } else { first };
        let kind = kind.unwrap_or(RepoKind::Model);
        let second = segments.next().unwrap_or_default();
        let (repo, view) = if second.is_empty() || VIEWS.contains(&second) {
            (RepoRef::from_id(kind, owner_or_name)?, Some(second))
        } else {
            (RepoRef::from_id(kind, &format!("{owner_or_name}/{second}"))?, segments.next())
        };
        let rest = segments.collect::<Vec<_>>().join("/");
        let shows_a_revision = view.is_some_and(|view| VIEWS_OF_A_REVISION.contains(&view)) && !rest.is_empty();
        Self::at(repo, shows_a_revision.then(|| first_revision(&rest)))
    }

    /// With this revision, which may be percent-encoded.
    fn at(repo: RepoRef, revision: Option<&str>) -> Result<Self, RepoError> {
        let Some(revision) = revision.map(decoded) else { return Ok(Self { repo, revision: None }) };
        if holds_credential(&revision) {
            return Err(RepoError::Token);
        }
        if revision.contains(is_invisible) {
            return Err(RepoError::Invisible);
        }
        Ok(Self { repo, revision: Some(Revision::parse(&revision)?).filter(|revision| !revision.is_main()) })
    }

    fn from_segments(text: &str, tail: Tail) -> Result<Self, RepoError> {
        let (kind, id) = match text.split_once('/') {
            Some((BUCKETS, _)) => return Err(RepoError::Bucket),
            Some((prefix, rest)) => match RepoKind::from_plural(prefix) {
                Some(kind) => (kind, rest),
                None => (RepoKind::Model, text),
            },
            None => (RepoKind::Model, text),
        };
        let (id, revision) = id.split_once('@').map_or((id, None), |(id, revision)| (id, Some(revision)));
        // `squad@refs/pr/1` has no owner. With `acme@main/model`, nobody knows.
        if !id.contains('/') && revision.is_some_and(|rest| rest.contains('/') && !rest.starts_with("refs/")) {
            return Err(RepoError::RevisionInside);
        }
        let revision = match tail {
            Tail::Allowed => revision.map(first_revision),
            Tail::Refused => revision,
        };
        let mut segments = id.split('/');
        let (first, second) = (segments.next().unwrap_or_default(), segments.next());
        match (second, segments.next()) {
            (Some(name), Some(_)) if tail == Tail::Allowed => {
                Self::at(RepoRef::from_id(kind, &format!("{first}/{name}"))?, revision)
            }
            (_, Some(_)) => Err(match RepoKind::ALL.into_iter().find(|kind| kind.noun() == first) {
                Some(kind) => RepoError::Singular(kind),
                None => RepoError::TooManyParts,
            }),
            (Some(""), None) if revision.is_none() => Err(RepoError::NoName),
            _ => Self::at(RepoRef::from_id(kind, id)?, revision),
        }
    }
}

/// Whether a path may follow the repo id.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Allowed,
    Refused,
}

impl fmt::Display for RepoAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&at(&self.repo, self.revision.as_ref()))
    }
}

/// A repo at a revision, in a spelling that is read back as the same.
pub fn at(repo: &RepoRef, revision: Option<&Revision>) -> String {
    let Some(revision) = revision else { return repo.to_string() };
    let name = revision.to_string();
    // Behind a name without an owner, a slash would begin the name of the repo.
    let is_ambiguous = repo.owner.is_none() && name.contains('/') && !name.starts_with("refs/");
    if is_ambiguous { format!("{repo}@{}", revision.segment()) } else { format!("{repo}@{name}") }
}

/// The revision at the beginning of a path, as `HfFileSystem` reads it: up to a slash, but for the Hub's own references.
fn first_revision(path: &str) -> &str {
    let segments = if path.starts_with("refs/convert/") || path.starts_with("refs/pr/") { 3 } else { 1 };
    path.match_indices('/').nth(segments - 1).map_or(path, |(end, _)| &path[..end])
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
