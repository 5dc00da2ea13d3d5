//! The Hub's permissions: a closed table of the names that are known, and what is known of each. Where nothing is
//! documented, the table says so, and a verdict that depends on it is unknown.

use std::fmt;

use thiserror::Error;

use crate::model::membership::OrgRole;
use crate::model::repo::{self, NameError};
use crate::model::typo;
use crate::token::redact;

/// Where the token form offers a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On one repo.
    Repo,
    /// On everything of the token's user.
    User,
    /// On everything of an organization.
    Org,
    /// For the token as a whole.
    Global,
}

/// Whether a classic token with the role `read` has the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithReadRole {
    /// It reads what its user may read.
    Enough,
    /// It never writes.
    TooLow,
    /// Reports differ.
    Undocumented,
}

/// The OAuth scopes that give a permission (Hub docs, `oauth.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OAuthScopes {
    /// Each of these is enough. Empty where no scope is documented.
    pub enough: &'static [&'static str],
    /// These give a part of it, or may give it.
    pub partial: &'static [&'static str],
}

/// Every documented OAuth scope. A token with another one may do more than this program can tell.
pub const OAUTH_SCOPES: [&str; 18] = [
    "openid",
    "profile",
    "email",
    "read-billing",
    "read-memberships",
    "read-repos",
    "gated-repos",
    "contribute-repos",
    "write-repos",
    "manage-repos",
    "read-collections",
    "write-collections",
    "inference-api",
    "read-endpoints",
    "write-endpoints",
    "jobs",
    "webhooks",
    "write-discussions",
];

/// What is known of one permission.
#[derive(Clone, Copy, Debug)]
pub struct PermissionSpec {
    /// The Hub's name.
    pub name: &'static str,
    /// Where it can be given.
    pub levels: &'static [Level],
    /// The lowest role in an organization that is known to be enough there; `admin` where none is documented.
    pub org_role: OrgRole,
    /// With a classic read token.
    pub read_token: WithReadRole,
    /// With an OAuth token.
    pub oauth: OAuthScopes,
    /// The box on the token page, as far as its text is known.
    pub label: Option<&'static str>,
}

macro_rules! permissions {
    ($($variant:ident $name:literal [$($level:ident)*] $role:ident $read:ident [$($scope:literal)*] [$($partial:literal)*] $label:expr;)*) => {
        /// A permission that this program knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum KnownPermission { $(#[doc = $name] $variant,)* }

        impl KnownPermission {
            /// Every known permission, in the order of the interface page.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its row of the table.
            pub const fn spec(self) -> PermissionSpec {
                match self {
                    $(Self::$variant => PermissionSpec {
                        name: $name,
                        levels: &[$(Level::$level,)*],
                        org_role: OrgRole::$role,
                        read_token: WithReadRole::$read,
                        oauth: OAuthScopes { enough: &[$($scope,)*], partial: &[$($partial,)*] },
                        label: $label,
                    },)*
                }
            }
        }
    };
}

// Names and levels: the Hub's OpenAPI document, trufflehog, the token form. Roles: Hub docs, `organizations-security.md`.
// The columns: where it can be given, the role that is enough, a classic read token, OAuth scopes, those that give a part.
permissions! {
    RepoContentRead "repo.content.read" [Repo User Org] Read Enough ["read-repos" "write-repos" "manage-repos"] ["contribute-repos"]
        Some("Read access to contents of all repos");
    RepoAccessRead "repo.access.read" [User Org] Admin Enough [] ["manage-repos"]
        Some("View access requests for all gated repos");
    RepoWrite "repo.write" [Repo User Org] Write TooLow ["manage-repos"] ["write-repos" "contribute-repos"]
        Some("Write access to contents/settings of all repos");
    DiscussionWrite "discussion.write" [Repo User Org Global] Read TooLow ["write-discussions"] []
        Some("Interact with discussions / Open pull requests");
    PostWrite "post.write" [Global] Admin TooLow [] []
        Some("Interact with posts");
    CollectionRead "collection.read" [User Org] Read Enough ["read-collections" "write-collections"] []
        Some("Read access to all collections");
    CollectionWrite "collection.write" [User Org] Write TooLow ["write-collections"] []
        Some("Write access to all collections");
    InferenceServerlessWrite "inference.serverless.write" [User Org Global] Write Undocumented ["inference-api"] []
        Some("Make calls to Inference Providers");
    InferenceEndpointsInferWrite "inference.endpoints.infer.write" [User Org] Write Undocumented [] ["read-endpoints" "write-endpoints"]
        Some("Make calls to your Inference Endpoints");
    InferenceEndpointsWrite "inference.endpoints.write" [User Org] Write Undocumented ["write-endpoints"] []
        Some("Manage your Inference Endpoints");
    JobWrite "job.write" [User Org] Write TooLow ["jobs"] []
        Some("Start and manage Jobs");
    UserWebhooksRead "user.webhooks.read" [User] Admin Enough ["webhooks"] []
        Some("Access webhooks data");
    UserWebhooksWrite "user.webhooks.write" [User] Admin TooLow ["webhooks"] []
        Some("Create and manage webhooks");
    UserBillingRead "user.billing.read" [User] Admin Enough [] ["read-billing"]
        Some("Read access to your billing usage");
    OrgRead "org.read" [Org] Read Enough [] ["read-memberships"]
        Some("Read access to organization's settings");
    OrgWrite "org.write" [Org] Admin TooLow [] []
        Some("Write access to organization's settings / member management");
    ResourceGroupWrite "resourceGroup.write" [Org] Admin TooLow [] [] None;
    OrgServiceAccountsRead "org.serviceAccounts.read" [Org] Admin Enough [] [] None;
    OrgServiceAccountsWrite "org.serviceAccounts.write" [Org] Admin TooLow [] [] None;
    OrgAuditLogWrite "org.auditLog.write" [Org] Admin TooLow [] [] None;
    OrgBillingRead "org.billing.read" [Org] Admin Enough [] [] None;
    OrgMembersRead "org.members.read" [Org] Read Enough [] ["read-memberships"] None;
    OrgMembersWrite "org.members.write" [Org] Admin TooLow [] [] None;
    OrgNetworkSecurityRead "org.networkSecurity.read" [Org] Admin Enough [] [] None;
    OrgNetworkSecurityWrite "org.networkSecurity.write" [Org] Admin TooLow [] [] None;
    OrgReposRead "org.repos.read" [Org] Admin Enough [] [] None;
    SqlConsoleEmbedWrite "sql-console.embed.write" [User] Admin TooLow [] [] None;
    UserMcpRead "user.mcp.read" [User] Admin Enough [] [] None;
    UserNotificationsRead "user.notifications.read" [User] Admin Enough [] [] None;
    UserNotificationsWrite "user.notifications.write" [User] Admin TooLow [] [] None;
    UserPapersWrite "user.papers.write" [User] Admin TooLow [] [] None;
    UserPreferencesWrite "user.preferences.write" [User] Admin TooLow [] [] None;
    UserSettingsNotificationsWrite "user.settings.notifications.write" [User] Admin TooLow [] [] None;
    UserSocialLikesWrite "user.social.likes.write" [User] Admin TooLow [] [] None;
}

impl KnownPermission {
    /// The Hub's name.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The permission of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// True where the token form offers it there.
    pub fn can_be_given_on(self, level: Level) -> bool {
        self.spec().levels.contains(&level)
    }
}

/// A permission's name, as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionName {
    /// One of the table.
    Known(KnownPermission),
    /// Another one. The Hub may have it; nothing is known of it here.
    Unlisted(String),
}

impl PermissionName {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(known) => known.name(),
            Self::Unlisted(name) => name,
        }
    }

    /// True unless the last word is `read`.
    pub fn writes(&self) -> bool {
        self.as_str().rsplit('.').next() != Some("read")
    }
}

impl From<&str> for PermissionName {
    fn from(name: &str) -> Self {
        KnownPermission::from_name(name).map_or_else(|| Self::Unlisted(name.into()), Self::Known)
    }
}

/// The known names that somebody who wrote `name` may have meant, the nearest first.
pub fn near(name: &str) -> Vec<KnownPermission> {
    // A slip in each word, or another last word.
    let most = 1 + name.split('.').count();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let rank = |known: &KnownPermission| {
        let distance = typo::edits(&name.to_ascii_lowercase(), &known.name().to_ascii_lowercase());
        let is_sibling = known.name().strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'));
        (distance <= most || is_sibling).then_some((distance > 2 && !is_sibling, distance))
    };
    let mut near: Vec<_> = KnownPermission::ALL.iter().filter_map(|known| Some((rank(known)?, *known))).collect();
    near.sort_by_key(|(rank, _)| *rank);
    near.into_iter().map(|(_, known)| known).collect()
}

/// Why a text is no permission, as a clause.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PermissionError {
    /// A credential was given instead.
    #[error("that looks like a token, not a permission")]
    Token,
    /// Not `word.word`.
    #[error("a permission is words with dots between")]
    Shape,
    /// What follows the `@` is no name of a user or organization.
    #[error(transparent)]
    Entity(#[from] NameError),
}

/// A permission that the job requires, and whose resources it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `inference.serverless.write`, `job.write`, …
    pub name: PermissionName,
    /// The user or organization; absent for the token's own user.
    pub entity: Option<String>,
}

impl Permission {
    /// The forms a permission may take, for error messages.
    pub const ACCEPTED: &str = "a permission's name as the token form has it, such as job.write, or job.write@acme";

    /// Reads `NAME[@ENTITY]`. Any dotted word passes: a name that is not known is judged as unknown.
    pub fn parse(text: &str) -> Result<Self, PermissionError> {
        let (name, entity) = text.split_once('@').map_or((text, None), |(name, entity)| (name, Some(entity)));
        let word = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if redact::holds_credential(text) {
            return Err(PermissionError::Token);
        }
        if !name.contains('.') || !name.split('.').all(word) || name.len() > 96 {
            return Err(PermissionError::Shape);
        }
        if let Some(entity) = entity {
            repo::check_name(entity)?;
        }
        Ok(Self { name: name.into(), entity: entity.map(Into::into) })
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        self.entity.as_ref().map_or(Ok(()), |entity| write!(f, "@{entity}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_leads_to_the_name_that_was_meant() {
        for (written, first) in [
            ("job.wirte", "job.write"),
            ("jobs.write", "job.write"),
            ("job.read", "job.write"),
            ("repo.read", "repo.write"),
            ("inference.serverless.read", "inference.serverless.write"),
            ("inference.serverles.write", "inference.serverless.write"),
            ("org.member.write", "org.members.write"),
            ("user.webhook.read", "user.webhooks.read"),
            ("resourcegroup.write", "resourceGroup.write"),
        ] {
            assert_eq!(near(written).first().map(|known| known.name()), Some(first), "{written}");
        }
        assert_eq!(near("foo.bar"), []);
    }

    #[test]
    fn every_oauth_scope_of_the_table_is_documented() {
        for known in KnownPermission::ALL {
            let OAuthScopes { enough, partial } = known.spec().oauth;
            for scope in enough.iter().chain(partial) {
                assert!(OAUTH_SCOPES.contains(scope), "{scope} of {known:?}");
            }
            assert_eq!(PermissionName::from(known.name()), PermissionName::Known(*known));
            assert_eq!(Permission::parse(known.name()).map(|it| it.name), Ok(PermissionName::Known(*known)));
        }
    }

    #[test]
    fn the_interface_page_lists_the_known_permissions() {
        let page = include_str!("../../docs/interface.md");
        let section = page.split("### Known permissions").nth(1).expect("the section");
        let listed: Vec<_> = {
            let is_row = |line: &&str| line.starts_with("| `");
            section.lines().skip_while(|line| !is_row(line)).take_while(is_row).collect()
        };
        let rows: Vec<_> = KnownPermission::ALL.iter().map(|known| row(known.spec())).collect();
        assert_eq!(listed, rows, "{}", rows.join("\n"));
    }

    fn row(spec: PermissionSpec) -> String {
        let levels: Vec<_> = spec.levels.iter().map(|level| format!("{level:?}").to_lowercase()).collect();
        let role = match (spec.levels.contains(&Level::Org), spec.org_role) {
            (false, _) => "–",
            (true, OrgRole::Admin) => "admin, or not documented",
            (true, role) => role.name(),
        };
        let scopes = if spec.oauth.enough.is_empty() { "–".into() } else { spec.oauth.enough.join(", ") };
        let label = spec.label.unwrap_or("–");
        format!("| `{}` | {} | {role} | {scopes} | {label} |", spec.name, levels.join(", "))
    }
}
