//! The wording of one case: the diagnosis's row, filled with facts, and the evidence for it.

use super::answer::{Evidence, Trust};
use super::diagnosis::Diagnosis;
use super::endpoint::{Endpoint, PAGES};
use super::facts::Facts;
use super::form;
use super::identity::{Identity, OrgRole, TokenRole};
use super::need::Need;
use super::repo::RepoRef;
use super::report::Words;
use super::span;
use super::standing;
use super::token::TokenKind;

/// What is known of the run, whichever need is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// `HF_TOKEN`, or the path of the token file.
    pub(crate) source: &'a str,
    /// The kind of token, once there is one.
    pub(crate) kind: Option<TokenKind>,
    /// The Hub asked.
    pub(crate) endpoint: &'a Endpoint,
    /// Who the token is, if whoami said so.
    pub(crate) identity: Option<&'a Identity>,
    /// Everything the job needs, for a form that satisfies all of it.
    pub(crate) needs: &'a [Need],
}

impl Scene<'_> {
    /// The wording of `diagnosis` for `need`; `facts` are those particular to the case.
    pub(crate) fn words(
        &self,
        diagnosis: Diagnosis,
        need: Option<&Need>,
        evidence: Option<&Evidence>,
        facts: Facts,
    ) -> Words {
        let row = diagnosis.row();
        let facts = self.facts(need, evidence, facts);
        let mut why: Vec<String> = Vec::new();
        why.extend(Some(facts.fill(row.because)).filter(|line| !line.is_empty()));
        why.extend(self.context(diagnosis, need));
        why.extend(evidence.and_then(|evidence| said(self.endpoint, evidence)));
        let mut fix = vec![facts.fill(row.fix)];
        if edits_a_token(diagnosis) {
            fix.push(facts.fill("Or create one with just what this job needs: {form}"));
        }
        Words { summary: facts.fill(row.summary), why, fix }
    }

    /// The facts that hold for every diagnosis. What the case brings comes first and wins.
    fn facts(&self, need: Option<&Need>, evidence: Option<&Evidence>, facts: Facts) -> Facts {
        let repo = need.and_then(repo_of);
        let holder = self.identity.map_or("the token's account", |identity| identity.name.as_str());
        let owner = repo.map_or("its owner", |repo| repo.owner.as_deref().unwrap_or("its owner"));
        let owner = match need {
            Some(Need::Permission(permission)) => permission.entity.as_deref().unwrap_or(holder),
            _ => owner,
        };
        let role = self.identity.and_then(|i| i.membership(owner)).map_or("unknown", |org| org.role.name());
        let wait = evidence
            .and_then(|e| e.retry_after)
            .map_or_else(|| "later".into(), |wait| format!("in {}", span::say(wait)));
        let near = self.identity.and_then(|identity| standing::nearly(identity, owner)).unwrap_or_default();
        facts
            .with("source", self.source)
            .with("host", self.endpoint.host())
            .with("holder", holder)
            .with("token", self.token_phrase())
            .with("phrase", self.kind.map_or("a token", TokenKind::phrase))
            .with("subject", need.map_or_else(|| "the identity".into(), Need::subject))
            .with("id", repo.map(RepoRef::id).unwrap_or_default())
            .with("kind", repo.map_or("repo", |repo| repo.kind.noun()))
            .with("page", repo.map(|repo| format!("{PAGES}/{repo}")).unwrap_or_default())
            .with("owner", owner)
            .with("role", role)
            .with("near", near)
            .with("homes", self.homes())
            .with("members", format!("{PAGES}/organizations/{owner}/settings/members"))
            .with("settings", form::SETTINGS)
            .with("form", form::filled_for(self.needs, self.identity))
            .with(
                "question",
                need.map_or_else(
                    || "the identity".into(),
                    |need| format!("the right to {} {}", need.word(), need.subject()),
                ),
            )
            .with("act", need.map_or("use", |need| if matches!(need, Need::Create(_)) { "create" } else { "use" }))
            .with("when", wait)
            .with(
                "tls_fix",
                evidence
                    .and_then(|e| e.trust)
                    .map_or("Check HF_ENDPOINT and what stands between this job and it", Trust::fix),
            )
            .with("detail", evidence.and_then(|e| e.detail.clone().or_else(|| e.notice.clone())).unwrap_or_default())
    }

    /// `token "ci"`, or `the token` where its name is not known.
    fn token_phrase(&self) -> String {
        let name =
            self.identity.and_then(|identity| identity.access.as_ref()).and_then(|access| access.name.as_deref());
        name.map_or_else(|| "the token".into(), |name| format!("token \"{name}\""))
    }

    fn homes(&self) -> String {
        let Some(identity) = self.identity else { return "an account of yours".into() };
        let writable = |role| matches!(role, OrgRole::Admin | OrgRole::Write);
        let orgs = identity.orgs.iter().flatten().filter(|org| writable(org.role)).map(|org| org.name.as_str());
        std::iter::once(identity.name.as_str()).chain(orgs).take(4).collect::<Vec<_>>().join(" or ")
    }

    /// What else the identity says that helps to understand the refusal.
    fn context(&self, diagnosis: Diagnosis, need: Option<&Need>) -> Vec<String> {
        let (Some(identity), Some(need)) = (self.identity, need) else { return Vec::new() };
        let mut lines = Vec::new();
        let owner = repo_of(need).and_then(|repo| repo.owner.as_deref());
        if let (Some(owner), true) = (owner, names_an_owner(diagnosis)) {
            if let Some(near) = standing::nearly(identity, owner) {
                lines.push(format!("Is the owner meant to be {near}? {owner} is one edit away from it"));
            } else if !identity.is(owner) && identity.membership(owner).is_none() {
                let orgs: Vec<_> = identity.namespaces().skip(1).take(6).collect();
                let orgs = if orgs.is_empty() { "no organization".into() } else { orgs.join(", ") };
                lines.push(format!("whoami lists {orgs} for {}, and not {owner}", identity.name));
            }
        }
        if let Some(org) = owner.and_then(|owner| identity.membership(owner)) {
            let names: Vec<_> = org.restrictions.iter().map(|restriction| restriction.name()).collect();
            if !names.is_empty() {
                lines.push(format!("whoami lists a restriction of {} for this token: {}", org.name, names.join(", ")));
            }
        }
        if let Some(TokenRole::FineGrained(scopes)) = identity.access.as_ref().map(|access| &access.role)
            && let Some(entity) = lacking_entity(diagnosis, need, identity)
        {
            let listed = scopes.listed_for(&entity);
            let listed = if listed.is_empty() { "nothing".into() } else { listed.join(", ") };
            lines.push(format!("Its permissions on {entity}: {listed}"));
        }
        lines
    }
}

/// Where an edit of the token mends it, and so would a new one.
fn edits_a_token(diagnosis: Diagnosis) -> bool {
    use Diagnosis as D;
    matches!(
        diagnosis,
        D::ReadDeniedFineGrained
            | D::WriteDeniedFineGrained
            | D::CreateDeniedFineGrained
            | D::RepoGatedFineGrained
            | D::PermissionMissing
    )
}

/// The repo that a need is about.
fn repo_of(need: &Need) -> Option<&RepoRef> {
    match need {
        Need::Read(repo) | Need::Write(repo) | Need::Create(repo) => Some(repo),
        Need::Permission(_) | Need::ValidFor(_) => None,
    }
}

/// The refusals that may be explained by an owner who is somebody else.
fn names_an_owner(diagnosis: Diagnosis) -> bool {
    use Diagnosis as D;
    matches!(
        diagnosis,
        D::ReadDenied
            | D::WriteDenied
            | D::CreateDenied
            | D::WriteDeniedReadToken
            | D::CreateDeniedReadToken
            | D::ReadDeniedFineGrained
            | D::WriteDeniedFineGrained
            | D::CreateDeniedFineGrained
            | D::WriteDeniedNotMember
            | D::CreateDeniedNotMember
            | D::RepoNotVisible
    )
}

fn lacking_entity(diagnosis: Diagnosis, need: &Need, identity: &Identity) -> Option<String> {
    use Diagnosis as D;
    match (diagnosis, need) {
        (D::ReadDeniedFineGrained | D::WriteDeniedFineGrained | D::CreateDeniedFineGrained, _) => {
            repo_of(need)?.owner.clone()
        }
        (D::PermissionMissing, Need::Permission(permission)) => {
            Some(permission.entity.clone().unwrap_or_else(|| identity.name.clone()))
        }
        _ => None,
    }
}

/// The Hub's own words, with the status and the request id: evidence, never in place of a diagnosis.
fn said(endpoint: &Endpoint, evidence: &Evidence) -> Option<String> {
    let Some(status) = evidence.status else { return evidence.detail.clone() };
    let mut line = format!("{} answered {status}", endpoint.host());
    if let Some(code) = &evidence.error_code {
        line.push_str(&format!(" {code}"));
    }
    if let Some(message) = &evidence.error_message {
        line.push_str(&format!(": \"{message}\""));
    }
    if let Some(detail) = &evidence.detail {
        line.push_str(&format!(": {detail}"));
    }
    if let Some(wait) = evidence.retry_after.filter(|_| status >= 500) {
        line.push_str(&format!(", and asks to come back in {}", span::say(wait)));
    }
    if let Some(id) = &evidence.request_id {
        line.push_str(&format!(" (request {id})"));
    }
    Some(line)
}

/// `alice, write token "ci", in acme (read), lab (admin)`.
pub(crate) fn describe(identity: Option<&Identity>, kind: TokenKind) -> String {
    let Some(identity) = identity else { return String::new() };
    let mut parts = vec![identity.name.clone()];
    parts.push(match identity.access.as_ref() {
        Some(access) => {
            let role = match &access.role {
                TokenRole::Read => "read",
                TokenRole::Write => "write",
                TokenRole::FineGrained(_) => "fine-grained",
                TokenRole::Other(role) => role,
            };
            access.name.as_ref().map_or_else(|| format!("{role} token"), |name| format!("{role} token \"{name}\""))
        }
        None => kind.phrase().trim_start_matches("an ").trim_start_matches("a ").into(),
    });
    let orgs: Vec<_> =
        identity.orgs.iter().flatten().take(4).map(|org| format!("{} ({})", org.name, org.role.name())).collect();
    let hidden = identity.orgs.as_ref().map_or(0, Vec::len).saturating_sub(orgs.len());
    if !orgs.is_empty() {
        let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
        parts.push(format!("in {}{more}", orgs.join(", ")));
    }
    parts.join(", ")
}
