use crate::model::listing::Listing;
use crate::model::membership::Membership;
use crate::model::scopes::FineGrained;
use crate::model::timestamp::Timestamp;
use crate::model::typo;
use crate::token::kind::TokenKind;

/// Who the token is, as whoami tells it. Everything but the name may be missing; what is not known is `Other` or
/// `None`, never an error (the Hub's OpenAPI document of 2026-08, and recordings of 2026-10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `user`, `org` or `app`, as the Hub writes it.
    pub kind: Option<String>,
    /// The namespace.
    pub name: String,
    /// The organizations that this authentication may see; not complete where the Hub hides the list.
    pub orgs: Listing<Membership>,
    /// `access_token`, `oauth`, `app_token`, …
    pub auth_kind: Option<String>,
    /// `auth.expiresAt`, seen on OAuth tokens.
    pub expiry: Expiry,
    /// Missing for OAuth.
    pub access: Option<AccessToken>,
    /// `auth.resource`: what the token is good for.
    pub binding: Binding,
}

/// Whether a token is bound to one resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// It is not.
    #[default]
    Free,
    /// It is, and what it may do elsewhere is not stated.
    Bound,
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

impl Identity {
    /// The membership in `owner`, whatever its case.
    pub fn membership(&self, owner: &str) -> Option<&Membership> {
        self.orgs.iter().find(|org| org.name.eq_ignore_ascii_case(owner))
    }

    /// True where `owner` is this very user or organization.
    pub fn is(&self, owner: &str) -> bool {
        self.name.eq_ignore_ascii_case(owner)
    }

    /// The user and the organizations: every name under which this token could have repos.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.orgs.iter().map(|org| org.name.as_str()))
    }

    /// The namespace of the holder that `owner` is one edit away from, if it is not one of them itself.
    pub fn nearest_namespace(&self, owner: &str) -> Option<&str> {
        let is_known = self.namespaces().any(|name| name.eq_ignore_ascii_case(owner));
        self.namespaces().find(|name| !is_known && typo::one_edit_apart(name, owner))
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
            (None, None) if kind.is_delegated() => Authentication::Delegated,
            (None, _) => Authentication::Unlisted,
        }
    }
}
