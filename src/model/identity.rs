use crate::model::answer::Policy;
use crate::model::repo::RepoRef;
use crate::model::timestamp::Timestamp;
use crate::token::kind::TokenKind;

/// Who the token is, as whoami tells it. Everything but the name may be missing; what is not known is `Other` or
/// `None`, never an error (the Hub's OpenAPI document of 2026-08, and recordings of 2026-10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `user`, `org` or `app`, as the Hub writes it.
    pub kind: Option<String>,
    /// The namespace.
    pub name: String,
    /// The organizations that this authentication may see; `None` where the Hub hides the list.
    pub orgs: Option<Vec<Membership>>,
    /// `access_token`, `oauth`, `app_token`, …
    pub auth_kind: Option<String>,
    /// `auth.expiresAt`, seen on OAuth tokens.
    pub expiry: Expiry,
    /// Missing for OAuth.
    pub access: Option<AccessToken>,
}

/// One organization in whoami.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The namespace.
    pub name: String,
    /// `roleInOrg`.
    pub role: OrgRole,
    /// `securityRestrictions`: why this authentication may not see the organization's data.
    pub restrictions: Vec<Restriction>,
}

/// The role of the holder in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrgRole {
    /// Everything.
    Admin,
    /// Pushes to every repo.
    Write,
    /// Creates repos, and pushes to those it created.
    Contributor,
    /// Reads.
    Read,
    /// Nothing, unless a resource group says otherwise.
    NoAccess,
    /// A role that this program does not know, or none stated.
    Unlisted,
}

impl OrgRole {
    /// As whoami writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Write => "write",
            Self::Contributor => "contributor",
            Self::Read => "read",
            Self::NoAccess => "no_access",
            Self::Unlisted => "unknown",
        }
    }
}

/// A value of `securityRestrictions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// `mfa`
    Mfa,
    /// `token-policy`
    TokenPolicy,
    /// `token-revoked`
    TokenRevoked,
    /// `sso`
    Sso,
    /// `ip`
    Ip,
}

impl Restriction {
    /// As whoami writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            Self::TokenPolicy => "token-policy",
            Self::TokenRevoked => "token-revoked",
            Self::Sso => "sso",
            Self::Ip => "ip",
        }
    }
}

/// When a token stops working, as whoami states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// It states nothing.
    #[default]
    Unstated,
    /// Then.
    At(Timestamp),
    /// It states something in a form that is not known here.
    Unreadable,
}

impl Expiry {
    /// The moment, where one is known.
    pub const fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Unstated | Self::Unreadable => None,
        }
    }
}

/// How a token was obtained, by `auth` in whoami.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// A user access token.
    AccessToken(&'a AccessToken),
    /// An OAuth or OIDC token, which has scopes of its own.
    Delegated,
    /// Another kind, which this program does not know.
    Unlisted,
}

/// What whoami says of a user access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The name its owner gave it.
    pub name: Option<String>,
    /// What it may do at most.
    pub role: TokenRole,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Promised by an old schema, never seen in a response.
    pub expiry: Expiry,
}

/// The role of a user access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRole {
    /// Reads what its user may read.
    Read,
    /// Does what its user may do.
    Write,
    /// Does what its scopes list.
    FineGrained(FineGrained),
    /// A role that this program does not know.
    Other(String),
}

/// The scopes of a fine-grained token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FineGrained {
    /// `canReadGatedRepos`
    pub reads_gated: Option<bool>,
    /// Permissions that hold everywhere. They never give the right to write to a repo.
    pub global: Vec<String>,
    /// Permissions on an entity.
    pub scoped: Vec<Scope>,
}

/// The permissions on one user, organization or repo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `user`, `org`, `model`, `dataset`, `space`, …
    pub entity_kind: String,
    /// `acme`, or `owner/name` of a repo; the Hub may leave it out.
    pub entity_name: Option<String>,
    /// The Hub's names; an open set.
    pub permissions: Vec<String>,
}

/// The right to a repo's contents by the Hub's own name.
pub const CONTENT_READ: &str = "repo.content.read";
/// The right to push, to change settings and, on an owner, to create repos.
pub const REPO_WRITE: &str = "repo.write";

impl Identity {
    /// The membership in `owner`, whatever its case.
    pub fn membership(&self, owner: &str) -> Option<&Membership> {
        self.orgs.iter().flatten().find(|org| org.name.eq_ignore_ascii_case(owner))
    }

    /// True where `owner` is this very user or organization.
    pub fn is(&self, owner: &str) -> bool {
        self.name.eq_ignore_ascii_case(owner)
    }

    /// The user and the organizations: every name under which this token could have repos.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.orgs.iter().flatten().map(|org| org.name.as_str()))
    }

    /// When the token stops working, as far as whoami says; the first of two that it states.
    pub fn expiry(&self) -> Expiry {
        match (self.access.as_ref().map_or(Expiry::Unstated, |access| access.expiry), self.expiry) {
            (Expiry::Unreadable, _) | (_, Expiry::Unreadable) => Expiry::Unreadable,
            (Expiry::Unstated, stated) | (stated, Expiry::Unstated) => stated,
            (Expiry::At(one), Expiry::At(other)) => Expiry::At(one.min(other)),
        }
    }

    /// How this token was obtained. `kind` is what its prefix says.
    pub fn authentication(&self, kind: TokenKind) -> Authentication<'_> {
        match (&self.access, self.auth_kind.as_deref()) {
            (Some(access), _) => Authentication::AccessToken(access),
            (None, Some("oauth")) => Authentication::Delegated,
            (None, None) if kind != TokenKind::User => Authentication::Delegated,
            (None, _) => Authentication::Unlisted,
        }
    }
}

impl Membership {
    /// The rule that keeps this token out of the organization, if whoami names one. A `token-policy` means "fine-grained
    /// only" to a classic token and "not approved" to a fine-grained one.
    pub fn blocked_by(&self, role: Option<&TokenRole>) -> Option<Policy> {
        self.restrictions.first().map(|restriction| match restriction {
            Restriction::Mfa => Policy::Mfa,
            Restriction::TokenRevoked => Policy::Revoked,
            Restriction::Sso => Policy::Sso,
            Restriction::Ip => Policy::Network,
            Restriction::TokenPolicy => match role {
                Some(TokenRole::Read | TokenRole::Write) => Policy::FineGrainedOnly,
                Some(TokenRole::FineGrained(_) | TokenRole::Other(_)) | None => Policy::Approval,
            },
        })
    }
}

/// Whether a fine-grained token has a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It has.
    Covers,
    /// It has not.
    Lacks,
    /// An entity without a name has it: it may be this one.
    Unnamed,
}

impl FineGrained {
    /// Does any of `permissions` hold on `repo`, itself or through its owner?
    pub fn on_repo(&self, repo: &RepoRef, permissions: &[&str]) -> Coverage {
        let id = repo.id();
        self.search(permissions, |scope, name| {
            (scope.entity_kind == repo.kind.noun() && name.eq_ignore_ascii_case(&id))
                || (scope.is_namespace() && repo.owner.as_ref().is_some_and(|owner| name.eq_ignore_ascii_case(owner)))
        })
    }

    /// Does any of `permissions` hold on the whole of `owner`?
    pub fn on_owner(&self, owner: &str, permissions: &[&str]) -> Coverage {
        self.search(permissions, |scope, name| scope.is_namespace() && name.eq_ignore_ascii_case(owner))
    }

    /// The permissions listed for `entity`, for people to read.
    pub fn listed_for(&self, entity: &str) -> Vec<&str> {
        let of_entity =
            |scope: &&Scope| scope.entity_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(entity));
        self.scoped.iter().filter(of_entity).flat_map(|scope| scope.permissions.iter().map(String::as_str)).collect()
    }

    fn search(&self, permissions: &[&str], applies: impl Fn(&Scope, &str) -> bool) -> Coverage {
        let holding =
            self.scoped.iter().filter(|scope| permissions.iter().any(|p| scope.permissions.iter().any(|q| q == p)));
        let mut coverage = Coverage::Lacks;
        for scope in holding {
            match &scope.entity_name {
                Some(name) if applies(scope, name) => return Coverage::Covers,
                Some(_) => {}
                None => coverage = Coverage::Unnamed,
            }
        }
        coverage
    }
}

impl Scope {
    fn is_namespace(&self) -> bool {
        matches!(self.entity_kind.as_str(), "user" | "org")
    }
}
