//! What the identity says about one permission.

use crate::model::answer::Policy;
use crate::model::membership::OrgRole;

/// What the identity says about one permission on one owner or repo: the narrowest thing that would explain a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// No identity, or one that does not say: why.
    Unknown(Doubt),
    /// Nothing in the identity forbids it.
    Clear,
    /// An OAuth or OIDC token whose scopes are not listed.
    Delegated,
    /// An OAuth or OIDC token whose own claims leave this permission out.
    OutOfScope,
    /// A rule of the organization keeps this token out (`securityRestrictions`).
    Blocked(Policy),
    /// The token's role is `read`.
    ReadToken,
    /// The fine-grained token has no permission for it.
    Lacks,
    /// The owner is neither the user nor one of its organizations.
    Stranger,
    /// The same, and the owner is one edit away from one of them.
    Mistyped,
    /// A member whose role is too low.
    LowRole,
}

impl Entitlement {
    /// Every entitlement, in the order of the printed table. A verdict does not depend on why one is unknown.
    #[cfg(test)]
    pub const ALL: [Self; 15] = [
        Self::Unknown(Doubt::NoIdentity),
        Self::Clear,
        Self::Delegated,
        Self::OutOfScope,
        Self::Blocked(Policy::FineGrainedOnly),
        Self::Blocked(Policy::Approval),
        Self::Blocked(Policy::Revoked),
        Self::Blocked(Policy::Network),
        Self::Blocked(Policy::Sso),
        Self::Blocked(Policy::Mfa),
        Self::ReadToken,
        Self::Lacks,
        Self::Stranger,
        Self::Mistyped,
        Self::LowRole,
    ];

    /// Its column in the printed table.
    #[cfg(any(test, feature = "internals"))]
    pub fn column(self) -> String {
        if matches!(self, Self::Unknown(_)) { "Unknown".into() } else { format!("{self:?}") }
    }
}

/// Why an entitlement is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// whoami gave no identity.
    NoIdentity,
    /// The permission's name is not in the table.
    PermissionName,
    /// The permission cannot be given there, as far as is known.
    Level,
    /// The organization restricts this token by a rule that is not known.
    Restriction,
    /// whoami states no role in the organization, or one that is not known.
    OrgRole,
    /// Which role is enough is not documented, but for this one.
    EnoughRole(OrgRole),
    /// A resource group may give a higher role than the organization does.
    ResourceGroup,
    /// whoami does not list all organizations.
    HiddenOrgs,
    /// The owner is one edit away from a known one, and may be another's.
    NearOwner,
    /// Whether a classic read token is enough is not documented.
    ReadRole,
    /// The token's role is not known.
    TokenRole,
    /// whoami lists permissions that may include this one.
    Scopes,
    /// No OAuth scope is documented for it, or the token has one that is not known.
    OAuthScopes,
    /// The token is bound to one resource.
    Binding,
    /// A kind of token that is not known.
    Authentication,
    /// Creating kernels takes a grant of its own.
    KernelGrant,
    /// The rules are those of another Hub than huggingface.co.
    OtherHub,
}
