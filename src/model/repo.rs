use std::fmt;

use thiserror::Error;

use crate::model::endpoint::Endpoint;
use crate::model::printable::is_invisible;

/// The spellings of a repo, for error messages.
pub const ACCEPTED: &str = "owner/name, datasets/owner/name, spaces/owner/name, kernels/owner/name, \
     hf://datasets/owner/name or https://huggingface.co/datasets/owner/name";

/// The longest repo id the Hub takes, owner and slash included (`huggingface_hub` `utils/_validators.py`).
const LONGEST_ID: usize = 96;

/// First path segments of web pages that are no repos.
const PAGES: [&str; 14] = [
    "api",
    "blog",
    "chat",
    "collections",
    "docs",
    "enterprise",
    "join",
    "login",
    "new",
    "organizations",
    "papers",
    "pricing",
    "settings",
    "tasks",
];

/// Second path segments that follow the id of a repo without owner in a web address.
pub const VIEWS: [&str; 11] =
    ["blame", "blob", "commit", "commits", "discussions", "edit", "raw", "resolve", "settings", "tree", "upload"];

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

    fn from_plural(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.plural() == segment)
    }
}

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
    /// Longer than the Hub allows.
    #[error("it is longer than {LONGEST_ID} characters")]
    TooLong,
    /// `datasets/models` and the like.
    #[error("a kind of repo is not the name of an owner or a repo")]
    Reserved,
    /// The owner or the name breaks the Hub's rules.
    #[error(transparent)]
    Part(#[from] NameError),
}

/// Why a text is no name of an owner or a repo, as a clause.
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
    /// The address of a clone was given.
    #[error("the address of the repo ends before .git")]
    DotGit,
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
    /// Reads any spelling a user would paste; revision and path are accepted and ignored, because access is by repo.
    pub fn parse(text: &str, endpoint: &Endpoint) -> Result<Self, RepoError> {
        let text = text.trim();
        if looks_like_a_token(text) {
            return Err(RepoError::Token);
        }
        if text.contains(is_invisible) {
            return Err(RepoError::Invisible);
        }
        if let Some(rest) = text.strip_prefix("hf://") {
            return Self::from_segments(rest, Tail::Allowed);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
                return Err(RepoError::Scheme(short(scheme)));
            }
            return Self::from_web_address(rest, endpoint);
        }
        Self::from_segments(text, Tail::Refused)
    }

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

    fn from_web_address(rest: &str, endpoint: &Endpoint) -> Result<Self, RepoError> {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = endpoint.path_on_this_hub(host, path).ok_or_else(|| RepoError::OtherHost(short(host)))?;
        let path = path.trim_matches('/');
        let mut segments = path.split('/');
        let first = segments.next().unwrap_or_default();
        if PAGES.contains(&first) {
            return Err(RepoError::Page);
        }
        let kind = RepoKind::from_plural(first);
        let owner_or_name = if kind.is_some() { segments.next().unwrap_or_default() } else { first };
        match segments.next().filter(|second| !second.is_empty() && !VIEWS.contains(second)) {
            Some(name) => Self::from_id(kind.unwrap_or(RepoKind::Model), &format!("{owner_or_name}/{name}")),
            None => Self::from_id(kind.unwrap_or(RepoKind::Model), owner_or_name),
        }
    }

    fn from_segments(text: &str, tail: Tail) -> Result<Self, RepoError> {
        let (kind, id) = match text.split_once('/') {
            Some(("buckets", _)) => return Err(RepoError::Bucket),
            Some((prefix, rest)) => match RepoKind::from_plural(prefix) {
                Some(kind) => (kind, rest),
                None => (RepoKind::Model, text),
            },
            None => (RepoKind::Model, text),
        };
        let (id, has_revision) = id.split_once('@').map_or((id, false), |(id, _)| (id, true));
        let mut segments = id.split('/');
        let (first, second) = (segments.next().unwrap_or_default(), segments.next());
        match (second, segments.next()) {
            (Some(name), Some(_)) if tail == Tail::Allowed => Self::from_id(kind, &format!("{first}/{name}")),
            (_, Some(_)) => Err(match RepoKind::ALL.into_iter().find(|kind| kind.noun() == first) {
                Some(kind) => RepoError::Singular(kind),
                None => RepoError::TooManyParts,
            }),
            (Some(""), None) if !has_revision => Err(RepoError::NoName),
            _ => Self::from_id(kind, id),
        }
    }

    fn from_id(kind: RepoKind, id: &str) -> Result<Self, RepoError> {
        let (owner, name) = match id.split_once('/') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, id),
        };
        if id.len() > LONGEST_ID {
            return Err(RepoError::TooLong);
        }
        for part in owner.into_iter().chain([name]) {
            check_name(part)?;
        }
        let reserved = |part: &str| part == "buckets" || RepoKind::from_plural(part).is_some();
        if owner.is_some_and(reserved) || (owner.is_none() && reserved(name)) {
            return Err(RepoError::Reserved);
        }
        Ok(Self { kind, owner: owner.map(Into::into), name: name.into() })
    }
}

/// Whether a path may follow the repo id.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Allowed,
    Refused,
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Holds one part of an id to the Hub's rules (`huggingface_hub` `utils/_validators.py`).
pub fn check_name(part: &str) -> Result<(), NameError> {
    if part.is_empty() {
        return Err(NameError::Empty);
    }
    if looks_like_a_token(part) {
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

/// True for anything that holds a run in the shape of a Hub token: such text is never echoed, nor sent in a URL.
pub fn looks_like_a_token(text: &str) -> bool {
    text.match_indices("hf_").any(|(at, mark)| {
        text[at + mark.len()..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count() >= 30
    })
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
    use crate::model::endpoint::PlainHttp;

    fn printed(text: &str) -> Result<String, RepoError> {
        RepoRef::parse(text, &Endpoint::default()).map(|repo| repo.to_string())
    }

    #[test]
    fn every_spelling_a_user_would_paste_is_read() {
        for (text, repo) in [
            ("acme/model", "acme/model"),
            ("models/acme/model", "acme/model"),
            ("datasets/acme/data", "datasets/acme/data"),
            ("spaces/acme/app", "spaces/acme/app"),
            ("kernels/acme/k", "kernels/acme/k"),
            ("gpt2", "gpt2"),
            ("datasets/squad", "datasets/squad"),
            ("acme/model@main", "acme/model"),
            (" acme/model ", "acme/model"),
            ("hf://acme/model", "acme/model"),
            ("hf://datasets/acme/data@refs%2Fpr%2F1/a/b.csv", "datasets/acme/data"),
            ("hf://models/acme/model/config.json", "acme/model"),
            ("https://huggingface.co/acme/model", "acme/model"),
            ("https://huggingface.co/acme/model/", "acme/model"),
            ("HTTPS://HuggingFace.co/datasets/acme/data/tree/main?x=1#y", "datasets/acme/data"),
            ("https://hf.co/spaces/acme/app", "spaces/acme/app"),
            ("https://huggingface.co/gpt2/tree/main", "gpt2"),
            ("https://huggingface.co/datasets/squad", "datasets/squad"),
            ("_x_/a.b_c-d", "_x_/a.b_c-d"),
        ] {
            assert_eq!(printed(text), Ok(repo.to_owned()), "{text:?}");
            assert_eq!(printed(repo), Ok(repo.to_owned()), "printing is a fixed point");
        }
    }

    #[test]
    fn anything_else_is_refused_by_its_cause() {
        use NameError as N;
        use RepoError as R;
        for (text, cause) in [
            ("", R::Part(N::Empty)),
            ("/", R::NoName),
            ("acme/", R::NoName),
            ("a/b/c", R::TooManyParts),
            ("dataset/acme/data", R::Singular(RepoKind::Dataset)),
            ("datasets/", R::Part(N::Empty)),
            ("datasets", R::Reserved),
            ("models/datasets/x", R::Reserved),
            ("buckets/acme/b", R::Bucket),
            ("acme/mo del", R::Part(N::Character(' '))),
            ("acme/modèl", R::Part(N::Character('è'))),
            ("acme/a--b", R::Part(N::Doubled)),
            ("acme/a..b", R::Part(N::Doubled)),
            ("-acme/b", R::Part(N::Edge)),
            ("acme/b.", R::Part(N::Edge)),
            ("acme/b.git", R::Part(N::DotGit)),
            ("ftp://huggingface.co/acme/b", R::Scheme("ftp".into())),
            ("https://example.com/acme/b", R::OtherHost("example.com".into())),
            ("https://huggingface.co/settings/tokens", R::Page),
            ("acme/\u{1b}[31m", R::Invisible),
            ("\u{1b}[31m://x", R::Invisible),
            ("https://\u{202e}oc.ecafgnigguh/a/b", R::Invisible),
        ] {
            assert_eq!(printed(text), Err(cause), "{text:?}");
        }
        assert_eq!(printed(&format!("acme/{}", "x".repeat(92))), Err(R::TooLong));
    }

    #[test]
    fn an_address_is_read_from_where_the_endpoint_ends() {
        for (endpoint, text, repo) in [
            ("https://proxy.example/hub", "https://proxy.example/hub/acme/model", "acme/model"),
            ("https://proxy.example/hub", "https://proxy.example/hub/datasets/a/b/tree/main", "datasets/a/b"),
            ("https://proxy.example/hub", "https://proxy.example/hubert/model", "hubert/model"),
            ("https://proxy.example//hub", "https://proxy.example//hub/acme/model", "acme/model"),
            ("https://huggingface.co/mirror", "https://huggingface.co/mirror/acme/model", "acme/model"),
            ("https://proxy.example/hub", "https://hf.co/acme/model", "acme/model"),
        ] {
            let endpoint = Endpoint::parse(endpoint, PlainHttp::LoopbackOnly).expect("an endpoint");
            let read = RepoRef::parse(text, &endpoint).map(|repo| repo.to_string());
            assert_eq!(read, Ok(repo.to_owned()), "{text} at {endpoint}");
        }
    }

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

    #[test]
    fn a_token_given_as_a_repo_is_refused_and_not_echoed() {
        let token = format!("hf_{}", "Ab1".repeat(12));
        for text in [token.clone(), format!("acme/{token}"), format!("https://huggingface.co/{token}")] {
            let error = printed(&text).expect_err("refused").to_string();
            assert!(!error.contains(&token[..8]), "{error}");
        }
    }
}
