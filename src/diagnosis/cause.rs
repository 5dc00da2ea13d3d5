//! Why the identity does not give a permission, or does not tell, and what to do: for the diagnoses that have several causes.

use crate::diagnosis::message::{Cause, MessageContext};
use crate::model::entitlement::{Doubt, Entitlement};
use crate::model::identity::{Identity, TokenRole};
use crate::model::permission::{self, KnownPermission, Level, Permission, PermissionName};
use crate::model::requirement::Requirement;
use crate::token::kind::TokenKind;

/// The facts that the wording of every cause uses.
struct Facts<'a> {
    requirement: &'a Requirement,
    identity: Option<&'a Identity>,
    kind: Option<TokenKind>,
    /// The user or organization that the permission is on.
    owner: &'a str,
    holder: &'a str,
    role: &'a str,
    token: String,
    form: String,
    settings: String,
    host: String,
    /// How the job gets a new token, on this platform.
    store: &'static str,
    members: String,
    homes: String,
    near: &'a str,
}

impl MessageContext<'_> {
    /// Why `requirement` is missing or not known, by what the identity says about it.
    pub fn cause(&self, requirement: &Requirement, entitlement: Entitlement) -> Cause {
        let holder = self.holder();
        let owner = requirement.owner().unwrap_or(holder);
        let membership = self.identity.and_then(|identity| identity.membership(owner));
        let near = self.identity.and_then(|identity| identity.nearest_namespace(owner));
        let links = self.links();
        let facts = Facts {
            requirement,
            identity: self.identity,
            kind: self.kind,
            owner,
            holder,
            role: membership.map_or("unknown", |org| org.role.name()),
            token: self.token_phrase(),
            form: links.form(self.requirements, self.identity),
            settings: links.settings(),
            host: self.endpoint.host(),
            store: self.platform.advice().store,
            members: links.members(owner),
            homes: self.homes(),
            near: near.unwrap_or_default(),
        };
        match entitlement {
            Entitlement::Unknown(doubt) => facts.doubt(doubt),
            Entitlement::Delegated | Entitlement::OutOfScope => Cause {
                why: vec!["Neither whoami nor the token itself states the token's scopes".into()],
                fix: vec![facts.user_token()],
            },
            Entitlement::ReadToken => Cause {
                why: vec![format!("According to whoami, {} has the role \"read\"", facts.token)],
                fix: vec![format!("Create a token with write access at {} and {}", facts.form, facts.store)],
            },
            Entitlement::Lacks => facts.lacking(),
            Entitlement::Stranger => Cause {
                why: vec![format!("{holder} is not a member of {owner}")],
                fix: vec![format!(
                    "Use {} instead of {owner}, or ask an administrator of {owner} to add {holder}",
                    facts.homes
                )],
            },
            Entitlement::Mistyped => Cause {
                why: vec![format!("{holder} is not a member of {owner}. Did you mean {}?", facts.near)],
                fix: vec![format!("Replace {owner} with {}", facts.near)],
            },
            Entitlement::LowRole => facts.low_role(),
            // These have diagnoses of their own.
            Entitlement::Blocked(_) | Entitlement::Clear => Cause { why: Vec::new(), fix: vec![facts.user_token()] },
        }
    }
}

impl Facts<'_> {
    fn lacking(&self) -> Cause {
        let names: Vec<_> = match self.requirement {
            Requirement::Repo { access, .. } => {
                access.permissions().iter().map(|permission| permission.name()).collect()
            }
            Requirement::Permission(permission) => vec![permission.name.as_str()],
            Requirement::ValidFor(_) => Vec::new(),
        };
        let label = match self.requirement {
            Requirement::Permission(Permission { name: PermissionName::Known(known), .. }) => known.spec().label,
            Requirement::Permission(_) | Requirement::Repo { .. } | Requirement::ValidFor(_) => None,
        };
        let (names, owner) = (names.join(" and "), self.owner);
        let label = label.map(|label| format!(" (\"{label}\")")).unwrap_or_default();
        let mut why = vec![format!("{} lacks {names} on {owner}", capitalized(&self.token))];
        let role = self.identity.and_then(|identity| identity.access.as_ref()).map(|access| &access.role);
        if let Some(TokenRole::FineGrained(scopes)) = role {
            let listed = scopes.listed_for(owner);
            let listed = if listed.is_empty() { "none".into() } else { listed.join(", ") };
            why.push(format!("Its permissions on {owner}: {listed}"));
        }
        Cause {
            why,
            fix: vec![
                format!("Edit {} at {}: add {names} for {owner}{label}", self.token, self.settings),
                format!("Or create a token with only what this job requires at {} and {}", self.form, self.store),
            ],
        }
    }

    fn low_role(&self) -> Cause {
        Cause {
            why: vec![format!("{}'s role in {} is \"{}\"", self.holder, self.owner, self.role)],
            fix: vec![format!("Ask an administrator of {} to raise the role: {}", self.owner, self.members)],
        }
    }

    fn doubt(&self, doubt: Doubt) -> Cause {
        let Self { owner, holder, role, token, requirement, .. } = self;
        let (why, fix) = match doubt {
            Doubt::NoIdentity => (
                "whoami returned no identity, so what the token may do is not known".into(),
                match self.kind {
                    Some(TokenKind::User | TokenKind::Other) | None => "Run again when whoami responds".into(),
                    Some(TokenKind::OAuth | TokenKind::Oidc) => self.user_token(),
                },
            ),
            Doubt::PermissionName => return self.unlisted_name(),
            Doubt::Level => (
                format!("This permission is not one that can be given on {owner}, as far as hf-token-check knows"),
                format!("Name the owner it is for, after an @, or leave it out: it is given on {}", self.levels()),
            ),
            Doubt::Restriction => (
                format!("{owner} restricts this token by a rule that hf-token-check does not know"),
                format!("Ask an administrator of {owner} whether the rule affects {}", requirement.subject()),
            ),
            Doubt::OrgRole => (
                format!("whoami states no role in {owner}, or one that hf-token-check does not know"),
                format!("Ask an administrator of {owner} what {holder} may do there: {}", self.members),
            ),
            Doubt::EnoughRole(enough) => (
                format!(
                    "{holder}'s role in {owner} is \"{role}\". \"{}\" is enough; whether a lower role is, is not documented",
                    enough.name()
                ),
                format!("Ask an administrator of {owner} to raise the role: {}", self.members),
            ),
            Doubt::ResourceGroup => (
                format!(
                    "{holder}'s role in {owner} is \"{role}\", but a resource group gives another one for some repos"
                ),
                format!(
                    "Ask an administrator of {owner} to raise the role, or use --write with a repo that exists: {}",
                    self.members
                ),
            ),
            Doubt::HiddenOrgs => (
                format!("whoami does not list all organizations of {holder}, so {owner} may be one"),
                match self.kind {
                    Some(TokenKind::User | TokenKind::Other) | None => {
                        format!("Ask an administrator of {owner} what {holder} may do there: {}", self.members)
                    }
                    Some(TokenKind::OAuth | TokenKind::Oidc) => self.user_token(),
                },
            ),
            Doubt::NearOwner => (
                format!("{owner} differs by one character from {}", self.near),
                format!("Replace {owner} with {} if that is what you meant", self.near),
            ),
            Doubt::ReadRole => (
                format!("{} has the role \"read\", and whether that is enough is not documented", capitalized(token)),
                format!("Create a token with write access at {} and {}", self.form, self.store),
            ),
            Doubt::TokenRole => {
                (format!("whoami states a role of {token} that hf-token-check does not know"), self.user_token())
            }
            Doubt::Scopes => (
                format!("whoami does not show whether the permissions of {token} cover {owner}"),
                format!("Look at the permissions of {token} at {}", self.settings),
            ),
            Doubt::OAuthScopes => {
                ("Whether the token's OAuth scopes include this is not documented".into(), self.user_token())
            }
            Doubt::Binding => (
                "The token is bound to one resource, and whoami does not say what it may do elsewhere".into(),
                self.user_token(),
            ),
            Doubt::Authentication => {
                ("whoami describes a kind of token that hf-token-check does not know".into(), self.user_token())
            }
            Doubt::KernelGrant => (
                "Creating kernels requires a grant to the account, which whoami does not show".into(),
                "Create the kernel in advance, outside the job, to see whether the account may".into(),
            ),
            Doubt::OtherHub => (
                format!("What a role permits is known of huggingface.co only, and {} is another Hub", self.host),
                format!("Ask whoever runs {} what {holder} may do there, or do it once outside the job", self.host),
            ),
        };
        Cause { why: vec![why], fix: vec![fix] }
    }

    /// The name that was meant, and every name that is known.
    fn unlisted_name(&self) -> Cause {
        let Requirement::Permission(permission) = self.requirement else {
            return Cause { why: Vec::new(), fix: vec![self.user_token()] };
        };
        let written = permission.name.as_str();
        let near = permission::near(written);
        let others = KnownPermission::ALL.iter().filter(|known| !near.contains(known));
        let names: Vec<_> = near.iter().chain(others).map(|known| known.name()).collect();
        let fix = match near.first() {
            Some(meant) => {
                format!("Did you mean {}?", Permission { name: PermissionName::Known(*meant), ..permission.clone() })
            }
            None => format!("Use the name of the permission on the token's page, {}", self.settings),
        };
        Cause {
            why: vec![
                format!("hf-token-check does not know a permission called {written}"),
                format!("It knows {}", names.join(", ")),
            ],
            fix: vec![fix],
        }
    }

    fn levels(&self) -> String {
        let Requirement::Permission(Permission { name: PermissionName::Known(known), .. }) = self.requirement else {
            return String::new();
        };
        let level = |level: &Level| match level {
            Level::Repo => "a repo",
            Level::User => "your own account",
            Level::Org => "an organization",
            Level::Global => "the token as a whole",
        };
        known.spec().levels.iter().map(level).collect::<Vec<_>>().join(", or ")
    }

    fn user_token(&self) -> String {
        format!(
            "Use a user access token, whose permissions whoami lists: create one at {} and {}",
            self.form, self.store
        )
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
