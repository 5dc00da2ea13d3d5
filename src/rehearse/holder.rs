//! Who the made-up token is: what it is without the Hub, and what whoami says of it.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::identity::{AccessToken, Binding, Expiry, Identity, TokenRole};
use crate::model::listing::Listing;
use crate::model::membership::{Membership, OrgRole, Restriction};
use crate::model::requirement::Requirement;
use crate::model::scopes::{EntityKind, Extent, FineGrained, Scope};
use crate::model::timestamp::Timestamp;
use crate::token::kind::{Claims, TokenInfo, TokenKind};

const DAY: Duration = Duration::from_secs(86_400);

/// What is left of a token that expires too early, unless even that is enough.
const LEFT: Duration = Duration::from_secs(5 * 3_600);

/// The kind of token that can lead to the diagnosis, and what it says of itself.
pub fn info(diagnosis: Diagnosis, requirements: &[Requirement], now: Timestamp) -> TokenInfo {
    use Diagnosis as D;
    let kind = match diagnosis {
        D::TokenScope | D::RightUnknown | D::TokenExpiresEarly | D::ExpiryUnknown => TokenKind::OAuth,
        D::TokenUnconfirmed | D::IdentityUnknown => TokenKind::Oidc,
        _ => TokenKind::User,
    };
    // A permission is out of scope only where the token lists its scopes.
    let scopes = (diagnosis == D::TokenScope).then(|| vec!["openid".into(), "profile".into()]);
    let expires_at = (kind == TokenKind::Oidc).then(|| now.later(longest(requirements) + DAY).unix());
    TokenInfo { kind, claims: Claims { expires_at, scopes } }
}

/// Alice, with the token and the place in the organization that lead to the diagnosis.
pub fn identity(
    diagnosis: Diagnosis,
    kind: TokenKind,
    failing: Option<&Requirement>,
    requirements: &[Requirement],
    now: Timestamp,
) -> Identity {
    use Diagnosis as D;
    let owner = failing
        .or(requirements.iter().find(|requirement| requirement.owner().is_some()))
        .and_then(Requirement::owner)
        .unwrap_or("acme");
    // The Hub itself grants the other repos. What this token lists for them could cover the one that is refused.
    let beyond_repos = requirements.iter().filter(|requirement| match (requirement, failing) {
        // Nor has it the missing permission by another spelling of its owner.
        (Requirement::Permission(permission), Some(Requirement::Permission(missing))) => {
            permission.name != missing.name
        }
        (requirement, _) => matches!(requirement, Requirement::Permission(_)),
    });
    let (role, org_role) = match diagnosis {
        D::WriteDeniedReadToken | D::CreateDeniedReadToken => (TokenRole::Read, Some(OrgRole::Write)),
        D::ReadDeniedFineGrained
        | D::WriteDeniedFineGrained
        | D::CreateDeniedFineGrained
        | D::RepoGatedFineGrained
        | D::PermissionMissing
        | D::OrgPolicyApproval => (fitting(beyond_repos, &[]), Some(OrgRole::Write)),
        D::AuditOverprivileged => (fitting(requirements.iter(), &unneeded(requirements)), Some(OrgRole::Write)),
        // So that the habit in question is the only one.
        D::AuditOldToken | D::AuditEnvNotSecret | D::AuditHardcoded | D::AuditExposedFile => {
            (fitting(requirements.iter(), &[]), Some(OrgRole::Write))
        }
        D::WriteDeniedOrgRole | D::CreateDeniedOrgRole => (TokenRole::Write, Some(OrgRole::Read)),
        D::WriteDeniedNotMember | D::CreateDeniedNotMember | D::RepoNotVisible => (TokenRole::Write, None),
        D::RepoGated | D::RepoGatedPending | D::RepoGatedRejected | D::RepoGatedReset => (TokenRole::Read, None),
        D::AuditAccountToken if !requirements.iter().any(Requirement::writes) => {
            (TokenRole::Read, Some(OrgRole::Write))
        }
        _ => (TokenRole::Write, Some(OrgRole::Write)),
    };
    let restrictions = match diagnosis {
        D::OrgPolicyFineGrainedOnly | D::OrgPolicyApproval => vec![Restriction::TokenPolicy],
        D::OrgTokenRevoked => vec![Restriction::TokenRevoked],
        D::OrgNetwork => vec![Restriction::Ip],
        D::OrgSso => vec![Restriction::Sso],
        D::OrgMfa => vec![Restriction::Mfa],
        _ => Vec::new(),
    };
    let name = if diagnosis == D::RepoOwnerMistyped { meant(owner) } else { owner.to_owned() };
    let member = org_role.map(|role| Membership { name, role, restrictions, group_roles: Listing::EMPTY });
    let is_delegated = kind.is_delegated();
    let left = if diagnosis == D::TokenExpiresEarly {
        LEFT.min(longest(requirements) / 2)
    } else {
        longest(requirements) + 30 * DAY
    };
    let age = if diagnosis == D::AuditOldToken { 120 * DAY } else { 30 * DAY };
    let access =
        AccessToken { name: Some("ci".into()), role, created_at: Some(now.earlier(age)), expiry: Expiry::Unstated };
    let identity = |name: &str| Identity {
        kind: Some("user".into()),
        name: name.into(),
        orgs: member.clone().into_iter().collect::<Vec<_>>().into(),
        auth_kind: Some(if is_delegated { "oauth" } else { "access_token" }.into()),
        expiry: if is_delegated && diagnosis != D::ExpiryUnknown {
            Expiry::At(now.later(left))
        } else {
            Expiry::Unstated
        },
        access: Some(of_user(access.clone(), name)).filter(|_| !is_delegated),
        binding: Binding::Free,
    };
    // Nobody's own repo is refused for want of a membership, and no owner is mistaken for another by accident.
    let is_apart = |identity: &Identity| {
        !identity.is(owner) && (diagnosis == D::RepoOwnerMistyped || identity.nearest_namespace(owner).is_none())
    };
    Some(identity("alice")).filter(is_apart).unwrap_or_else(|| identity("robert"))
}

/// The token, whose scopes on its own user bear the user's name.
fn of_user(mut access: AccessToken, name: &str) -> AccessToken {
    if let TokenRole::FineGrained(scopes) = &mut access.role {
        for scope in scopes.scoped.known.iter_mut().filter(|scope| scope.entity == EntityKind::User) {
            scope.entity_name = Some(name.into());
        }
    }
    access
}

/// A fine-grained token with what the requirements ask for, and `more` that holds everywhere.
fn fitting<'a>(requirements: impl Iterator<Item = &'a Requirement>, more: &[String]) -> TokenRole {
    let scope = |entity, name: Option<&str>, permissions: Vec<&str>| Scope {
        entity,
        entity_name: name.map(Into::into),
        permissions: permissions.into_iter().map(Into::into).collect::<Vec<String>>().into(),
        extent: Extent::Whole,
    };
    let mut scoped = Vec::new();
    for requirement in requirements {
        match requirement {
            Requirement::Repo { access, repo, .. } => {
                let permissions = access.permissions().iter().map(|permission| permission.name()).collect();
                scoped.push(scope(EntityKind::Repo(repo.kind), Some(&repo.id()), permissions));
            }
            Requirement::Permission(permission) => match &permission.entity {
                Some(entity) => scoped.push(scope(EntityKind::Org, Some(entity), vec![permission.name.as_str()])),
                None => scoped.push(scope(EntityKind::User, None, vec![permission.name.as_str()])),
            },
            Requirement::ValidFor(_) => {}
        }
    }
    TokenRole::FineGrained(FineGrained { reads_gated: None, global: more.to_vec().into(), scoped: scoped.into() })
}

/// Two permissions that hold everywhere and that no requirement asks for.
fn unneeded(requirements: &[Requirement]) -> Vec<String> {
    let is_required = |name: &str| {
        requirements
            .iter()
            .any(|requirement| matches!(requirement, Requirement::Permission(asked) if asked.name.as_str() == name))
    };
    let known = ["discussion.write", "post.write", "inference.serverless.write"].map(String::from);
    // A job may require all of these. The Hub adds permissions over time, so any other name will do.
    let others = (1..).map(|n| format!("unneeded{n}.write"));
    known.into_iter().chain(others).filter(|name| !is_required(name)).take(2).collect()
}

/// The owner that was meant by one with a letter too many, or one too few.
fn meant(owner: &str) -> String {
    let mut letters = owner.chars();
    match letters.next_back() {
        Some(_) if owner.len() > 3 => letters.as_str().into(),
        _ => format!("{owner}s"),
    }
}

/// How long the job takes.
fn longest(requirements: &[Requirement]) -> Duration {
    let spans = requirements
        .iter()
        .map(|requirement| if let Requirement::ValidFor(span) = requirement { *span } else { Duration::ZERO });
    spans.max().unwrap_or_default()
}
