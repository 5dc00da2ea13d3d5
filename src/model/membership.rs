use crate::model::listing::Listing;

/// One organization in whoami.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The namespace.
    pub name: String,
    /// `roleInOrg`.
    pub role: OrgRole,
    /// `securityRestrictions`: why this authentication may not see the organization's data.
    pub restrictions: Vec<Restriction>,
    /// `resourceGroups`: the roles in groups of repos, which hold there in place of `role`.
    pub group_roles: Listing<OrgRole>,
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

    /// Whether this role includes `other`; `None` where either is not known.
    pub fn includes(self, other: Self) -> Option<bool> {
        Some(self.rank()? >= other.rank()?)
    }

    const fn rank(self) -> Option<u8> {
        match self {
            Self::NoAccess => Some(0),
            Self::Read => Some(1),
            Self::Contributor => Some(2),
            Self::Write => Some(3),
            Self::Admin => Some(4),
            Self::Unlisted => None,
        }
    }
}

/// A value of `securityRestrictions`.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// A value that this program does not know: what it forbids is not known either.
    Unlisted(String),
}

impl Restriction {
    /// As whoami writes it.
    pub fn name(&self) -> &str {
        match self {
            Self::Mfa => "mfa",
            Self::TokenPolicy => "token-policy",
            Self::TokenRevoked => "token-revoked",
            Self::Sso => "sso",
            Self::Ip => "ip",
            Self::Unlisted(name) => name,
        }
    }
}
