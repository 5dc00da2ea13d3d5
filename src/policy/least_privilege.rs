//! The smallest token that would do, and how far today's is from it. Computed from the needs and from whoami, not guessed:
//! where whoami does not list a token's rights, nothing is said.

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::model::duration;
use crate::model::identity::{Identity, TokenRole};
use crate::model::repo::RepoRef;
use crate::model::requirement::{Access, Requirement};
use crate::model::scopes::{FineGrained, Scope};
use crate::model::timestamp::Timestamp;

/// Tokens should be renewed at least this often.
const OLD: Duration = Duration::from_secs(90 * 86_400);

/// What is to be said about the token's rights and age.
pub fn findings(identity: &Identity, requirements: &[Requirement], now: Timestamp) -> Vec<(Diagnosis, Params)> {
    let Some(access) = &identity.access else { return Vec::new() };
    let mut findings = Vec::new();
    let excess = excess(identity, &access.role, requirements);
    if !excess.is_empty() && !requirements.is_empty() {
        findings.push((Diagnosis::AuditOverprivileged, Params::default().with("detail", excess.join("; "))));
    }
    if let Some((created, age)) = access.created_at.and_then(|created| Some((created, now.after(created)?)))
        && age > OLD
    {
        let params = Params::default().with("detail", duration::say(age)).with("found", created.to_string());
        findings.push((Diagnosis::AuditOldToken, params));
    }
    let classic = match &access.role {
        TokenRole::Read => Some("read"),
        TokenRole::Write => Some("write"),
        TokenRole::FineGrained(_) | TokenRole::Other(_) => None,
    };
    findings.extend(classic.map(|role| (Diagnosis::AuditAccountToken, Params::default().with("detail", role))));
    findings
}

/// What the token may do and no need asks for, in phrases.
fn excess(identity: &Identity, role: &TokenRole, requirements: &[Requirement]) -> Vec<String> {
    match role {
        TokenRole::Write if !requirements.iter().any(Requirement::writes) => {
            vec![format!("writing to everything of {}", names(identity))]
        }
        TokenRole::Read | TokenRole::Write | TokenRole::Other(_) => Vec::new(),
        TokenRole::FineGrained(scopes) => excess_of(scopes, identity, requirements),
    }
}

fn excess_of(scopes: &FineGrained, identity: &Identity, requirements: &[Requirement]) -> Vec<String> {
    let mut excess: Vec<String> = Vec::new();
    for scope in &scopes.scoped {
        let asked = |permission: &&String| {
            requirements.iter().any(|requirement| asks(requirement, scope, permission, identity))
        };
        let unasked: Vec<_> =
            scope.permissions.iter().filter(|permission| !asked(permission)).map(String::as_str).collect();
        if !unasked.is_empty() {
            let entity = scope.entity_name.as_deref().unwrap_or("an entity without a name");
            excess.push(format!("{} on {entity}", unasked.join(", ")));
        }
    }
    // What holds for the token as a whole holds for its user, whether or not that is spelled out.
    let global = |name: &&String| {
        !requirements.iter().any(|requirement| match requirement {
            Requirement::Permission(asked) => {
                asked.name.as_str() == name.as_str() && asked.entity.as_deref().is_none_or(|entity| identity.is(entity))
            }
            Requirement::Repo { .. } | Requirement::ValidFor(_) => false,
        })
    };
    excess.extend(scopes.global.iter().filter(global).map(|name| format!("{name} everywhere")));
    let reads_others = requirements
        .iter()
        .any(|requirement| matches!(requirement, Requirement::Repo { access: Access::Read, repo } if !is_own(repo, identity)));
    if scopes.reads_gated == Some(true) && !reads_others {
        excess.push("reading gated repos of others".into());
    }
    excess
}

/// Does `need` ask for `permission` on the entity of `scope`?
fn asks(requirement: &Requirement, scope: &Scope, permission: &str, identity: &Identity) -> bool {
    let Some(entity) = &scope.entity_name else { return true };
    let is_entity = |name: &str| name.eq_ignore_ascii_case(entity);
    let about = |repo: &RepoRef| is_entity(&repo.id()) || repo.owner.as_deref().is_some_and(is_entity);
    match requirement {
        Requirement::Repo { access, repo } => {
            access.permissions().iter().any(|known| known.name() == permission) && about(repo)
        }
        Requirement::Permission(asked) => {
            asked.name.as_str() == permission && is_entity(asked.entity.as_deref().unwrap_or(&identity.name))
        }
        Requirement::ValidFor(_) => false,
    }
}

fn is_own(repo: &RepoRef, identity: &Identity) -> bool {
    repo.owner.as_deref().is_some_and(|owner| identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner)))
}

fn names(identity: &Identity) -> String {
    identity.namespaces().take(4).collect::<Vec<_>>().join(", ")
}
