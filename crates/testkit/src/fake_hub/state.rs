//! What a fake Hub knows: its users, tokens and repos, and the faults that it has.

use serde_json::Value;

use super::fault::Fault;

/// Whose rules a server follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavor {
    /// The Hub itself.
    #[default]
    HuggingFace,
    /// A reading mirror: passes whoami on, answers metadata itself, and has `RepoNotFound` for every route that it does not have.
    Olah,
    /// The same without an upstream.
    OlahWithoutItsHub,
    /// A proxy registry: metadata and files; 400 for the rest.
    Nexus,
    /// A proxy registry with tokens of its own: metadata and files; 404 for the rest.
    Artifactory,
    /// A Hub with accounts of its own, whose whoami has no mark and the same role for everybody.
    KohakuHub,
}

/// Everything that this Hub knows.
#[derive(Clone, Debug, Default)]
pub struct HubState {
    /// Whose rules it follows.
    pub flavor: Flavor,
    pub users: Vec<User>,
    pub tokens: Vec<Token>,
    pub repos: Vec<Repo>,
    /// Old id, kind and new id, as `datasets/old/name`.
    pub renamed: Vec<(&'static str, &'static str)>,
    pub faults: Vec<Fault>,
    /// The routes that this server does not have: part of the path. Or `h2`.
    pub without: Vec<&'static str>,
    /// A path before `/api`: a proxy in front of the Hub.
    pub base: &'static str,
    /// Owner, id and record of Hugging Face Jobs; whoever belongs to the owner may see them.
    pub jobs: Vec<(&'static str, &'static str, Value)>,
    /// `X-HF-Warning` on every answer.
    pub notice: Option<&'static str>,
    /// How many seconds this Hub's clock is ahead of the machine's; it shows in `Date`.
    pub clock_ahead: i64,
}

/// A person.
#[derive(Clone, Debug)]
pub struct User {
    pub name: &'static str,
    pub orgs: Vec<Membership>,
}

/// Membership in an organization.
#[derive(Clone, Debug)]
pub struct Membership {
    pub org: &'static str,
    pub role: &'static str,
    /// Why this user's tokens are kept out: a value of `securityRestrictions`.
    pub restriction: Option<&'static str>,
    /// The user's roles in resource groups of the organization.
    pub groups: Vec<&'static str>,
}

/// A token that this Hub knows; any other is rejected.
#[derive(Clone, Debug)]
pub struct Token {
    pub secret: String,
    pub user: &'static str,
    pub name: &'static str,
    pub grant: Grant,
}

/// What a token may do.
#[derive(Clone, Debug)]
pub enum Grant {
    Read,
    Write,
    /// Entity kind, entity name and permissions; and the box for gated repos.
    FineGrained {
        scoped: Vec<(&'static str, &'static str, Vec<&'static str>)>,
        global: Vec<&'static str>,
        reads_gated: bool,
    },
    OAuth {
        scopes: Vec<&'static str>,
        /// `auth.expiresAt`; empty where whoami does not state it.
        expires_at: String,
    },
    /// Bound to one repo, by its kind and id.
    Oidc(&'static str),
    Expired,
    /// whoami answers with this object, whatever it is; the rights are those of a write token.
    Odd(Value),
}

/// A repo.
#[derive(Clone, Debug)]
pub struct Repo {
    /// `models`, `datasets`, `spaces`, `kernels`
    pub kind: &'static str,
    pub id: &'static str,
    pub is_private: bool,
    pub creator: &'static str,
    pub gate: Option<Gate>,
    pub is_disabled: bool,
}

/// A gate, and where each user's request for access stands.
#[derive(Clone, Debug)]
pub struct Gate {
    pub requests: Vec<(&'static str, &'static str)>,
}
