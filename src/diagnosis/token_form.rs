use crate::model::identity::{CONTENT_READ, Identity, REPO_WRITE};
use crate::model::requirement::{Access, Requirement};

/// The page that lists and edits tokens.
pub const SETTINGS: &str = "https://huggingface.co/settings/tokens";

/// The address of the Hub's token form, filled in with what `needs` take together (Hub docs; parameters seen in public
/// use). Without an identity nobody knows which owner is a user and which an organization, so the form opens on the
/// classic role that is enough.
pub fn filled_for(requirements: &[Requirement], identity: Option<&Identity>) -> String {
    let mut asked = Asked::default();
    for requirement in requirements {
        match requirement {
            Requirement::Repo { access: Access::Read, repo } => {
                // Somebody else's repo: public, perhaps gated; no permission on its owner can be had.
                asked.gated |= !asked.contents(identity, repo.owner.as_deref(), &[CONTENT_READ]);
            }
            Requirement::Repo { access: Access::Write | Access::Create, repo } => {
                asked.writes = true;
                asked.contents(identity, repo.owner.as_deref(), &[CONTENT_READ, REPO_WRITE]);
            }
            Requirement::Permission(permission) => {
                asked.writes |= permission.writes();
                asked.permission(identity, permission.entity.as_deref(), &permission.name);
            }
            Requirement::ValidFor(_) => {}
        }
    }
    if identity.is_none() || asked.is_classic() {
        let role = if asked.writes { "write" } else { "read" };
        return format!("{SETTINGS}/new?tokenType={role}");
    }
    let mut url = format!("{SETTINGS}/new?tokenType=fineGrained");
    for (key, values) in [("ownUserPermissions", &asked.own), ("orgs", &asked.orgs), ("orgPermissions", &asked.org)] {
        for value in values {
            url.push_str(&format!("&{key}={value}"));
        }
    }
    if asked.gated {
        url.push_str("&canReadGatedRepos=true");
    }
    url
}

#[derive(Default)]
struct Asked {
    own: Vec<String>,
    orgs: Vec<String>,
    org: Vec<String>,
    gated: bool,
    writes: bool,
}

impl Asked {
    /// True where the owner is one of the holder's namespaces, so that permissions on it can be had.
    fn contents(&mut self, identity: Option<&Identity>, owner: Option<&str>, permissions: &[&str]) -> bool {
        let Some(identity) = identity else { return true };
        let Some(owner) = owner.filter(|owner| identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner)))
        else {
            return false;
        };
        for name in permissions {
            self.permission(Some(identity), Some(owner), name);
        }
        true
    }

    fn permission(&mut self, identity: Option<&Identity>, entity: Option<&str>, name: &str) {
        match entity.filter(|entity| identity.is_none_or(|identity| !identity.is(entity))) {
            None => add(&mut self.own, name),
            Some(entity) => {
                add(&mut self.orgs, entity);
                add(&mut self.org, name);
            }
        }
    }

    fn is_classic(&self) -> bool {
        self.own.is_empty() && self.org.is_empty() && !self.gated
    }
}

fn add(list: &mut Vec<String>, value: &str) {
    if !list.iter().any(|known| known == value) {
        list.push(value.into());
    }
}
