use crate::model::identity::Identity;
use crate::model::permission::{KnownPermission, Level, Permission, PermissionName};
use crate::model::requirement::{Access, Requirement};

/// The page that lists and edits tokens.
pub const SETTINGS: &str = "https://huggingface.co/settings/tokens";

/// The address of the Hub's token form, filled in with what `requirements` take together (Hub docs; parameters seen in public
/// use). Without an identity nobody knows which owner is a user and which an organization, so the form opens on the
/// classic role that is enough.
pub fn filled_for(requirements: &[Requirement], identity: Option<&Identity>) -> String {
    let writes = requirements.iter().any(Requirement::writes);
    let asked = identity.map(|identity| Asked::by(requirements, identity));
    let Some(asked) = asked.filter(|asked| !asked.is_classic()) else {
        let role = if writes { "write" } else { "read" };
        return format!("{SETTINGS}/new?tokenType={role}");
    };
    let mut url = format!("{SETTINGS}/new?tokenType=fineGrained");
    for (key, values) in [
        ("ownUserPermissions", &asked.own),
        ("globalPermissions", &asked.global),
        ("orgs", &asked.orgs),
        ("orgPermissions", &asked.org),
    ] {
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
struct Asked<'a> {
    own: Vec<&'a str>,
    global: Vec<&'a str>,
    orgs: Vec<&'a str>,
    org: Vec<&'a str>,
    gated: bool,
}

impl<'a> Asked<'a> {
    fn by(requirements: &'a [Requirement], identity: &'a Identity) -> Self {
        let mut asked = Self::default();
        for requirement in requirements {
            match requirement {
                Requirement::Repo { access, repo, .. } => {
                    let owner = repo.owner.as_deref().filter(|owner| is_a_namespace(identity, owner));
                    for permission in access.permissions() {
                        if let Some(owner) = owner {
                            asked.permission(identity, Some(owner), *permission);
                        }
                    }
                    // Somebody else's repo: public, perhaps gated; no permission on its owner can be had.
                    asked.gated |= *access == Access::Read && owner.is_none();
                }
                Requirement::Permission(Permission { name: PermissionName::Known(known), entity }) => {
                    asked.permission(identity, entity.as_deref(), *known);
                }
                // What the form calls it, or whether it has it, is not known.
                Requirement::Permission(Permission { name: PermissionName::Unlisted(_), .. }) => {}
                Requirement::ValidFor(_) => {}
            }
        }
        asked
    }

    /// Adds a permission where the form offers it.
    fn permission(&mut self, identity: &Identity, entity: Option<&'a str>, known: KnownPermission) {
        let org = entity.filter(|entity| !identity.is(entity));
        match org {
            None if known.can_be_given_on(Level::User) => add(&mut self.own, known.name()),
            Some(org) if known.can_be_given_on(Level::Org) && is_a_namespace(identity, org) => {
                add(&mut self.orgs, org);
                add(&mut self.org, known.name());
            }
            _ if known.can_be_given_on(Level::Global) => add(&mut self.global, known.name()),
            _ => {}
        }
    }

    fn is_classic(&self) -> bool {
        self.own.is_empty() && self.global.is_empty() && self.org.is_empty() && !self.gated
    }
}

/// True where permissions on `owner` can be had; where whoami does not list all organizations, anywhere.
fn is_a_namespace(identity: &Identity, owner: &str) -> bool {
    !identity.orgs.is_complete() || identity.namespaces().any(|name| name.eq_ignore_ascii_case(owner))
}

fn add<'a>(list: &mut Vec<&'a str>, value: &'a str) {
    if !list.contains(&value) {
        list.push(value);
    }
}
