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
        .any(|requirement| matches!(requirement, Requirement::Repo { access: Access::Read, repo, .. } if !is_own(repo, identity)));
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
        Requirement::Repo { access, repo, .. } => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::endpoint::Endpoint;
    use crate::model::identity::{AccessToken, Expiry};
    use crate::model::listing::Listing;
    use crate::model::membership::{Membership, OrgRole};
    use crate::model::permission::Permission;
    use crate::model::scopes::{EntityKind, Extent};

    fn alice(role: TokenRole, created_at: Option<Timestamp>) -> Identity {
        let acme = Membership {
            name: "acme".into(),
            role: OrgRole::Write,
            restrictions: Vec::new(),
            group_roles: Listing::EMPTY,
        };
        let access = AccessToken { name: None, role, created_at, expiry: Expiry::Unstated };
        Identity { name: "alice".into(), orgs: vec![acme].into(), access: Some(access), ..Identity::default() }
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-10-07T12:00:00Z").expect("a time")
    }

    fn repo(access: Access, name: &str) -> Requirement {
        Requirement::to_repo(access, RepoRef::parse(name, &Endpoint::default()).expect("a repo"))
    }

    fn permission(text: &str) -> Requirement {
        Requirement::Permission(Permission::parse(text).expect("a permission"))
    }

    fn scope(name: Option<&str>, permissions: &[&str]) -> Scope {
        Scope {
            entity: EntityKind::Org,
            entity_name: name.map(Into::into),
            permissions: permissions.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().into(),
            extent: Extent::Whole,
        }
    }

    fn fine(reads_gated: Option<bool>, global: &[&str], scoped: Vec<Scope>) -> TokenRole {
        let global = global.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().into();
        TokenRole::FineGrained(FineGrained { reads_gated, global, scoped: scoped.into() })
    }

    #[test]
    fn what_the_job_does_not_need_is_named() {
        let (read, write) = (Access::Read, Access::Write);
        let on_acme = || vec![scope(Some("Acme"), &["repo.content.read", "repo.write"])];
        let all = "writing to everything of alice, acme";
        for (role, requirements, expected) in [
            (TokenRole::Write, vec![repo(read, "bob/m")], Some(all)),
            (TokenRole::Write, vec![repo(write, "alice/m")], None),
            (TokenRole::Write, vec![permission("job.write")], None),
            (TokenRole::Write, vec![], None),
            (TokenRole::Read, vec![repo(read, "bob/m")], None),
            (TokenRole::Other("moon".into()), vec![repo(read, "bob/m")], None),
            (fine(None, &[], on_acme()), vec![repo(write, "acme/m")], None),
            (fine(None, &[], on_acme()), vec![repo(read, "acme/m")], Some("repo.write on Acme")),
            (fine(None, &[], on_acme()), vec![repo(read, "bob/m")], Some("repo.content.read, repo.write on Acme")),
            (fine(None, &[], on_acme()), vec![], None),
            (
                fine(None, &[], on_acme()),
                vec![Requirement::ValidFor(Duration::ZERO)],
                Some("repo.content.read, repo.write on Acme"),
            ),
            // A scope may name the repo itself.
            (
                fine(None, &[], vec![scope(Some("acme/m"), &["repo.write"]), scope(Some("acme/n"), &["repo.write"])]),
                vec![repo(write, "acme/m")],
                Some("repo.write on acme/n"),
            ),
            (fine(None, &[], vec![scope(Some("gpt2"), &["repo.content.read"])]), vec![repo(read, "gpt2")], None),
            // An entity without a name may be any of them.
            (fine(None, &[], vec![scope(None, &["repo.write"])]), vec![repo(read, "bob/m")], None),
            (
                fine(None, &[], vec![scope(Some("alice"), &["job.write", "post.write"])]),
                vec![permission("job.write")],
                Some("post.write on alice"),
            ),
            (
                fine(None, &[], vec![scope(Some("alice"), &["job.write"])]),
                vec![permission("job.write@acme")],
                Some("job.write on alice"),
            ),
            (fine(None, &["post.write"], vec![]), vec![permission("post.write")], None),
            (fine(None, &["post.write"], vec![]), vec![permission("post.write@alice")], None),
            (fine(None, &["post.write"], vec![]), vec![permission("post.write@acme")], Some("post.write everywhere")),
            (
                fine(None, &["post.write", "job.write"], vec![]),
                vec![permission("job.write")],
                Some("post.write everywhere"),
            ),
            (
                fine(None, &["post.write"], on_acme()),
                vec![repo(read, "acme/m")],
                Some("repo.write on Acme; post.write everywhere"),
            ),
            (fine(Some(true), &[], vec![]), vec![repo(read, "bob/m")], None),
            (fine(Some(true), &[], vec![]), vec![repo(read, "gpt2")], None),
            (fine(Some(true), &[], vec![]), vec![repo(read, "Acme/m")], Some("reading gated repos of others")),
            (fine(Some(true), &[], vec![]), vec![repo(write, "bob/m")], Some("reading gated repos of others")),
            (fine(Some(false), &[], vec![]), vec![repo(read, "alice/m")], None),
            (fine(None, &[], vec![]), vec![repo(read, "alice/m")], None),
        ] {
            let found = findings(&alice(role.clone(), None), &requirements, now());
            let excess: Vec<_> = found.iter().filter(|(found, _)| *found == Diagnosis::AuditOverprivileged).collect();
            let detail = excess.first().map(|(_, params)| params.fill("{detail}"));
            assert_eq!(detail.as_deref(), expected, "{role:?} {requirements:?}");
            assert!(excess.len() < 2, "{excess:?}");
        }
    }

    #[test]
    fn an_old_token_and_one_for_the_whole_account_are_named() {
        let day = 86_400;
        let at = |seconds: i64| Timestamp::from_unix(now().unix() - seconds);
        let old = (Diagnosis::AuditOldToken, "90 days");
        let account = |role| (Diagnosis::AuditAccountToken, role);
        for (role, created, expected) in [
            (TokenRole::Read, None, vec![account("read")]),
            (TokenRole::Write, at(0), vec![account("write")]),
            (TokenRole::Write, at(-60), vec![account("write")]),
            (TokenRole::Write, at(90 * day), vec![account("write")]),
            (TokenRole::Write, at(90 * day + 1), vec![old, account("write")]),
            (TokenRole::Other("moon".into()), at(90 * day + 1), vec![old]),
            (fine(None, &[], Vec::new()), None, vec![]),
        ] {
            let found = findings(&alice(role.clone(), created), &[], now());
            let found: Vec<_> = found.iter().map(|(found, params)| (*found, params.fill("{detail}"))).collect();
            let found: Vec<_> = found.iter().map(|(found, detail)| (*found, detail.as_str())).collect();
            assert_eq!(found, expected, "{role:?} {created:?}");
        }
        assert!(findings(&Identity { access: None, ..alice(TokenRole::Write, None) }, &[], now()).is_empty());
    }
}
