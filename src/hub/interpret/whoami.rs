//! What whoami says. Every member of its object is looked at on its own: one that is missing or of another type is unknown,
//! and takes nothing else with it.

use serde_json::Value;

use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::interpret::refusal::{self, Refusal};
use crate::hub::request::{LONGEST_BODY, Request};
use crate::hub::retry;
use crate::model::answer::NoAnswer;
use crate::model::identity::{
    AccessToken, Expiry, FineGrained, Identity, Membership, OrgRole, Restriction, Scope, TokenRole,
};
use crate::model::question::WhoAmI;
use crate::model::reply::Whoami;
use crate::model::timestamp::Timestamp;
use crate::token::redact;

impl Request for WhoAmI {
    type Answer = Whoami;

    const MOST_ATTEMPTS: u32 = retry::WHOAMI_ATTEMPTS;

    fn path(&self) -> String {
        Self::PATH.into()
    }

    fn redirected(&self, _: &str) -> Option<Self> {
        None
    }

    fn longest_body(&self) -> usize {
        LONGEST_BODY
    }

    fn permits(&self) -> u32 {
        1
    }

    fn read(&self, page: &Page<'_>) -> Whoami {
        read(page)
    }

    fn no_answer(reason: NoAnswer) -> Whoami {
        Whoami::NoAnswer(reason)
    }

    fn reason(answer: &Whoami) -> Option<NoAnswer> {
        if let Whoami::NoAnswer(reason) = answer { Some(*reason) } else { None }
    }
}

fn read(page: &Page<'_>) -> Whoami {
    match page.status() {
        200 => match page.json().as_ref().and_then(identity) {
            Some(identity) => Whoami::Known(Box::new(identity)),
            None => Whoami::NoAnswer(NoAnswer::Unexpected),
        },
        401 | 403 if page.is_someone_elses() => Whoami::NoAnswer(NoAnswer::Unexpected),
        status @ (401 | 403) => match refusal::of(status, page) {
            Refusal::BadCredentials => Whoami::BadCredentials,
            Refusal::Expired => Whoami::Expired,
            Refusal::Policy(policy) => Whoami::Policy(policy),
            Refusal::Unexplained if status == 401 => Whoami::Unauthorized,
            // Nothing that whoami says: this is not the Hub's.
            Refusal::Gated(_) | Refusal::Disabled | Refusal::Unexplained => Whoami::NoAnswer(NoAnswer::Unexpected),
        },
        404 => Whoami::NoSuchRoute,
        status => Whoami::NoAnswer(no_answer(status)),
    }
}

/// Reads its object; nothing but the name is required.
fn identity(json: &Value) -> Option<Identity> {
    let auth = json.get("auth");
    Some(Identity {
        kind: text(json, "type"),
        name: text(json, "name").filter(|name| !name.is_empty())?,
        orgs: json.get("orgs").and_then(Value::as_array).map(|list| list.iter().filter_map(membership).collect()),
        auth_kind: auth.and_then(|auth| text(auth, "type")),
        expiry: auth.map_or(Expiry::Unstated, expiry),
        access: auth.and_then(|auth| auth.get("accessToken")).filter(|access| access.is_object()).map(access_token),
    })
}

fn membership(json: &Value) -> Option<Membership> {
    let restrictions = strings(json, "securityRestrictions").iter().filter_map(|name| restriction(name)).collect();
    let role = match text(json, "roleInOrg").as_deref() {
        Some("admin") => OrgRole::Admin,
        Some("write") => OrgRole::Write,
        Some("contributor") => OrgRole::Contributor,
        Some("read") => OrgRole::Read,
        Some("no_access") => OrgRole::NoAccess,
        Some(_) | None => OrgRole::Unlisted,
    };
    Some(Membership { name: text(json, "name")?, role, restrictions })
}

fn restriction(name: &str) -> Option<Restriction> {
    use Restriction as R;
    [R::Mfa, R::TokenPolicy, R::TokenRevoked, R::Sso, R::Ip].into_iter().find(|restriction| restriction.name() == name)
}

fn access_token(json: &Value) -> AccessToken {
    let role = match text(json, "role").as_deref() {
        Some("read") => TokenRole::Read,
        Some("write" | "god") => TokenRole::Write,
        Some("fineGrained") => match json.get("fineGrained") {
            Some(scopes) => TokenRole::FineGrained(fine_grained(scopes)),
            // Fine-grained, and the scopes are not shown: nothing can be said about them.
            None => TokenRole::Other("fine-grained".into()),
        },
        Some(role) => TokenRole::Other(role.into()),
        None => TokenRole::Other("unknown".into()),
    };
    AccessToken {
        name: text(json, "displayName"),
        role,
        created_at: timestamp(json, "createdAt"),
        expiry: expiry(json),
    }
}

fn fine_grained(json: &Value) -> FineGrained {
    let scoped = json.get("scoped").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    FineGrained {
        reads_gated: json.get("canReadGatedRepos").and_then(Value::as_bool),
        global: strings(json, "global"),
        scoped: scoped.iter().map(scope).collect(),
    }
}

fn scope(json: &Value) -> Scope {
    let entity = json.get("entity").unwrap_or(&Value::Null);
    Scope {
        entity_kind: text(entity, "type").unwrap_or_default(),
        entity_name: text(entity, "name"),
        permissions: strings(json, "permissions"),
    }
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key).and_then(Value::as_str).map(redact::line)
}

fn expiry(json: &Value) -> Expiry {
    match json.get("expiresAt") {
        None | Some(Value::Null) => Expiry::Unstated,
        Some(_) => timestamp(json, "expiresAt").map_or(Expiry::Unreadable, Expiry::At),
    }
}

fn timestamp(json: &Value, key: &str) -> Option<Timestamp> {
    json.get(key).and_then(Value::as_str).and_then(Timestamp::parse)
}

fn strings(json: &Value, key: &str) -> Vec<String> {
    let list = json.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(redact::line).collect()
}
