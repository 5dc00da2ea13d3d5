//! What whoami says. Every member of its object is looked at on its own: one that is missing or of another type is unknown,
//! and takes nothing else with it.

use serde_json::{Value, json};

use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::interpret::refusal::{self, Refusal};
use crate::hub::request::{LONGEST_BODY, Request};
use crate::hub::retry;
use crate::model::answer::NoAnswer;
use crate::model::author::Author;
use crate::model::identity::{AccessToken, Binding, Expiry, Identity, TokenRole};
use crate::model::listing::Listing;
use crate::model::membership::{Membership, OrgRole, Restriction};
use crate::model::question::WhoAmI;
use crate::model::reply::Whoami;
use crate::model::scopes::{EntityKind, Extent, FineGrained, Scope};
use crate::model::timestamp::Timestamp;
use crate::token::redact;

impl Request for WhoAmI {
    type Answer = Whoami;

    const MOST_ATTEMPTS: u32 = retry::WHOAMI_ATTEMPTS;

    fn path(&self) -> String {
        Self::PATH.into()
    }

    fn redirected(&self, path: &str) -> Option<Self> {
        path.ends_with(Self::PATH).then_some(*self)
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
        404 => Whoami::NoSuchRoute,
        _ if page.is_no_such_route() => Whoami::NoSuchRoute,
        401 | 403 if page.author == Author::Unknown => Whoami::NoAnswer(NoAnswer::UnmarkedRefusal),
        status @ (401 | 403) => match refusal::of(status, page) {
            Refusal::BadCredentials => Whoami::BadCredentials,
            Refusal::Expired => Whoami::Expired,
            Refusal::Policy(policy) => Whoami::Policy(policy),
            Refusal::Unexplained if status == 401 => Whoami::Unauthorized,
            // Nothing that whoami says: this is not the Hub's.
            Refusal::Gated(_) | Refusal::Disabled | Refusal::Region | Refusal::Unexplained => {
                Whoami::NoAnswer(NoAnswer::Unexpected)
            }
        },
        status => Whoami::NoAnswer(no_answer(status)),
    }
}

/// Reads its object. `type`, `name` and `auth` with a type are required: without them a server answers the same to any token, or
/// with an error of its own that has a name.
fn identity(json: &Value) -> Option<Identity> {
    let required = |json: &Value, key| text(json, key).filter(|text| !text.is_empty());
    let auth = json.get("auth")?;
    let is_bound = auth.get("resource").is_some_and(|resource| !resource.is_null());
    Some(Identity {
        kind: Some(required(json, "type")?),
        name: required(json, "name")?,
        orgs: list(json, "orgs", Listing::UNKNOWN, membership),
        auth_kind: Some(required(auth, "type")?),
        expiry: expiry(auth),
        access: auth.get("accessToken").filter(|access| !access.is_null()).map(access_token),
        binding: if is_bound { Binding::Bound } else { Binding::Free },
    })
}

fn membership(json: &Value) -> Option<Membership> {
    Some(Membership {
        name: text(json, "name")?,
        role: org_role(json, "roleInOrg"),
        restrictions: restrictions(json.get("securityRestrictions").unwrap_or(&Value::Null)),
        group_roles: list(json, "resourceGroups", Listing::EMPTY, |group| Some(org_role(group, "role"))),
    })
}

fn org_role(json: &Value, key: &str) -> OrgRole {
    match text(json, key).as_deref() {
        Some("admin") => OrgRole::Admin,
        Some("write") => OrgRole::Write,
        Some("contributor") => OrgRole::Contributor,
        Some("read") => OrgRole::Read,
        Some("no_access") => OrgRole::NoAccess,
        Some(_) | None => OrgRole::Unlisted,
    }
}

/// Whatever stands there is a restriction, in a form that is known or not.
fn restrictions(json: &Value) -> Vec<Restriction> {
    match json {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().map(restriction).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => vec![restriction(json)],
    }
}

fn restriction(json: &Value) -> Restriction {
    use Restriction as R;
    let Some(name) = json.as_str().map(redact::line) else { return R::Unlisted("not a name".into()) };
    [R::Mfa, R::TokenPolicy, R::TokenRevoked, R::Sso, R::Ip]
        .into_iter()
        .find(|known| known.name() == name)
        .unwrap_or(R::Unlisted(name))
}

fn access_token(json: &Value) -> AccessToken {
    let role = match text(json, "role").as_deref() {
        Some("read") => TokenRole::Read,
        Some("write" | "god") => TokenRole::Write,
        Some("fineGrained") => {
            TokenRole::FineGrained(json.get("fineGrained").map_or(FineGrained::UNREADABLE, fine_grained))
        }
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
    if !json.is_object() {
        return FineGrained::UNREADABLE;
    }
    FineGrained {
        reads_gated: json.get("canReadGatedRepos").and_then(Value::as_bool),
        global: list(json, "global", Listing::EMPTY, word),
        scoped: list(json, "scoped", Listing::UNKNOWN, scope),
    }
}

fn scope(json: &Value) -> Option<Scope> {
    let entity = json.get("entity")?;
    let has_patterns = json.get("patterns").is_some_and(|patterns| !patterns.is_null() && *patterns != json!([]));
    Some(Scope {
        entity: text(entity, "type").map_or(EntityKind::Unlisted, |name| EntityKind::from_type(&name)),
        entity_name: text(entity, "name"),
        permissions: list(json, "permissions", Listing::UNKNOWN, word),
        extent: if has_patterns { Extent::Part } else { Extent::Whole },
    })
}

/// The list at `key`. One that is missing is `absent`; one that is no list is unknown.
fn list<T>(json: &Value, key: &str, absent: Listing<T>, element: impl Fn(&Value) -> Option<T>) -> Listing<T> {
    match json.get(key) {
        None | Some(Value::Null) => absent,
        Some(Value::Array(elements)) => elements.iter().map(element).collect(),
        Some(_) => Listing::UNKNOWN,
    }
}

fn word(json: &Value) -> Option<String> {
    json.as_str().map(redact::line)
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
