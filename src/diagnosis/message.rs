//! The wording of one case: the diagnosis's row, filled with facts, and the evidence for it.

use std::path::Path;
use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::links::Links;
use crate::diagnosis::params::Params;
use crate::model::author::{HubKind, Site};
use crate::model::duration;
use crate::model::endpoint::Endpoint;
use crate::model::identity::{Identity, TokenRole};
use crate::model::membership::{self, OrgRole};
use crate::model::obstacle::{Obstacle, Restriction};
use crate::model::printable;
use crate::model::reply::Exchange;
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};
use crate::platform::Platform;
use crate::token::kind::TokenKind;

/// The problem, the evidence, and one thing to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// One sentence without a full stop.
    pub summary: String,
    /// The narrowest reason first, the Hub's own words last.
    pub why: Vec<String>,
    /// The thing to do; empty where nothing is to be done.
    pub fix: Vec<String>,
}

/// Stands for an owner that nothing names.
const OWNER_OF_A_REPO: &str = "its owner";
const SOME_ORGANIZATION: &str = "the organization";

/// One cause, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Why, in clauses.
    pub why: Vec<String>,
    /// What to do: one thing, perhaps with an alternative.
    pub fix: Vec<String>,
}

/// What is known of the run, whichever need is looked at.
#[derive(Clone, Copy, Debug)]
pub struct MessageContext<'a> {
    /// `--timeout`.
    pub timeout: Duration,
    /// `HF_TOKEN`, or the path of the token file.
    pub source: &'a str,
    /// Where the job runs.
    pub platform: Platform,
    /// A login that the Python client would use without the variable that holds the token.
    pub hidden_login: Option<&'a Path>,
    /// The kind of token, once there is one.
    pub kind: Option<TokenKind>,
    /// The Hub asked.
    pub endpoint: &'a Endpoint,
    /// What kind of Hub it is, as far as it has answered.
    pub hub: HubKind,
    /// Who the token is, if whoami said so.
    pub identity: Option<&'a Identity>,
    /// Everything the job needs, for a form that satisfies all of it.
    pub requirements: &'a [Requirement],
}

impl MessageContext<'_> {
    /// The wording of `diagnosis` for `requirement`; `params` are the facts particular to the case.
    pub fn message(
        &self,
        diagnosis: Diagnosis,
        requirement: Option<&Requirement>,
        exchange: Option<&Exchange>,
        params: Params,
    ) -> Message {
        self.message_of(diagnosis, requirement, exchange, params, None)
    }

    /// The same, where the identity tells the cause: its reason comes first, and its fix replaces the general one.
    pub fn message_of(
        &self,
        diagnosis: Diagnosis,
        requirement: Option<&Requirement>,
        exchange: Option<&Exchange>,
        params: Params,
        cause: Option<Cause>,
    ) -> Message {
        let row = diagnosis.row();
        let params = self.params(requirement, exchange, params);
        let summary = capitalized(params.fill(row.summary));
        let (mut why, fix) = cause.map_or_else(Default::default, |cause| (cause.why, cause.fix));
        why.extend(Some(params.fill(row.because)).filter(|line| !line.is_empty()));
        why.extend(self.context(diagnosis, requirement));
        why.extend(gate_note(diagnosis, requirement).map(Into::into));
        why.extend(self.login_note(diagnosis));
        // What a row of the catalog takes from the exchange is not said twice.
        why.extend(exchange.and_then(|exchange| said(self.endpoint, exchange)).filter(|line| !why.contains(line)));
        why.extend(exchange.and_then(|exchange| self.too_long_a_wait(exchange)));
        if !fix.is_empty() {
            return Message { summary, why, fix };
        }
        let mut fix = vec![params.fill(row.fix)];
        if edits_a_token(diagnosis) {
            fix.push(params.fill("Or create a token with only what this job requires at {form} and {store}"));
        }
        Message { summary, why, fix }
    }

    /// Why the program did not wait as long as the server asked it to.
    fn too_long_a_wait(&self, exchange: &Exchange) -> Option<String> {
        let wait = exchange.retry_after.filter(|wait| *wait > self.timeout)?;
        let limit = duration::say(self.timeout);
        Some(format!("waiting for it would take {}, and --timeout is {limit}", duration::say(wait)))
    }

    /// The facts that hold for every diagnosis. What the case brings comes first and wins.
    fn params(&self, requirement: Option<&Requirement>, exchange: Option<&Exchange>, params: Params) -> Params {
        let repo = requirement.and_then(Requirement::repo);
        let holder = self.holder();
        let (named, unnamed) = match requirement {
            Some(Requirement::Permission(permission)) => (permission.entity.as_deref().or(Some(holder)), ""),
            Some(Requirement::Repo { repo, .. }) => (repo.owner.as_deref(), OWNER_OF_A_REPO),
            Some(Requirement::ValidFor(_)) | None => (None, SOME_ORGANIZATION),
        };
        let owner = named.unwrap_or(unnamed);
        let role = self.identity.and_then(|i| i.membership(owner)).map_or("unknown", |org| org.role.name());
        let wait = exchange
            .and_then(|e| e.retry_after)
            .map_or_else(|| "later".into(), |wait| format!("in {}", duration::say(wait)));
        let near = self.identity.and_then(|identity| identity.nearest_namespace(owner)).unwrap_or_default();
        let links = self.links();
        let advice = self.platform.advice();
        let rename = params.fill(advice.rename);
        let obstacle = exchange.and_then(|exchange| exchange.obstacle.as_ref());
        let (host, host_name) = (self.endpoint.host(), self.endpoint.host_name());
        let remedy = obstacle
            .map_or("Check HF_ENDPOINT, the proxy variables and the network between this job and {host}", |obstacle| {
                obstacle.fix(self.endpoint.site())
            });
        let remedy = Params::default()
            .with("host", host.as_str())
            .with("host_name", host_name)
            .with("proxy_variable", obstacle.and_then(Obstacle::proxy_variable).unwrap_or("HTTPS_PROXY"))
            .fill(remedy);
        params
            .with("source", self.source)
            .with("provide", advice.provide)
            .with("store", advice.store)
            .with("rename", rename)
            .with("host", host)
            .with("host_name", host_name)
            .with("limits", "It lacks this API; it may be a mirror, or not a Hub at all")
            .with("endpoint", self.endpoint.to_string())
            .with("holder", holder)
            .with("token", self.token_phrase())
            .with("phrase", self.kind.map_or("a token", TokenKind::phrase))
            .with("subject", requirement.map_or_else(|| "the identity".into(), Requirement::subject))
            .with("id", repo.map(RepoRef::id).unwrap_or_default())
            .with("kind", repo.map_or("repo", |repo| repo.kind.noun()))
            .with("repo", repo.map(ToString::to_string).unwrap_or_default())
            .with("type", repo.map(type_option).unwrap_or_default())
            .with("page", repo.map(|repo| links.page(repo)).unwrap_or_default())
            .with("owner", owner)
            .with("role", role)
            .with("near", near)
            .with("homes", self.homes())
            .with("members", links.members(owner))
            .with("organization", links.organization(named))
            .with("authentication", links.authentication())
            .with("settings", links.settings())
            .with("form", links.form(self.requirements, self.identity))
            .with("status", links.status())
            .with("without_route", links.without_route())
            .with("redirected", links.redirected())
            .with("unmarked", self.unmarked(exchange))
            .with(
                "question",
                requirement.map_or_else(
                    || "the identity".into(),
                    |requirement| format!("the right to {} {}", requirement.name(), requirement.subject()),
                ),
            )
            .with(
                "act",
                requirement.map_or("use", |requirement| {
                    if matches!(requirement, Requirement::Repo { access: Access::Create, .. }) {
                        "create"
                    } else {
                        "use"
                    }
                }),
            )
            .with("when", wait)
            .with("restriction", obstacle.and_then(Obstacle::restriction).map_or("", Restriction::detail))
            .with("remedy", remedy)
            .with("detail", exchange.and_then(|e| e.detail.clone().or_else(|| e.notice.clone())).unwrap_or_default())
    }

    /// An old token in a variable stops a login that works.
    fn login_note(&self, diagnosis: Diagnosis) -> Option<String> {
        let path =
            self.hidden_login.filter(|_| matches!(diagnosis, Diagnosis::TokenRejected | Diagnosis::TokenExpired))?;
        let (source, path) = (self.source, printable::path(path));
        Some(format!(
            "{source} hides the login in {path}, which the Python client would use without it; `--token-file {path}` checks that one"
        ))
    }

    /// The pages of this Hub.
    pub fn links(&self) -> Links<'_> {
        Links { hub: self.hub, endpoint: self.endpoint }
    }

    /// The name of the token's user.
    pub fn holder(&self) -> &str {
        self.identity.map_or("the token's account", |identity| identity.name.as_str())
    }

    /// What a response without the Hub's mark says, at most.
    fn unmarked(&self, exchange: Option<&Exchange>) -> String {
        let is_refusal = exchange.is_some_and(|exchange| matches!(exchange.status, Some(401 | 403)));
        match self.endpoint.site() {
            Site::Elsewhere if is_refusal => format!(
                "It does not carry the Hub's mark, so it proves nothing: the token may be wrong for {}, or a proxy requires its own login",
                self.endpoint.host()
            ),
            Site::Elsewhere | Site::HuggingFace => "It says nothing about the token".into(),
        }
    }

    /// `token "ci"`, or `the token` where its name is not known.
    pub fn token_phrase(&self) -> String {
        let name =
            self.identity.and_then(|identity| identity.access.as_ref()).and_then(|access| access.name.as_deref());
        name.map_or_else(|| "the token".into(), |name| format!("token \"{name}\""))
    }

    /// The owners that the token's user can push to.
    pub fn homes(&self) -> String {
        let Some(identity) = self.identity else { return "an account of yours".into() };
        let writable = |role| matches!(role, OrgRole::Admin | OrgRole::Write);
        let orgs = identity.orgs.iter().filter(|org| writable(org.role)).map(|org| org.name.as_str());
        std::iter::once(identity.name.as_str()).chain(orgs).take(4).collect::<Vec<_>>().join(" or ")
    }

    /// What else the identity says that helps to understand the refusal.
    fn context(&self, diagnosis: Diagnosis, requirement: Option<&Requirement>) -> Vec<String> {
        let (Some(identity), Some(requirement)) = (self.identity, requirement) else { return Vec::new() };
        let mut lines = Vec::new();
        let owner = requirement.owner();
        if let (Some(owner), true) = (owner, names_an_owner(diagnosis)) {
            if let Some(near) = identity.nearest_namespace(owner) {
                lines.push(format!("Did you mean {near}? {owner} differs from it by one character"));
            } else if !identity.is(owner) && identity.membership(owner).is_none() {
                let orgs: Vec<_> = identity.namespaces().skip(1).take(6).collect();
                let orgs = if orgs.is_empty() { "no organization".into() } else { orgs.join(", ") };
                lines.push(format!("According to whoami, {} belongs to {orgs}, not to {owner}", identity.name));
            }
        }
        if let Some(org) = owner.and_then(|owner| identity.membership(owner)) {
            let names: Vec<_> = org.restrictions.iter().map(membership::Restriction::name).collect();
            if !names.is_empty() {
                lines.push(format!("whoami reports a restriction by {}: {}", org.name, names.join(", ")));
            }
        }
        if let Some(TokenRole::FineGrained(scopes)) = identity.access.as_ref().map(|access| &access.role)
            && let Some(entity) = lacking_owner(diagnosis, requirement)
        {
            let listed = scopes.listed_for(entity);
            let listed = if listed.is_empty() { "none".into() } else { listed.join(", ") };
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
        D::ReadDeniedFineGrained | D::WriteDeniedFineGrained | D::CreateDeniedFineGrained | D::RepoGatedFineGrained
    )
}

/// The option of `hf repos` that says what type of repo it is; a model needs none.
fn type_option(repo: &RepoRef) -> String {
    match repo.kind {
        RepoKind::Model => String::new(),
        RepoKind::Dataset | RepoKind::Space | RepoKind::Kernel => {
            format!(" --repo-type {}", repo.kind.noun())
        }
    }
}

/// The sentence with a capital letter, where it starts with the words for an owner that nothing names.
fn capitalized(sentence: String) -> String {
    for owner in [OWNER_OF_A_REPO, SOME_ORGANIZATION] {
        if let Some(rest) = sentence.strip_prefix(owner) {
            return format!("{}{}{rest}", owner[..1].to_uppercase(), &owner[1..]);
        }
    }
    sentence
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

/// People who were let in at a gate expect to see the repo, also after it was made private.
fn gate_note(diagnosis: Diagnosis, requirement: Option<&Requirement>) -> Option<&'static str> {
    let is_read = matches!(requirement, Some(Requirement::Repo { access: Access::Read, .. }));
    (diagnosis == Diagnosis::RepoNotVisible && is_read)
        .then_some("An accepted access request does not open a private repo: its owner has to add the account")
}

/// The owner on whom a fine-grained token lacks a permission.
fn lacking_owner(diagnosis: Diagnosis, requirement: &Requirement) -> Option<&str> {
    use Diagnosis as D;
    matches!(diagnosis, D::ReadDeniedFineGrained | D::WriteDeniedFineGrained | D::CreateDeniedFineGrained)
        .then(|| requirement.repo()?.owner.as_deref())
        .flatten()
}

/// The Hub's own words, with the status and the request id: evidence, never in place of a diagnosis.
fn said(endpoint: &Endpoint, exchange: &Exchange) -> Option<String> {
    let Some(status) = exchange.status else { return exchange.detail.clone() };
    let mut line = format!("{} answered {status}", endpoint.host());
    if let Some(code) = &exchange.error_code {
        line.push_str(&format!(" {code}"));
    }
    if let Some(message) = &exchange.error_message {
        line.push_str(&format!(": \"{message}\""));
    }
    if let Some(detail) = &exchange.detail {
        line.push_str(&format!(": {detail}"));
    }
    if let Some(wait) = exchange.retry_after.filter(|_| status >= 500) {
        line.push_str(&format!("; retry after {}", duration::say(wait)));
    }
    if let Some(id) = &exchange.request_id {
        line.push_str(&format!(" (request {id})"));
    }
    Some(line)
}

/// `alice, write token "ci", in acme (read), lab (admin)`.
pub fn describe(identity: Option<&Identity>, kind: TokenKind) -> String {
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
    let orgs: Vec<_> = identity.orgs.iter().take(4).map(|org| format!("{} ({})", org.name, org.role.name())).collect();
    let hidden = identity.orgs.known.len().saturating_sub(orgs.len());
    if !orgs.is_empty() {
        let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
        parts.push(format!("in {}{more}", orgs.join(", ")));
    }
    parts.join(", ")
}
