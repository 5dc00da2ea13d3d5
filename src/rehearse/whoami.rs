//! An identity as whoami writes it: what `hub/interpret/whoami` reads, the other way round.

use serde_json::{Value, json};

use crate::model::identity::{AccessToken, Identity, TokenRole};
use crate::model::membership::{Membership, Restriction};
use crate::model::scopes::{EntityKind, Scope};

/// whoami's object.
pub fn object(identity: &Identity) -> Value {
    let ends = identity.expiry.moment().map(|moment| moment.to_string());
    json!({
        "type": identity.kind,
        "name": identity.name,
        "orgs": identity.orgs.iter().map(membership).collect::<Vec<_>>(),
        "auth": {
            "type": identity.auth_kind,
            "expiresAt": ends,
            "accessToken": identity.access.as_ref().map(access_token),
        },
    })
}

fn membership(member: &Membership) -> Value {
    let restrictions: Vec<_> = member.restrictions.iter().map(Restriction::name).collect();
    json!({"name": member.name, "roleInOrg": member.role.name(), "securityRestrictions": restrictions})
}

fn access_token(access: &AccessToken) -> Value {
    let role = match &access.role {
        TokenRole::Read => "read",
        TokenRole::Write => "write",
        TokenRole::FineGrained(_) => "fineGrained",
        TokenRole::Other(role) => role,
    };
    let mut object = json!({
        "displayName": access.name,
        "role": role,
        "createdAt": access.created_at.map(|moment| moment.to_string()),
        "expiresAt": access.expiry.moment().map(|moment| moment.to_string()),
    });
    if let TokenRole::FineGrained(scopes) = &access.role {
        object["fineGrained"] = json!({
            "canReadGatedRepos": scopes.reads_gated,
            "global": scopes.global.iter().collect::<Vec<_>>(),
            "scoped": scopes.scoped.iter().map(scope).collect::<Vec<_>>(),
        });
    }
    object
}

fn scope(scope: &Scope) -> Value {
    let kind = match scope.entity {
        EntityKind::User => "user",
        EntityKind::Org => "org",
        EntityKind::Repo(kind) => kind.noun(),
        EntityKind::ResourceGroup => "resource-group",
        EntityKind::Apart => "collection",
        EntityKind::Unlisted => "unlisted",
    };
    json!({
        "entity": {"type": kind, "name": scope.entity_name},
        "permissions": scope.permissions.iter().collect::<Vec<_>>(),
    })
}
