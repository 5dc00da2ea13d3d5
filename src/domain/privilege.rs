//! The smallest token that would do, and how far today's is from it. Computed from the needs and from whoami, not guessed:
//! where whoami does not list a token's rights, nothing is said.

use std::time::Duration;

use super::diagnosis::Diagnosis;
use super::expiry::Moment;
use super::facts::Facts;
use super::identity::{CONTENT_READ, FineGrained, Identity, REPO_WRITE, Scope, TokenRole};
use super::need::Need;
use super::repo::RepoRef;
use super::span;

/// Tokens should be renewed at least this often.
const OLD: Duration = Duration::from_secs(90 * 86_400);

/// What is to be said about the token's rights and age.
pub(crate) fn findings(identity: &Identity, needs: &[Need], now: Moment) -> Vec<(Diagnosis, Facts)> {
    let Some(access) = &identity.access else { return Vec::new() };
    let mut findings = Vec::new();
    let excess = excess(identity, &access.role, needs);
    if !excess.is_empty() && !needs.is_empty() {
        findings.push((Diagnosis::AuditOverprivileged, Facts::default().with("detail", excess.join("; "))));
    }
    if let Some((created, age)) = access.created_at.and_then(|created| Some((created, now.after(created)?)))
        && age > OLD
    {
        let facts = Facts::default().with("detail", span::say(age)).with("found", created.to_string());
        findings.push((Diagnosis::AuditOldToken, facts));
    }
    let classic = match &access.role {
        TokenRole::Read => Some("read"),
        TokenRole::Write => Some("write"),
        TokenRole::FineGrained(_) | TokenRole::Other(_) => None,
    };
    findings.extend(classic.map(|role| (Diagnosis::AuditAccountToken, Facts::default().with("detail", role))));
    findings
}

/// What the token may do and no need asks for, in phrases.
fn excess(identity: &Identity, role: &TokenRole, needs: &[Need]) -> Vec<String> {
    match role {
        TokenRole::Write if !needs.iter().any(Need::writes) => {
            vec![format!("writing to everything of {}", names(identity))]
        }
        TokenRole::Read | TokenRole::Write | TokenRole::Other(_) => Vec::new(),
        TokenRole::FineGrained(scopes) => excess_of(scopes, identity, needs),
    }
}

fn excess_of(scopes: &FineGrained, identity: &Identity, needs: &[Need]) -> Vec<String> {
    let mut excess: Vec<String> = Vec::new();
    for scope in &scopes.scoped {
        let asked = |permission: &&String| needs.iter().any(|need| asks(need, scope, permission, identity));
        let unasked: Vec<_> =
            scope.permissions.iter().filter(|permission| !asked(permission)).map(String::as_str).collect();
        if !unasked.is_empty() {
            let entity = scope.entity_name.as_deref().unwrap_or("an entity without a name");
            excess.push(format!("{} on {entity}", unasked.join(", ")));
        }
    }
    let global = |name: &&String| {
        !needs.iter().any(|need| matches!(need, Need::Permission(p) if p.entity.is_none() && p.name == **name))
    };
    excess.extend(scopes.global.iter().filter(global).map(|name| format!("{name} everywhere")));
    let reads_others = needs.iter().any(|need| matches!(need, Need::Read(repo) if !is_own(repo, identity)));
    if scopes.reads_gated == Some(true) && !reads_others {
        excess.push("reading gated repos of others".into());
    }
    excess
}

/// Does `need` ask for `permission` on the entity of `scope`?
fn asks(need: &Need, scope: &Scope, permission: &str, identity: &Identity) -> bool {
    let Some(entity) = &scope.entity_name else { return true };
    let is_entity = |name: &str| name.eq_ignore_ascii_case(entity);
    let about = |repo: &RepoRef| is_entity(&repo.id()) || repo.owner.as_deref().is_some_and(is_entity);
    match need {
        Need::Read(repo) => permission == CONTENT_READ && about(repo),
        Need::Write(repo) => [CONTENT_READ, REPO_WRITE].contains(&permission) && about(repo),
        Need::Create(repo) => [CONTENT_READ, REPO_WRITE].contains(&permission) && about(repo),
        Need::Permission(asked) => {
            asked.name == permission && is_entity(asked.entity.as_deref().unwrap_or(&identity.name))
        }
        Need::ValidFor(_) => false,
    }
}

fn is_own(repo: &RepoRef, identity: &Identity) -> bool {
    repo.owner.as_deref().is_some_and(|owner| identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner)))
}

fn names(identity: &Identity) -> String {
    identity.namespaces().take(4).collect::<Vec<_>>().join(", ")
}
