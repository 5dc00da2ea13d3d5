//! What the identity allows. A permission takes two things, for every kind of token: the place of the person in the owner,
//! and the scope of the token. Both rules are here, and `entitlements.table` is what they come to.

use crate::model::answer::{Answer, Policy};
use crate::model::entitlement::{Doubt, Entitlement};
use crate::model::identity::{AccessToken, Authentication, Binding, Identity, TokenRole};
use crate::model::membership::{Membership, OrgRole, Restriction};
use crate::model::permission::{
    KnownPermission, Level, OAUTH_SCOPES, OAuthScopes, Permission, PermissionName, WithReadRole,
};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};
use crate::model::scopes::{Coverage, FineGrained, Namespace};
use crate::token::kind::{TokenInfo, TokenKind};

/// The right to a repo that an entitlement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To know that the repo exists.
    See,
    /// To download.
    Read,
    /// To push.
    Write,
    /// To create.
    Create,
    /// To use the Hub's routes with this kind of token at all.
    Use,
}

impl Right {
    /// The right that decides what `answer` means for `requirement`.
    pub fn in_question(requirement: &Requirement, answer: Answer) -> Self {
        match (requirement, answer) {
            (_, Answer::Unauthorized | Answer::GateUnauthorized) => Self::Use,
            (Requirement::Repo { access: Access::Create, .. }, Answer::NotFound) => Self::Create,
            (_, Answer::NotFound) => Self::See,
            (Requirement::Repo { access: Access::Write | Access::Create, .. }, _) => Self::Write,
            (
                Requirement::Repo { access: Access::Read, .. } | Requirement::Permission(_) | Requirement::ValidFor(_),
                _,
            ) => Self::Read,
        }
    }

    /// The permissions of which any one gives the right.
    const fn permissions(self) -> &'static [KnownPermission] {
        match self {
            Self::See | Self::Read | Self::Use => &[KnownPermission::RepoContentRead, KnownPermission::RepoWrite],
            Self::Write | Self::Create => &[KnownPermission::RepoWrite],
        }
    }

    const fn roles(self) -> RoleRule {
        let (enough, refused_up_to) = match self {
            Self::See | Self::Read | Self::Use => (OrgRole::Read, OrgRole::NoAccess),
            Self::Write => (OrgRole::Write, OrgRole::Contributor),
            Self::Create => (OrgRole::Contributor, OrgRole::Read),
        };
        RoleRule { enough, refused_up_to, strangers: Strangers::Refused }
    }

    const fn with_read_role(self) -> WithReadRole {
        match self {
            Self::See | Self::Read | Self::Use => WithReadRole::Enough,
            Self::Write | Self::Create => WithReadRole::TooLow,
        }
    }
}

/// Which roles in an organization give a permission there. A role between the two may or may not.
#[derive(Clone, Copy)]
struct RoleRule {
    enough: OrgRole,
    refused_up_to: OrgRole,
    strangers: Strangers,
}

/// What the rule means for people outside the organization.
#[derive(Clone, Copy)]
enum Strangers {
    Refused,
    Allowed,
}

/// One of the two things that a permission takes: what the person may do, or what the token may do.
enum Half {
    Allowed,
    Refused(Entitlement),
    Unsure(Entitlement),
}

impl Half {
    const fn doubted(doubt: Doubt) -> Self {
        Self::Unsure(Entitlement::Unknown(doubt))
    }

    /// A "no" of either half is one; the person's comes first, because no other token would help.
    const fn and(self, other: Self) -> Entitlement {
        match (self, other) {
            (Self::Refused(no), _) | (_, Self::Refused(no)) => no,
            (Self::Unsure(unsure), _) | (_, Self::Unsure(unsure)) => unsure,
            (Self::Allowed, Self::Allowed) => Entitlement::Clear,
        }
    }
}

/// What `identity` says about `right` to `repo`, for this token.
pub fn of(identity: Option<&Identity>, info: &TokenInfo, right: Right, repo: &RepoRef) -> Entitlement {
    let Some(identity) = identity else {
        return if right == Right::Use && info.kind.is_delegated() {
            Entitlement::Delegated
        } else {
            Entitlement::Unknown(Doubt::NoIdentity)
        };
    };
    let authentication = identity.authentication(info.kind);
    if right == Right::Use {
        let membership = repo.owner.as_deref().and_then(|owner| identity.membership(owner));
        return membership.and_then(|org| restriction(org, authentication)).unwrap_or(match authentication {
            Authentication::AccessToken(_) => Entitlement::Clear,
            Authentication::Delegated => Entitlement::Delegated,
            Authentication::Unlisted => Entitlement::Unknown(Doubt::Authentication),
        });
    }
    let Some(owner) = repo.owner.as_deref() else { return Entitlement::Stranger };
    let owner = if identity.is(owner) { Namespace::Own(owner) } else { Namespace::Other(owner) };
    let token = match authentication {
        Authentication::AccessToken(access) => by_role(&access.role, right.with_read_role(), |scopes| match right {
            Right::Create => scopes.on_owner(owner, right.permissions()),
            Right::See | Right::Read | Right::Write | Right::Use => scopes.on_repo(repo, owner, right.permissions()),
        }),
        Authentication::Delegated if right != Right::Create => Half::Unsure(Entitlement::Delegated),
        Authentication::Delegated if info.kind == TokenKind::Oidc => Half::Refused(Entitlement::OutOfScope),
        Authentication::Delegated => by_scope(identity, info, CREATION),
        Authentication::Unlisted => Half::doubted(Doubt::Authentication),
    };
    let entitlement = person(identity, owner, authentication, right.roles()).and(token);
    // A full token of the owner is not enough for a kernel.
    let takes_a_grant = right == Right::Create && repo.kind == RepoKind::Kernel;
    if takes_a_grant && entitlement == Entitlement::Clear {
        return Entitlement::Unknown(Doubt::KernelGrant);
    }
    entitlement
}

/// What `identity` says about a permission beyond repos. The Hub has no question for those.
pub fn of_permission(identity: Option<&Identity>, info: &TokenInfo, permission: &Permission) -> Entitlement {
    let Some(identity) = identity else { return Entitlement::Unknown(Doubt::NoIdentity) };
    let PermissionName::Known(known) = permission.name else { return Entitlement::Unknown(Doubt::PermissionName) };
    let spec = known.spec();
    let target = Target::of(identity, permission);
    let authentication = identity.authentication(info.kind);
    let mut is_listed = false;
    let token = match authentication {
        Authentication::AccessToken(access) => by_role(&access.role, spec.read_token, |scopes| {
            let coverage = target.coverage(scopes, known);
            is_listed = coverage == Coverage::Covers;
            coverage
        }),
        Authentication::Delegated => by_scope(identity, info, spec.oauth),
        Authentication::Unlisted => Half::doubted(Doubt::Authentication),
    };
    // Nothing is known of a permission where the token form does not offer it, unless the token lists it there.
    let hangs_on_the_level = matches!(token, Half::Allowed | Half::Refused(Entitlement::Lacks));
    let token =
        if hangs_on_the_level && !is_listed && !target.takes(known) { Half::doubted(Doubt::Level) } else { token };
    person(identity, target.owner(), authentication, roles(known)).and(token)
}

/// The roles that give a permission beyond repos.
fn roles(known: KnownPermission) -> RoleRule {
    RoleRule {
        enough: known.spec().org_role,
        refused_up_to: if known == KnownPermission::RepoWrite { OrgRole::Read } else { OrgRole::NoAccess },
        // Everybody may take part in the discussions of a public repo.
        strangers: if known == KnownPermission::DiscussionWrite { Strangers::Allowed } else { Strangers::Refused },
    }
}

/// What the place of the person in `owner` allows.
fn person(identity: &Identity, owner: Namespace<'_>, authentication: Authentication<'_>, rule: RoleRule) -> Half {
    let Namespace::Other(name) = owner else { return Half::Allowed };
    let Some(org) = identity.membership(name) else {
        return match (identity.nearest_namespace(name), rule.strangers) {
            _ if !identity.orgs.is_complete() => Half::doubted(Doubt::HiddenOrgs),
            (Some(_), Strangers::Refused) => Half::Refused(Entitlement::Mistyped),
            (None, Strangers::Refused) => Half::Refused(Entitlement::Stranger),
            (Some(_), Strangers::Allowed) => Half::doubted(Doubt::NearOwner),
            (None, Strangers::Allowed) => Half::Allowed,
        };
    };
    match restriction(org, authentication) {
        Some(unsure @ Entitlement::Unknown(_)) => return Half::Unsure(unsure),
        Some(blocked) => return Half::Refused(blocked),
        None => {}
    }
    let raises = |role: &OrgRole| role.includes(rule.enough) != Some(false);
    match (org.role.includes(rule.enough), rule.refused_up_to.includes(org.role)) {
        (Some(true), _) => Half::Allowed,
        (None, _) | (_, None) => Half::doubted(Doubt::OrgRole),
        (Some(false), _) if org.group_roles.iter().any(raises) || !org.group_roles.is_complete() => {
            Half::doubted(Doubt::ResourceGroup)
        }
        (Some(false), Some(true)) => Half::Refused(Entitlement::LowRole),
        (Some(false), Some(false)) => Half::doubted(Doubt::EnoughRole(rule.enough)),
    }
}

/// The rule of an organization that keeps this token out, or may.
fn restriction(org: &Membership, authentication: Authentication<'_>) -> Option<Entitlement> {
    let known = org.restrictions.iter().find_map(|restriction| match restriction {
        Restriction::Mfa => Some(Policy::Mfa),
        Restriction::TokenRevoked => Some(Policy::Revoked),
        Restriction::Sso => Some(Policy::Sso),
        Restriction::Ip => Some(Policy::Network),
        // It means "fine-grained only" to a classic token and "not approved" to a fine-grained one.
        Restriction::TokenPolicy => Some(match authentication {
            Authentication::AccessToken(AccessToken { role: TokenRole::Read | TokenRole::Write, .. }) => {
                Policy::FineGrainedOnly
            }
            Authentication::AccessToken(_) | Authentication::Delegated | Authentication::Unlisted => Policy::Approval,
        }),
        Restriction::Unlisted(_) => None,
    });
    let unknown = (!org.restrictions.is_empty()).then_some(Entitlement::Unknown(Doubt::Restriction));
    known.map(Entitlement::Blocked).or(unknown)
}

/// What a user access token allows. `coverage` reads the list of a fine-grained one.
fn by_role(role: &TokenRole, with_read: WithReadRole, coverage: impl FnOnce(&FineGrained) -> Coverage) -> Half {
    match role {
        TokenRole::Read => match with_read {
            WithReadRole::Enough => Half::Allowed,
            WithReadRole::TooLow => Half::Refused(Entitlement::ReadToken),
            WithReadRole::Undocumented => Half::doubted(Doubt::ReadRole),
        },
        TokenRole::Write => Half::Allowed,
        TokenRole::FineGrained(scopes) => match coverage(scopes) {
            Coverage::Covers => Half::Allowed,
            Coverage::Lacks => Half::Refused(Entitlement::Lacks),
            Coverage::Unknown => Half::doubted(Doubt::Scopes),
        },
        TokenRole::Other(_) => Half::doubted(Doubt::TokenRole),
    }
}

/// Creating repos, by OAuth scope.
const CREATION: OAuthScopes = OAuthScopes { enough: &["manage-repos", "contribute-repos"], partial: &[] };

/// What an OAuth token allows, by the scopes that it lists itself.
fn by_scope(identity: &Identity, info: &TokenInfo, giving: OAuthScopes) -> Half {
    let Some(scopes) = &info.claims.scopes else { return Half::Unsure(Entitlement::Delegated) };
    let has = |wanted: &[&str]| scopes.iter().any(|scope| wanted.contains(&scope.as_str()));
    let all_known = scopes.iter().all(|scope| OAUTH_SCOPES.contains(&scope.as_str()));
    if has(giving.enough) {
        match identity.binding {
            Binding::Free => Half::Allowed,
            Binding::Bound => Half::doubted(Doubt::Binding),
        }
    } else if giving.enough.is_empty() || has(giving.partial) || !all_known {
        Half::doubted(Doubt::OAuthScopes)
    } else {
        Half::Refused(Entitlement::OutOfScope)
    }
}

/// Where a permission beyond repos is required.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// Nobody was named: the token's user.
    Holder(&'a str),
    /// The token's user, by name.
    Own(&'a str),
    /// An organization of the user's.
    Member(&'a str),
    /// Another owner.
    Elsewhere(&'a str),
}

impl<'a> Target<'a> {
    fn of(identity: &'a Identity, permission: &'a Permission) -> Self {
        match permission.entity.as_deref() {
            None => Self::Holder(&identity.name),
            Some(owner) if identity.is(owner) => Self::Own(owner),
            Some(owner) if identity.membership(owner).is_some() => Self::Member(owner),
            Some(owner) => Self::Elsewhere(owner),
        }
    }

    const fn owner(self) -> Namespace<'a> {
        match self {
            Self::Holder(name) | Self::Own(name) => Namespace::Own(name),
            Self::Member(name) | Self::Elsewhere(name) => Namespace::Other(name),
        }
    }

    /// Does the token form offer the permission there?
    fn takes(self, known: KnownPermission) -> bool {
        match self {
            Self::Holder(_) | Self::Own(_) => {
                known.can_be_given_on(Level::User) || known.can_be_given_on(Level::Global)
            }
            Self::Member(_) | Self::Elsewhere(_) => known.can_be_given_on(Level::Org),
        }
    }

    /// Does a fine-grained token have the permission there?
    fn coverage(self, scopes: &FineGrained, known: KnownPermission) -> Coverage {
        let global = match (scopes.globally(known), self) {
            (Coverage::Lacks, _) => Coverage::Lacks,
            // For the token as a whole it is about the repos of others.
            (_, Self::Own(_)) if known == KnownPermission::DiscussionWrite => Coverage::Lacks,
            (coverage, Self::Elsewhere(_)) if known == KnownPermission::DiscussionWrite => coverage,
            (coverage, Self::Holder(_) | Self::Own(_)) if known.can_be_given_on(Level::Global) => coverage,
            (_, Self::Holder(_) | Self::Own(_) | Self::Member(_) | Self::Elsewhere(_)) => Coverage::Unknown,
        };
        match (scopes.on_owner(self.owner(), &[known]), global) {
            (Coverage::Covers, _) | (_, Coverage::Covers) => Coverage::Covers,
            (Coverage::Unknown, _) | (_, Coverage::Unknown) => Coverage::Unknown,
            (Coverage::Lacks, Coverage::Lacks) => Coverage::Lacks,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::entitlement_table;

    #[test]
    fn the_printed_table_is_the_one_under_review() {
        crate::env::hold_to_review("src/policy/entitlements.table", &entitlement_table::printed());
    }
}
