//! Where a message sends its reader. The pages of huggingface.co are right where the token is huggingface.co's; about another Hub
//! only its address is known.

use crate::diagnosis::token_form;
use crate::model::author::{HubKind, Site};
use crate::model::endpoint::{Endpoint, PAGES};
use crate::model::identity::Identity;
use crate::model::repo::RepoRef;
use crate::model::requirement::Requirement;

/// The pages for one run.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    /// Whose pages.
    pub hub: HubKind,
    /// Where it is.
    pub endpoint: &'a Endpoint,
}

impl Links<'_> {
    /// The page of a repo.
    pub fn page(self, repo: &RepoRef) -> String {
        match self.hub {
            HubKind::HuggingFace | HubKind::Proxy => format!("{PAGES}/{repo}"),
            HubKind::Other => format!("{}/{repo}", self.endpoint),
        }
    }

    /// The form that makes a token with what `requirements` take.
    pub fn form(self, requirements: &[Requirement], identity: Option<&Identity>) -> String {
        self.either(token_form::filled_for(requirements, identity), "the token page")
    }

    /// The list of tokens.
    pub fn settings(self) -> String {
        self.either(token_form::SETTINGS.into(), "the token page")
    }

    /// The members of an organization.
    pub fn members(self, owner: &str) -> String {
        self.either(format!("{PAGES}/organizations/{owner}/settings/members"), "the members page")
    }

    /// Where one signs in to an organization; the Hub's first page for one that is not known.
    pub fn organization(self, owner: Option<&str>) -> String {
        let page = owner.map_or_else(|| PAGES.into(), |owner| format!("{PAGES}/{owner}"));
        self.either(page, "the organization's page")
    }

    /// Where two-factor authentication is turned on.
    pub fn authentication(self) -> String {
        self.either(format!("{PAGES}/settings/authentication"), "the account page")
    }

    /// Where to look when the Hub fails.
    pub fn status(self) -> String {
        match self.hub {
            HubKind::HuggingFace => "see https://status.huggingface.co for the Hub's status".into(),
            HubKind::Proxy | HubKind::Other => format!("if it persists, contact whoever runs {}", self.endpoint.host()),
        }
    }

    /// What to do where the server has no route for a question.
    pub fn without_route(self) -> String {
        match self.endpoint.site() {
            Site::HuggingFace => {
                "Check for a proxy or gateway between this job and the Hub that answers in its place".into()
            }
            Site::Elsewhere => format!(
                "Check only what {} supports, such as --read of repos that are not gated; to start COMMAND anyway, add --if-unavailable run",
                self.endpoint.host()
            ),
        }
    }

    /// What to do about a redirect to somewhere else.
    pub fn redirected(self) -> &'static str {
        match self.endpoint.site() {
            Site::HuggingFace => {
                "Check for a login page or a proxy between this job and the Hub that redirects requests"
            }
            Site::Elsewhere => {
                "Set HF_ENDPOINT to the full address that answers without a redirect; ask whoever runs it"
            }
        }
    }

    fn either(self, page: String, elsewhere: &str) -> String {
        match self.hub {
            HubKind::HuggingFace | HubKind::Proxy => page,
            HubKind::Other => format!("{elsewhere} of {}", self.endpoint.host()),
        }
    }
}
