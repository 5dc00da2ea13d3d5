//! The printed table: every permission, by kind of token and by the person's place in the owner.

use std::fmt::Write as _;

use crate::model::entitlement::{Doubt, Entitlement};
use crate::model::identity::{AccessToken, Binding, Expiry, Identity, TokenRole};
use crate::model::listing::{Completeness, Listing};
use crate::model::membership::{Membership, OrgRole, Restriction};
use crate::model::permission::{KnownPermission, OAUTH_SCOPES, Permission, PermissionName};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::scopes::{EntityKind, Extent, FineGrained, Scope};
use crate::policy::entitlement::{self, Right};
use crate::token::kind::{Claims, TokenInfo, TokenKind};

/// What is asked about.
#[derive(Clone, Copy)]
enum Subject {
    Repo(Right, RepoKind),
    /// `NAME@OWNER`
    Permission(KnownPermission),
    /// `NAME`, which is for the token's user.
    PermissionOfHolder(KnownPermission),
}

/// The place of the person in the owner.
#[derive(Clone, Copy)]
struct Person {
    name: &'static str,
    owner: &'static str,
    role: OrgRole,
    group: Option<OrgRole>,
    restriction: Option<fn() -> Restriction>,
    completeness: Completeness,
}

/// A kind of token, and what it lists.
#[derive(Clone, Copy)]
struct Token {
    name: &'static str,
    /// The token's role, `oauth` or another `auth.type`, for a subject on this owner.
    auth: fn(Subject, &str) -> Listed,
}

enum Listed {
    Role(TokenRole),
    OAuth(Option<Vec<String>>, Binding),
    Oidc,
    Type(&'static str),
}

fn persons() -> Vec<Person> {
    let member = |name, role| Person {
        name,
        owner: "acme",
        role,
        group: None,
        restriction: None,
        completeness: Completeness::Complete,
    };
    let write = member("", OrgRole::Write);
    vec![
        Person { owner: "alice", ..member("own", OrgRole::Write) },
        member("admin", OrgRole::Admin),
        member("write", OrgRole::Write),
        member("contributor", OrgRole::Contributor),
        member("read", OrgRole::Read),
        member("no_access", OrgRole::NoAccess),
        member("unlisted", OrgRole::Unlisted),
        Person { group: Some(OrgRole::Admin), ..member("read,group", OrgRole::Read) },
        Person { group: Some(OrgRole::Read), ..member("none,group", OrgRole::NoAccess) },
        Person { owner: "stranger", ..member("stranger", OrgRole::Write) },
        Person { owner: "acmee", ..member("mistyped", OrgRole::Write) },
        Person { owner: "stranger", completeness: Completeness::Partial, ..member("hidden", OrgRole::Write) },
        Person { name: "mfa", restriction: Some(|| Restriction::Mfa), ..write },
        Person { name: "geo", restriction: Some(|| Restriction::Unlisted("geo".into())), ..write },
    ]
}

fn tokens() -> Vec<Token> {
    let role = |name, auth| Token { name, auth };
    vec![
        role("read", |_, _| Listed::Role(TokenRole::Read)),
        role("write", |_, _| Listed::Role(TokenRole::Write)),
        role("a role of the future", |_, _| Listed::Role(TokenRole::Other("quantum".into()))),
        role("fine-grained, listed", |subject, owner| {
            fine(subject, owner, Some(owner), EntityKind::Org, Extent::Whole)
        }),
        role("fine-grained, not listed", |subject, owner| {
            fine(subject, owner, Some("elsewhere"), EntityKind::Org, Extent::Whole)
        }),
        role("fine-grained, listed for an entity without a name", |subject, owner| {
            fine(subject, owner, None, EntityKind::Org, Extent::Whole)
        }),
        role("fine-grained, listed for a resource group", |subject, owner| {
            fine(subject, owner, Some("team"), EntityKind::ResourceGroup, Extent::Whole)
        }),
        role("fine-grained, listed with patterns", |subject, owner| {
            fine(subject, owner, Some(owner), EntityKind::Org, Extent::Part)
        }),
        role("fine-grained, listed globally", |subject, _| {
            let global: Vec<String> = names(subject).into_iter().map(Into::into).collect();
            let scopes = FineGrained { reads_gated: None, global: global.into(), scoped: Listing::EMPTY };
            Listed::Role(TokenRole::FineGrained(scopes))
        }),
        role("fine-grained, unreadable", |_, _| Listed::Role(TokenRole::FineGrained(FineGrained::UNREADABLE))),
        role("OAuth with every scope", |_, _| {
            Listed::OAuth(Some(OAUTH_SCOPES.iter().map(|scope| (*scope).into()).collect()), Binding::Free)
        }),
        role("OAuth with every scope, bound to a resource", |_, _| {
            Listed::OAuth(Some(OAUTH_SCOPES.iter().map(|scope| (*scope).into()).collect()), Binding::Bound)
        }),
        role("OAuth with openid only", |_, _| Listed::OAuth(Some(vec!["openid".into()]), Binding::Free)),
        role("OAuth with a scope of the future", |_, _| Listed::OAuth(Some(vec!["everything".into()]), Binding::Free)),
        role("OAuth without stated scopes", |_, _| Listed::OAuth(None, Binding::Free)),
        role("OIDC", |_, _| Listed::Oidc),
        role("another kind", |_, _| Listed::Type("app_token")),
    ]
}

/// The Hub's names of what the subject takes.
fn names(subject: Subject) -> Vec<&'static str> {
    match subject {
        Subject::Repo(Right::Write | Right::Create, _) => vec!["repo.write"],
        Subject::Repo(..) => vec!["repo.content.read"],
        Subject::Permission(known) | Subject::PermissionOfHolder(known) => vec![known.name()],
    }
}

fn fine(subject: Subject, _: &str, name: Option<&str>, entity: EntityKind, extent: Extent) -> Listed {
    let permissions: Vec<String> = names(subject).into_iter().map(Into::into).collect();
    let scope = Scope { entity, entity_name: name.map(Into::into), permissions: permissions.into(), extent };
    let scopes = FineGrained { reads_gated: None, global: Listing::EMPTY, scoped: vec![scope].into() };
    Listed::Role(TokenRole::FineGrained(scopes))
}

fn entitlement(subject: Subject, token: Token, person: Person) -> Entitlement {
    let acme = Membership {
        name: "acme".into(),
        role: person.role,
        restrictions: person.restriction.map(|restriction| restriction()).into_iter().collect(),
        group_roles: person.group.into_iter().collect::<Vec<_>>().into(),
    };
    let mut identity = Identity {
        name: "alice".into(),
        orgs: Listing { known: vec![acme], completeness: person.completeness },
        ..Identity::default()
    };
    let mut info = TokenInfo { kind: TokenKind::User, claims: Claims::default() };
    match (token.auth)(subject, person.owner) {
        Listed::Role(role) => {
            identity.auth_kind = Some("access_token".into());
            identity.access = Some(AccessToken { name: None, role, created_at: None, expiry: Expiry::Unstated });
        }
        Listed::OAuth(scopes, binding) => {
            identity.auth_kind = Some("oauth".into());
            identity.binding = binding;
            info = TokenInfo { kind: TokenKind::OAuth, claims: Claims { expires_at: None, scopes } };
        }
        Listed::Oidc => info.kind = TokenKind::Oidc,
        Listed::Type(name) => identity.auth_kind = Some(name.into()),
    }
    let permission = |known, entity: Option<&str>| {
        let permission = Permission { name: PermissionName::Known(known), entity: entity.map(Into::into) };
        entitlement::of_permission(Some(&identity), &info, &permission)
    };
    match subject {
        Subject::Repo(right, kind) => {
            let repo = RepoRef { kind, owner: Some(person.owner.into()), name: "repo".into() };
            entitlement::of(Some(&identity), &info, right, &repo)
        }
        Subject::Permission(known) => permission(known, Some(person.owner)),
        Subject::PermissionOfHolder(known) => permission(known, None),
    }
}

/// Lines that say the same are one, under all their heads.
fn grouped(rows: Vec<(String, String)>, between: &str) -> Vec<(String, String)> {
    let mut groups: Vec<(String, String)> = Vec::new();
    for (head, body) in rows {
        match groups.iter_mut().find(|(_, known)| *known == body) {
            Some((heads, _)) => *heads += &format!("{between}{head}"),
            None => groups.push((head, body)),
        }
    }
    groups
}

/// The word in the table; a question mark is an entitlement that is not known, and why.
fn cell(entitlement: Entitlement) -> &'static str {
    match entitlement {
        Entitlement::Clear => "yes",
        Entitlement::Delegated => "?delegated",
        Entitlement::OutOfScope => "out-of-scope",
        Entitlement::Blocked(_) => "blocked",
        Entitlement::ReadToken => "read-token",
        Entitlement::Lacks => "lacks",
        Entitlement::Stranger => "not-member",
        Entitlement::Mistyped => "mistyped",
        Entitlement::LowRole => "low-role",
        Entitlement::Unknown(doubt) => match doubt {
            Doubt::NoIdentity => "?no-identity",
            Doubt::PermissionName => "?name",
            Doubt::Level => "?level",
            Doubt::Restriction => "?restriction",
            Doubt::OrgRole => "?org-role",
            Doubt::EnoughRole(OrgRole::Admin) => "?below-admin",
            Doubt::EnoughRole(_) => "?below-write",
            Doubt::ResourceGroup => "?group",
            Doubt::HiddenOrgs => "?hidden",
            Doubt::NearOwner => "?near",
            Doubt::ReadRole => "?read-token",
            Doubt::TokenRole => "?token-role",
            Doubt::Scopes => "?listed",
            Doubt::OAuthScopes => "?scopes",
            Doubt::Binding => "?bound",
            Doubt::Authentication => "?kind",
            Doubt::KernelGrant => "?grant",
            Doubt::OtherHub => "?other-hub",
        },
    }
}

/// One line for each outcome: a cell for every person, then the tokens with these cells.
fn block(subject: Subject) -> String {
    let persons: Vec<_> = match subject {
        Subject::PermissionOfHolder(_) => persons().into_iter().take(1).collect(),
        Subject::Repo(..) | Subject::Permission(_) => persons(),
    };
    let cells = |token: &Token| {
        let cell = |person: &Person| format!("{:<13}", cell(entitlement(subject, *token, *person)));
        persons.iter().map(cell).collect::<String>()
    };
    let rows = tokens().iter().map(|token| (token.name.to_owned(), cells(token))).collect();
    let mut text = String::new();
    for (tokens, cells) in grouped(rows, "; ") {
        let _ = writeln!(text, "{cells}{tokens}");
    }
    text
}

/// The whole table.
pub fn printed() -> String {
    let mut subjects = Vec::new();
    for right in [Right::See, Right::Read, Right::Write, Right::Create] {
        subjects.push((format!("{right:?} a repo"), Subject::Repo(right, RepoKind::Model)));
    }
    subjects.push(("Create a kernel".into(), Subject::Repo(Right::Create, RepoKind::Kernel)));
    for known in KnownPermission::ALL {
        subjects.push((format!("{}@OWNER", known.name()), Subject::Permission(*known)));
    }
    for known in KnownPermission::ALL {
        subjects.push((known.name().to_owned(), Subject::PermissionOfHolder(*known)));
    }
    let blocks = subjects.into_iter().map(|(name, subject)| (name, block(subject))).collect();
    let head: String = persons().iter().map(|person| format!("{:<13}", person.name)).chain(["token".into()]).collect();
    let mut table = format!(
        "# a block for each permission; a column for each place in the owner; at the end of a line, the tokens\n{head}\n"
    );
    for (subjects, body) in grouped(blocks, ", ") {
        let _ = write!(table, "\n## {subjects}\n{body}");
    }
    table
}

#[test]
fn a_permission_takes_the_person_and_the_token() {
    let subjects = KnownPermission::ALL.iter().map(|known| Subject::Permission(*known));
    for subject in
        subjects.chain([Subject::Repo(Right::Create, RepoKind::Model), Subject::Repo(Right::Write, RepoKind::Model)])
    {
        for token in tokens() {
            for person in persons() {
                let full_person = persons()[0];
                let alone =
                    entitlement(subject, Token { name: "", auth: |_, _| Listed::Role(TokenRole::Write) }, person);
                let both = entitlement(subject, token, person);
                // A person who may not with the fullest token, may not with any.
                let is_no = !matches!(alone, Entitlement::Clear | Entitlement::Unknown(_) | Entitlement::Delegated);
                assert!(!is_no || both == alone, "{} {}: {alone:?} {both:?}", token.name, person.name);
                if both == Entitlement::Clear && !token.name.contains("listed") {
                    let of_token = entitlement(subject, token, full_person);
                    let level = Entitlement::Unknown(Doubt::Level);
                    assert!(of_token == Entitlement::Clear || of_token == level, "{} {}", token.name, person.name);
                    assert_eq!(alone, Entitlement::Clear, "{} {}", token.name, person.name);
                }
            }
        }
    }
}
