use crate::model::answer::Policy;
use crate::model::repo::RepoRef;
use crate::model::sentence::{Sentence, Wording, Words};

/// The words of a refusal.
pub struct Message {
    /// As they came.
    whole: Words,
    /// Without the names of the repo that was asked about.
    nameless: Words,
}

impl Message {
    /// The words of a text, in a response to a question about `repo`.
    pub fn of(text: &str, repo: Option<&RepoRef>) -> Self {
        let whole = Words::of(text);
        let Some(repo) = repo else { return Self { nameless: whole.clone(), whole } };
        let id = repo.id();
        let names = [id.as_str(), &repo.name, repo.owner.as_deref().unwrap_or_default()];
        Self { nameless: whole.clone().without(&names), whole }
    }

    /// A whole sentence says what it says whatever the repo is called; in another wording, its names say nothing.
    pub fn meant(&self, status: u16) -> Option<Sentence> {
        Sentence::exactly(&self.whole).or_else(|| Sentence::meant(&self.nameless, status))
    }

    /// Whether nobody but a Hub says this.
    pub fn is_a_hubs(&self) -> bool {
        Sentence::exactly(&self.whole).is_some_and(|sentence| sentence.wording() == Wording::Distinct)
    }

    /// The rule of an organization, in prose that was never recorded. whoami's `securityRestrictions` comes before any of these.
    pub fn policy(&self) -> Option<Policy> {
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| self.nameless.has(phrase));
        if !has(&["organization", "organization's"]) {
            None
        } else if has(&["fine-grained"]) && has(&["policy", "only", "require", "requires", "required"]) {
            Some(Policy::FineGrainedOnly)
        } else if has(&["ip address", "ip addresses", "ip range", "ip ranges", "ip allow", "your ip", "your network"]) {
            Some(Policy::Network)
        } else if has(&["sso", "single sign-on", "single sign on"]) {
            Some(Policy::Sso)
        } else if has(&["two-factor", "2fa", "mfa", "multi-factor"]) {
            Some(Policy::Mfa)
        } else {
            None
        }
    }
}
