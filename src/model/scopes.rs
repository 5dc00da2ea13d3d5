//! What a fine-grained token lists, and whether that covers a permission.

use crate::model::listing::Listing;
use crate::model::permission::KnownPermission;
use crate::model::repo::{RepoKind, RepoRef};

/// The permissions of a fine-grained token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FineGrained {
    /// `canReadGatedRepos`
    pub reads_gated: Option<bool>,
    /// Permissions that hold for the token as a whole. They never give the right to write to a repo.
    pub global: Listing<String>,
    /// Permissions on an entity.
    pub scoped: Listing<Scope>,
}

/// The permissions on one user, organization or repo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What they are on.
    pub entity: EntityKind,
    /// `acme`, or `owner/name` of a repo; the Hub may leave it out.
    pub entity_name: Option<String>,
    /// The Hub's names; an open set.
    pub permissions: Listing<String>,
    /// Whether they hold for the whole entity.
    pub extent: Extent,
}

/// The type of an entity in whoami.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// `user`
    User,
    /// `org`
    Org,
    /// `model`, `dataset`, `space`, `kernel`
    Repo(RepoKind),
    /// `resource-group`: some of an organization's repos; whoami does not say which.
    ResourceGroup,
    /// `bucket`, `collection`, `container`, `oauth-app`: neither an owner nor a repo of a kind that is checked.
    Apart,
    /// A type that this program does not know.
    Unlisted,
}

impl EntityKind {
    /// From `entity.type`.
    pub fn from_type(name: &str) -> Self {
        match name {
            "user" => Self::User,
            "org" => Self::Org,
            "resource-group" => Self::ResourceGroup,
            "bucket" | "collection" | "container" | "oauth-app" => Self::Apart,
            _ => RepoKind::ALL.into_iter().find(|kind| kind.noun() == name).map_or(Self::Unlisted, Self::Repo),
        }
    }
}

/// How much of its entity a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// A part, by `patterns`.
    Part,
}

/// Whose namespace a permission is required on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace<'a> {
    /// The token's own user.
    Own(&'a str),
    /// Another user or an organization.
    Other(&'a str),
}

impl<'a> Namespace<'a> {
    /// The name.
    pub const fn name(self) -> &'a str {
        match self {
            Self::Own(name) | Self::Other(name) => name,
        }
    }
}

/// Whether a fine-grained token has a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It has.
    Covers,
    /// It has not.
    Lacks,
    /// whoami lists something that may give it.
    Unknown,
}

/// Whether a part of a scope fits what is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Fit {
    Yes,
    No,
    Maybe,
}

impl FineGrained {
    /// A token whose permissions whoami does not show, or not in a form that can be read.
    pub const UNREADABLE: Self = Self { reads_gated: None, global: Listing::UNKNOWN, scoped: Listing::UNKNOWN };

    /// Does any of `permissions` hold on `repo`, itself or through its owner?
    pub fn on_repo(&self, repo: &RepoRef, owner: Namespace<'_>, permissions: &[KnownPermission]) -> Coverage {
        let id = repo.id();
        self.search(permissions, |scope| match scope.entity {
            EntityKind::Repo(kind) if kind == repo.kind => scope.is_named(&id),
            EntityKind::User
            | EntityKind::Org
            | EntityKind::Repo(_)
            | EntityKind::ResourceGroup
            | EntityKind::Apart
            | EntityKind::Unlisted => scope.fits(owner),
        })
    }

    /// Does any of `permissions` hold on the whole of `owner`?
    pub fn on_owner(&self, owner: Namespace<'_>, permissions: &[KnownPermission]) -> Coverage {
        self.search(permissions, |scope| scope.fits(owner))
    }

    /// Does `permission` hold for the token as a whole?
    pub fn globally(&self, permission: KnownPermission) -> Coverage {
        match (self.global.iter().any(|listed| listed == permission.name()), self.global.is_complete()) {
            (true, _) => Coverage::Covers,
            (false, true) => Coverage::Lacks,
            (false, false) => Coverage::Unknown,
        }
    }

    /// The permissions listed for `entity`, for people to read.
    pub fn listed_for(&self, entity: &str) -> Vec<&str> {
        let of_entity =
            |scope: &&Scope| scope.entity_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(entity));
        let scopes = self.scoped.iter().filter(of_entity);
        scopes.flat_map(|scope| scope.permissions.iter().map(String::as_str)).collect()
    }

    fn search(&self, permissions: &[KnownPermission], applies: impl Fn(&Scope) -> Fit) -> Coverage {
        let mut coverage = if self.scoped.is_complete() { Coverage::Lacks } else { Coverage::Unknown };
        for scope in &self.scoped {
            match (scope.holds(permissions), applies(scope), scope.extent) {
                (Fit::No, _, _) | (_, Fit::No, _) => {}
                (Fit::Yes, Fit::Yes, Extent::Whole) => return Coverage::Covers,
                (Fit::Yes | Fit::Maybe, Fit::Yes | Fit::Maybe, _) => coverage = Coverage::Unknown,
            }
        }
        coverage
    }
}

impl Scope {
    fn holds(&self, permissions: &[KnownPermission]) -> Fit {
        let listed = self.permissions.iter().any(|name| permissions.iter().any(|wanted| wanted.name() == name));
        match (listed, self.permissions.is_complete()) {
            (true, _) => Fit::Yes,
            (false, true) => Fit::No,
            (false, false) => Fit::Maybe,
        }
    }

    fn is_named(&self, wanted: &str) -> Fit {
        match &self.entity_name {
            Some(name) if name.eq_ignore_ascii_case(wanted) => Fit::Yes,
            Some(_) => Fit::No,
            None => Fit::Maybe,
        }
    }

    /// Is this a scope on all of `owner`?
    fn fits(&self, owner: Namespace<'_>) -> Fit {
        match (self.entity, owner) {
            (EntityKind::User | EntityKind::Org, _) => self.is_named(owner.name()),
            (EntityKind::ResourceGroup, Namespace::Other(_)) | (EntityKind::Unlisted, _) => Fit::Maybe,
            (EntityKind::ResourceGroup, Namespace::Own(_)) | (EntityKind::Repo(_) | EntityKind::Apart, _) => Fit::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_scope_that_is_understood_covers_or_lacks() {
        use EntityKind as E;
        let scope = |entity, name: Option<&str>, permissions: Listing<String>, extent| Scope {
            entity,
            entity_name: name.map(Into::into),
            permissions,
            extent,
        };
        let write = || Listing::from(vec!["repo.write".to_owned()]);
        let (acme, alice) = (Namespace::Other("acme"), Namespace::Own("alice"));
        for (scope, owner, expected) in [
            (scope(E::Org, Some("ACME"), write(), Extent::Whole), acme, Coverage::Covers),
            (scope(E::Org, Some("acme"), write(), Extent::Part), acme, Coverage::Unknown),
            (scope(E::Org, Some("lab"), write(), Extent::Whole), acme, Coverage::Lacks),
            (scope(E::Org, None, write(), Extent::Whole), acme, Coverage::Unknown),
            (scope(E::Org, None, Listing::EMPTY, Extent::Whole), acme, Coverage::Lacks),
            (scope(E::Org, Some("acme"), Listing::UNKNOWN, Extent::Whole), acme, Coverage::Unknown),
            (scope(E::Org, Some("lab"), Listing::UNKNOWN, Extent::Whole), acme, Coverage::Lacks),
            (scope(E::Repo(RepoKind::Model), Some("acme/model"), write(), Extent::Whole), acme, Coverage::Lacks),
            (scope(E::ResourceGroup, Some("team"), write(), Extent::Whole), acme, Coverage::Unknown),
            (scope(E::ResourceGroup, Some("team"), write(), Extent::Whole), alice, Coverage::Lacks),
            (scope(E::Apart, Some("acme"), write(), Extent::Whole), acme, Coverage::Lacks),
            (scope(E::Unlisted, Some("acme"), write(), Extent::Whole), acme, Coverage::Unknown),
        ] {
            let token = FineGrained { reads_gated: None, global: Listing::EMPTY, scoped: vec![scope.clone()].into() };
            assert_eq!(token.on_owner(owner, &[KnownPermission::RepoWrite]), expected, "{scope:?} {owner:?}");
        }
        assert_eq!(FineGrained::UNREADABLE.on_owner(acme, &[KnownPermission::RepoWrite]), Coverage::Unknown);
        assert_eq!(FineGrained::UNREADABLE.globally(KnownPermission::PostWrite), Coverage::Unknown);
    }
}
