//! Permissions on a whole owner. The Hub has no GET for them, so this is what its documentation says: the person's role in the
//! owner and the token's scope must both allow it. A test compares the program's verdict with it.

use super::state::{Grant, HubState, Membership, Token, User};

/// What takes a permission on an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// To create a repo: `repo.write` on the owner.
    CreateRepo,
    /// To run a job: `job.write`.
    RunJob,
}

impl HubState {
    /// Whether a token may do this under `owner`; `None` where that is not documented.
    pub fn allows(&self, secret: &str, action: Action, owner: &str) -> Option<bool> {
        let token = self.tokens.iter().find(|token| token.secret == secret)?;
        let user = self.users.iter().find(|user| user.name == token.user)?;
        match (user.may(action, owner), token.may(action, owner)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            (None, _) | (_, None) => None,
        }
    }
}

impl User {
    fn may(&self, action: Action, owner: &str) -> Option<bool> {
        if self.name == owner {
            return Some(true);
        }
        let Some(Membership { role, restriction, groups, .. }) = self.orgs.iter().find(|org| org.org == owner) else {
            return Some(false);
        };
        match restriction {
            Some("mfa" | "token-policy" | "token-revoked" | "sso" | "ip") => return Some(false),
            Some(_) => return None,
            None => {}
        }
        let of_role = |role: &str| match (action, role) {
            (_, "admin" | "write") | (Action::CreateRepo, "contributor") => Some(true),
            (Action::CreateRepo, "read") | (_, "no_access") => Some(false),
            _ => None,
        };
        let raised = groups.iter().any(|role| of_role(role) == Some(true));
        of_role(role).filter(|allowed| *allowed || !raised)
    }
}

impl Token {
    fn may(&self, action: Action, owner: &str) -> Option<bool> {
        let (permission, scopes) = match action {
            Action::CreateRepo => ("repo.write", ["manage-repos", "contribute-repos"].as_slice()),
            Action::RunJob => ("job.write", ["jobs"].as_slice()),
        };
        match &self.grant {
            Grant::Write => Some(true),
            Grant::Read | Grant::Expired | Grant::Oidc(_) => Some(false),
            Grant::FineGrained { scoped, .. } => Some(scoped.iter().any(|(kind, name, granted)| {
                matches!(*kind, "user" | "org") && *name == owner && granted.contains(&permission)
            })),
            Grant::OAuth { scopes: granted, .. } => Some(granted.iter().any(|scope| scopes.contains(scope))),
            Grant::Odd(_) => None,
        }
    }
}
