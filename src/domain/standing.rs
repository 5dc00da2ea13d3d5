use super::answer::{Answer, Policy};
use super::identity::{CONTENT_READ, Coverage, FineGrained, Identity, OrgRole, REPO_WRITE, TokenRole};
use super::need::{Need, Permission};
use super::repo::RepoRef;
use super::token::{Claims, Nature, TokenKind};

/// What the identity says about one right to one repo: the narrowest thing that would explain a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
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
pub(crate) enum Right {
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

impl Standing {
    /// Every standing, in the order of the printed table.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 15] = [
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
    pub(crate) fn in_question(need: &Need, answer: Answer) -> Self {
        match (need, answer) {
            (_, Answer::Unauthorized) => Self::Use,
            (Need::Create(_), Answer::NotFound) => Self::Create,
            (_, Answer::NotFound) => Self::See,
            (Need::Write(_) | Need::Create(_), _) => Self::Write,
            (Need::Read(_) | Need::Permission(_) | Need::ValidFor(_), _) => Self::Read,
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
pub(crate) fn of(identity: Option<&Identity>, nature: &Nature, right: Right, repo: &RepoRef) -> Standing {
    let Some(identity) = identity else {
        return if right == Right::Use && nature.kind != TokenKind::User {
            Standing::Delegated
        } else {
            Standing::Unknown
        };
    };
    let access = identity.access.as_ref();
    let membership = repo.owner.as_deref().and_then(|owner| identity.membership(owner));
    if let Some(policy) = membership.and_then(|org| org.blocked_by(access.map(|access| &access.role))) {
        return Standing::Blocked(policy);
    }
    let delegated = access.is_none() && (nature.kind != TokenKind::User || identity.auth_kind.is_some());
    if right == Right::Use {
        return if delegated { Standing::Delegated } else { Standing::Clear };
    }
    let by_place = by_place(right, &place(identity, repo));
    match access.map(|access| &access.role) {
        Some(TokenRole::Read) if matches!(right, Right::Write | Right::Create) => Standing::ReadToken,
        Some(TokenRole::FineGrained(scopes)) => match coverage(scopes, right, repo) {
            Coverage::Covers => by_place,
            Coverage::Lacks => Standing::Lacks,
            Coverage::Unnamed => Standing::Unknown,
        },
        Some(TokenRole::Other(_)) => Standing::Unknown,
        Some(TokenRole::Read | TokenRole::Write) => by_place,
        None if !delegated => Standing::Unknown,
        None if by_place != Standing::Clear => by_place,
        None => by_scope(nature, right),
    }
}

/// What the identity says about a permission beyond repos; the Hub has no question for those.
pub(crate) fn of_permission(identity: Option<&Identity>, nature: &Nature, permission: &Permission) -> Standing {
    let Some(identity) = identity else { return Standing::Unknown };
    let entity = permission.entity.as_deref().unwrap_or(&identity.name);
    let membership = identity.membership(entity);
    let access = identity.access.as_ref();
    if let Some(policy) = membership.and_then(|org| org.blocked_by(access.map(|access| &access.role))) {
        return Standing::Blocked(policy);
    }
    let writes = permission.writes();
    // Inference with a read token works for some and not for others; whoami does not tell which.
    let reads_only = writes && !permission.name.starts_with("inference.");
    match access.map(|access| &access.role) {
        Some(TokenRole::FineGrained(scopes)) => {
            let global = permission.entity.is_none() && scopes.global.contains(&permission.name);
            match scopes.on_owner(entity, &[permission.name.as_str()]) {
                _ if global => Standing::Clear,
                Coverage::Covers => Standing::Clear,
                Coverage::Lacks => Standing::Lacks,
                Coverage::Unnamed => Standing::Unknown,
            }
        }
        Some(TokenRole::Read) if reads_only => Standing::ReadToken,
        Some(TokenRole::Read) if writes => Standing::Unknown,
        Some(TokenRole::Read | TokenRole::Write) => match membership.map(|org| org.role) {
            _ if identity.is(entity) => Standing::Clear,
            Some(OrgRole::Admin | OrgRole::Write) => Standing::Clear,
            Some(OrgRole::NoAccess) => Standing::LowRole,
            Some(OrgRole::Contributor | OrgRole::Read | OrgRole::Unlisted) => Standing::Unknown,
            None if identity.orgs.is_none() => Standing::Unknown,
            None => Standing::Stranger,
        },
        Some(TokenRole::Other(_)) => Standing::Unknown,
        None => match (permission.name.as_str(), &nature.claims.scopes) {
            ("inference.serverless.write", Some(scopes)) => in_scopes(scopes, &["inference-api"]),
            ("job.write", Some(scopes)) => in_scopes(scopes, &["jobs"]),
            _ => Standing::Unknown,
        },
    }
}

/// The namespace of the holder that `owner` is one edit away from, if it is not one of them itself.
pub(crate) fn nearly(identity: &Identity, owner: &str) -> Option<String> {
    let known = identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner));
    (!known).then(|| identity.namespaces().find(|name| one_edit_apart(name, owner)).map(Into::into)).flatten()
}

fn place(identity: &Identity, repo: &RepoRef) -> Place {
    let Some(owner) = repo.owner.as_deref() else { return Place::Stranger };
    if identity.is(owner) {
        return Place::Own;
    }
    match identity.membership(owner) {
        Some(org) => Place::Member(org.role),
        None if nearly(identity, owner).is_some() => Place::Mistyped,
        None if identity.orgs.is_none() => Place::Hidden,
        None => Place::Stranger,
    }
}

fn by_place(right: Right, place: &Place) -> Standing {
    match (right, place) {
        (_, Place::Own | Place::Member(OrgRole::Admin | OrgRole::Write)) => Standing::Clear,
        (_, Place::Mistyped) => Standing::Mistyped,
        (_, Place::Stranger) => Standing::Stranger,
        (_, Place::Hidden | Place::Member(OrgRole::Unlisted)) => Standing::Unknown,
        (_, Place::Member(OrgRole::NoAccess)) => Standing::LowRole,
        (Right::Write, Place::Member(OrgRole::Contributor | OrgRole::Read)) => Standing::LowRole,
        (Right::Create, Place::Member(OrgRole::Read)) => Standing::LowRole,
        (_, Place::Member(OrgRole::Contributor | OrgRole::Read)) => Standing::Clear,
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
fn by_scope(nature: &Nature, right: Right) -> Standing {
    match (right, nature.kind, &nature.claims) {
        (Right::Create, TokenKind::Oidc, _) => Standing::OutOfScope,
        (Right::Create, _, Claims { scopes: Some(scopes), .. }) => {
            in_scopes(scopes, &["manage-repos", "contribute-repos"])
        }
        (Right::Create | Right::See | Right::Read | Right::Write | Right::Use, _, _) => Standing::Delegated,
    }
}

fn in_scopes(scopes: &[String], any_of: &[&str]) -> Standing {
    if scopes.iter().any(|scope| any_of.contains(&scope.as_str())) { Standing::Clear } else { Standing::OutOfScope }
}

/// One letter added, left out, replaced, or two neighbours swapped; case does not count.
fn one_edit_apart(left: &str, right: &str) -> bool {
    let (a, b) = (left.to_ascii_lowercase().into_bytes(), right.to_ascii_lowercase().into_bytes());
    if a == b || a.len().abs_diff(b.len()) > 1 || a.len().min(b.len()) < 3 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let swapped = a.len() >= 2 && b.len() == a.len() && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
    let same_after = |skip_a: usize, skip_b: usize| a.get(skip_a..) == b.get(skip_b..) && a.get(skip_a..).is_some();
    swapped || same_after(1, 1) || same_after(1, 0) || same_after(0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_one_slip_of_the_finger() {
        for (left, right, near) in [
            ("acme", "acmee", true),
            ("acme", "acm", true),
            ("acme", "akme", true),
            ("acme", "amce", true),
            ("acme", "ACME", false),
            ("acme", "acme", false),
            ("acme", "ackmee", false),
            ("acme", "emca", false),
            ("acme", "bob", false),
            ("ab", "abc", false),
            ("my-org", "my_org", true),
            ("my-org", "myorg", true),
        ] {
            assert_eq!(one_edit_apart(left, right), near, "{left} {right}");
            assert_eq!(one_edit_apart(right, left), near, "{right} {left}");
        }
    }
}
