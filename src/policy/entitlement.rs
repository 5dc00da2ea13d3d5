use crate::model::answer::{Answer, Policy};
use crate::model::identity::{CONTENT_READ, Coverage, FineGrained, Identity, OrgRole, REPO_WRITE, TokenRole};
use crate::model::repo::RepoRef;
use crate::model::requirement::{Access, Permission, Requirement};
use crate::model::typo;
use crate::token::kind::{Claims, TokenInfo, TokenKind};

/// What the identity says about one right to one repo: the narrowest thing that would explain a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entitlement {
    /// No identity, or one that does not say.
    Unknown,
    /// Nothing in the identity forbids it.
    Clear,
    /// An OAuth or OIDC token whose scopes are not listed.
    Delegated,
    /// An OAuth or OIDC token whose own claims leave this right out.
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

/// The right that a standing is about.
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

impl Entitlement {
    /// Every standing, in the order of the printed table.
    #[cfg(test)]
    pub const ALL: [Self; 15] = [
        Self::Unknown,
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
}

impl Right {
    /// The right that decides what `answer` means for `need`.
    pub fn in_question(requirement: &Requirement, answer: Answer) -> Self {
        match (requirement, answer) {
            (_, Answer::Unauthorized) => Self::Use,
            (Requirement::Repo { access: Access::Create, .. }, Answer::NotFound) => Self::Create,
            (_, Answer::NotFound) => Self::See,
            (Requirement::Repo { access: Access::Write | Access::Create, .. }, _) => Self::Write,
            (
                Requirement::Repo { access: Access::Read, .. } | Requirement::Permission(_) | Requirement::ValidFor(_),
                _,
            ) => Self::Read,
        }
    }
}

/// Where the owner of a repo stands to the holder of the token.
enum Place {
    Own,
    Member(OrgRole),
    Stranger,
    Mistyped,
    Hidden,
}

/// What `identity` says about `right` to `repo`, for this token.
pub fn of(identity: Option<&Identity>, info: &TokenInfo, right: Right, repo: &RepoRef) -> Entitlement {
    let Some(identity) = identity else {
        return if right == Right::Use && info.kind != TokenKind::User {
            Entitlement::Delegated
        } else {
            Entitlement::Unknown
        };
    };
    let access = identity.access.as_ref();
    let membership = repo.owner.as_deref().and_then(|owner| identity.membership(owner));
    if let Some(policy) = membership.and_then(|org| org.blocked_by(access.map(|access| &access.role))) {
        return Entitlement::Blocked(policy);
    }
    let delegated = access.is_none() && (info.kind != TokenKind::User || identity.auth_kind.is_some());
    if right == Right::Use {
        return if delegated { Entitlement::Delegated } else { Entitlement::Clear };
    }
    let by_place = by_place(right, &place(identity, repo));
    match access.map(|access| &access.role) {
        Some(TokenRole::Read) if matches!(right, Right::Write | Right::Create) => Entitlement::ReadToken,
        Some(TokenRole::FineGrained(scopes)) => match coverage(scopes, right, repo) {
            Coverage::Covers => by_place,
            Coverage::Lacks => Entitlement::Lacks,
            Coverage::Unnamed => Entitlement::Unknown,
        },
        Some(TokenRole::Other(_)) => Entitlement::Unknown,
        Some(TokenRole::Read | TokenRole::Write) => by_place,
        None if !delegated => Entitlement::Unknown,
        None if by_place != Entitlement::Clear => by_place,
        None => by_scope(info, right),
    }
}

/// What the identity says about a permission beyond repos; the Hub has no question for those.
pub fn of_permission(identity: Option<&Identity>, info: &TokenInfo, permission: &Permission) -> Entitlement {
    let Some(identity) = identity else { return Entitlement::Unknown };
    let entity = permission.entity.as_deref().unwrap_or(&identity.name);
    let membership = identity.membership(entity);
    let access = identity.access.as_ref();
    if let Some(policy) = membership.and_then(|org| org.blocked_by(access.map(|access| &access.role))) {
        return Entitlement::Blocked(policy);
    }
    let writes = permission.writes();
    // Inference with a read token works for some and not for others; whoami does not tell which.
    let reads_only = writes && !permission.name.starts_with("inference.");
    match access.map(|access| &access.role) {
        Some(TokenRole::FineGrained(scopes)) => {
            let global = permission.entity.is_none() && scopes.global.contains(&permission.name);
            match scopes.on_owner(entity, &[permission.name.as_str()]) {
                _ if global => Entitlement::Clear,
                Coverage::Covers => Entitlement::Clear,
                Coverage::Lacks => Entitlement::Lacks,
                Coverage::Unnamed => Entitlement::Unknown,
            }
        }
        Some(TokenRole::Read) if reads_only => Entitlement::ReadToken,
        Some(TokenRole::Read) if writes => Entitlement::Unknown,
        Some(TokenRole::Read | TokenRole::Write) => match membership.map(|org| org.role) {
            _ if identity.is(entity) => Entitlement::Clear,
            Some(OrgRole::Admin | OrgRole::Write) => Entitlement::Clear,
            Some(OrgRole::NoAccess) => Entitlement::LowRole,
            Some(OrgRole::Contributor | OrgRole::Read | OrgRole::Unlisted) => Entitlement::Unknown,
            None if identity.orgs.is_none() => Entitlement::Unknown,
            None => Entitlement::Stranger,
        },
        Some(TokenRole::Other(_)) => Entitlement::Unknown,
        None => match (permission.name.as_str(), &info.claims.scopes) {
            ("inference.serverless.write", Some(scopes)) => in_scopes(scopes, &["inference-api"]),
            ("job.write", Some(scopes)) => in_scopes(scopes, &["jobs"]),
            _ => Entitlement::Unknown,
        },
    }
}

fn place(identity: &Identity, repo: &RepoRef) -> Place {
    let Some(owner) = repo.owner.as_deref() else { return Place::Stranger };
    if identity.is(owner) {
        return Place::Own;
    }
    match identity.membership(owner) {
        Some(org) => Place::Member(org.role),
        None if typo::nearest_namespace(identity, owner).is_some() => Place::Mistyped,
        None if identity.orgs.is_none() => Place::Hidden,
        None => Place::Stranger,
    }
}

fn by_place(right: Right, place: &Place) -> Entitlement {
    match (right, place) {
        (_, Place::Own | Place::Member(OrgRole::Admin | OrgRole::Write)) => Entitlement::Clear,
        (_, Place::Mistyped) => Entitlement::Mistyped,
        (_, Place::Stranger) => Entitlement::Stranger,
        (_, Place::Hidden | Place::Member(OrgRole::Unlisted)) => Entitlement::Unknown,
        (_, Place::Member(OrgRole::NoAccess)) => Entitlement::LowRole,
        (Right::Write, Place::Member(OrgRole::Contributor | OrgRole::Read)) => Entitlement::LowRole,
        (Right::Create, Place::Member(OrgRole::Read)) => Entitlement::LowRole,
        (_, Place::Member(OrgRole::Contributor | OrgRole::Read)) => Entitlement::Clear,
    }
}

fn coverage(scopes: &FineGrained, right: Right, repo: &RepoRef) -> Coverage {
    match right {
        Right::Create => repo.owner.as_ref().map_or(Coverage::Lacks, |owner| scopes.on_owner(owner, &[REPO_WRITE])),
        Right::Write => scopes.on_repo(repo, &[REPO_WRITE]),
        Right::See | Right::Read | Right::Use => scopes.on_repo(repo, &[CONTENT_READ, REPO_WRITE]),
    }
}

/// OAuth scopes (Hub docs, `oauth.md`) as the token itself lists them; only creating is inferred from them.
fn by_scope(info: &TokenInfo, right: Right) -> Entitlement {
    match (right, info.kind, &info.claims) {
        (Right::Create, TokenKind::Oidc, _) => Entitlement::OutOfScope,
        (Right::Create, _, Claims { scopes: Some(scopes), .. }) => {
            in_scopes(scopes, &["manage-repos", "contribute-repos"])
        }
        (Right::Create | Right::See | Right::Read | Right::Write | Right::Use, _, _) => Entitlement::Delegated,
    }
}

fn in_scopes(scopes: &[String], any_of: &[&str]) -> Entitlement {
    if scopes.iter().any(|scope| any_of.contains(&scope.as_str())) {
        Entitlement::Clear
    } else {
        Entitlement::OutOfScope
    }
}
