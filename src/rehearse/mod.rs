//! `--rehearse CODE`: a run that does not happen. What the Hub would have said is made up, and what has to be known of the
//! token; everything behind that, from judgement to the last line of the report, is what a real run goes through. Neither a
//! token nor the Hub is asked for anything.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

mod holder;
mod local;
mod responses;
mod whoami;

use crate::cli::options::{Audit, Options};
use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::exit_code::ExitCode;
use crate::diagnosis::message::MessageContext;
use crate::env::Env;
use crate::model::asked::{Asked, MOST_ROUNDS};
use crate::model::author::{Author, HubKind};
use crate::model::endpoint::Endpoint;
use crate::model::identity::Identity;
use crate::model::permission::{KnownPermission, Permission, PermissionName};
use crate::model::question::{self, JobRef};
use crate::model::reply::{JobReply, RepoReply, WhoamiReply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::requirement::{Access, Requirement};
use crate::model::revision::Revision;
use crate::model::timestamp::Timestamp;
use crate::platform::Platform;
use crate::policy::assess::{self, Replies};
use crate::policy::entitlement;
use crate::policy::lifetime::{Clock, Witness};
use crate::policy::table;
use crate::report::Outcome;
use crate::token::kind::TokenInfo;
use crate::token::redact::Redactor;
use crate::token::source::{MissingToken, Source};
use responses::Responses;

/// What a run would have found in which a diagnosis decides.
pub struct Rehearsal {
    /// The user's, with what the diagnosis takes besides: a need that can fail so, `--audit`.
    pub options: Options,
    /// What came back, or why nothing was asked.
    pub found: Result<Heard, MissingToken>,
    /// Needs that could not be granted in this case, by their place; they were not put to the made-up Hub.
    pub left_out: Vec<usize>,
}

/// A token, and what came back.
pub struct Heard {
    /// What it is.
    pub info: TokenInfo,
    /// Where it was.
    pub source: Source,
    /// What the Hub said of it.
    pub replies: Replies,
}

/// Where in a run a diagnosis arises.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// There is no token to ask about.
    Token,
    /// whoami refuses.
    Identity,
    /// Wherever the Hub is asked.
    Everywhere,
    /// At one need.
    Requirement,
    /// Nowhere: a warning beside a run that passes.
    Beside,
}

fn place(diagnosis: Diagnosis) -> Place {
    use Diagnosis as D;
    match (diagnosis, diagnosis.exit()) {
        // A login file is looked for only where there is no token.
        (D::TokenIgnoredFile, _) | (_, Some(ExitCode::NoToken)) => Place::Token,
        (D::TokenRejected | D::TokenExpired | D::TokenUnconfirmed, _) => Place::Identity,
        (D::ExpiryUnknown | D::ReadGatesUnchecked | D::RepoRenamed | D::RepoRedirectedKind | D::BranchNotFound, _) => {
            Place::Requirement
        }
        (_, None) => Place::Beside,
        (D::HubNotAHub | D::RightUnknown | D::RevisionUnknown | D::TokenNotDelivered, _) => Place::Requirement,
        (_, Some(ExitCode::Unavailable | ExitCode::RateLimited)) => Place::Everywhere,
        _ => Place::Requirement,
    }
}

/// The run in which `diagnosis` decides. A need of the user's is the one that fails, where one can; else one is made up.
pub fn rehearse(diagnosis: Diagnosis, options: &Options, env: &Env, now: Timestamp) -> Rehearsal {
    let mut options = options.clone();
    if diagnosis.code().starts_with("audit-") {
        options.audit = Audit::Practices;
    }
    let source = local::source(diagnosis, options.token_file.take(), env);
    if place(diagnosis) == Place::Token {
        let token_warnings = local::token_warnings(diagnosis, env);
        let diagnosis = if token_warnings.is_empty() { diagnosis } else { Diagnosis::TokenMissing };
        let (params, redactor) = (local::params(diagnosis, env), Redactor::default());
        let found = Err(MissingToken { diagnosis, source, params, token_warnings, redactor });
        return Rehearsal { options, found, left_out: Vec::new() };
    }
    let can_fail = |requirement: &Requirement| {
        let requirements = [requirement.clone()];
        Case::new(diagnosis, Some(requirement), &requirements, &options.endpoint, now).comes_about(requirement)
    };
    let mut at = options.requirements.iter().position(can_fail).filter(|_| place(diagnosis) == Place::Requirement);
    if at.is_none() && takes_a_need(diagnosis, &options.requirements) {
        options.requirements.push(sample(diagnosis));
        at = Some(options.requirements.len() - 1).filter(|_| place(diagnosis) == Place::Requirement);
    }
    let case =
        Case::new(diagnosis, at.map(|at| &options.requirements[at]), &options.requirements, &options.endpoint, now);
    // Offline, it arises at every need that is asked about.
    let decides_at =
        at.or_else(|| options.requirements.iter().position(|requirement| question::first(requirement).is_some()));
    let is_out = |index: &usize| {
        let is_before = decides_at.is_none_or(|at| *index < at);
        Some(*index) != at && case.is_decided_by(&options.requirements[*index], is_before)
    };
    let left_out: Vec<_> = (0..options.requirements.len()).filter(is_out).collect();
    let kept = options.requirements.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
    let replies = Replies {
        whoami: case.whoami(),
        asked: kept.map(|(index, requirement)| case.asked(requirement, Some(index) == at)).collect(),
        job: case.job(&source, options.job_id.as_deref()),
        token_warnings: local::token_warnings(diagnosis, env),
        hidden_login: None,
        practices: local::practices(diagnosis, env),
    };
    let found = Ok(Heard { info: case.info.clone(), source, replies });
    Rehearsal { options, found, left_out }
}

/// A case: who the token is, and what the Hub says of it.
struct Case<'a> {
    responses: Responses<'a>,
    now: Timestamp,
    info: TokenInfo,
    /// Absent where whoami gives none.
    identity: Option<Identity>,
}

impl<'a> Case<'a> {
    /// `spoiled` is the one of `needs` where the diagnosis arises.
    fn new(
        diagnosis: Diagnosis,
        failing: Option<&Requirement>,
        requirements: &[Requirement],
        endpoint: &'a Endpoint,
        now: Timestamp,
    ) -> Self {
        let knows =
            matches!(place(diagnosis), Place::Requirement | Place::Beside) && diagnosis != Diagnosis::IdentityUnknown;
        let info = holder::info(diagnosis, requirements, now);
        let identity = knows.then(|| holder::identity(diagnosis, info.kind, failing, requirements, now));
        Self { responses: Responses { diagnosis, endpoint }, now, info, identity }
    }

    fn whoami(&self) -> Option<WhoamiReply> {
        if self.responses.diagnosis == Diagnosis::HubOffline {
            return None;
        }
        Some(match &self.identity {
            Some(identity) => self.responses.known(identity),
            None => self.responses.unknown(),
        })
    }

    /// What becomes of a requirement, and of the further round that its answer leads to.
    fn asked(&self, requirement: &Requirement, is_failing: bool) -> Asked {
        let hub = self.responses;
        let answer = |question| match place(hub.diagnosis) {
            // Nothing but silence leaves such a token unconfirmed.
            Place::Identity if hub.diagnosis == Diagnosis::TokenUnconfirmed => {
                Responses { diagnosis: Diagnosis::HubError, ..hub }.access(question)
            }
            Place::Identity | Place::Everywhere => hub.access(question),
            Place::Requirement if is_failing => hub.access(question),
            Place::Token | Place::Requirement | Place::Beside => hub.granted(question),
        };
        if hub.diagnosis == Diagnosis::HubOffline {
            return Asked::offline(requirement);
        }
        let mut asked = Asked::new(requirement, question::first(requirement).map(answer));
        for _ in 1..MOST_ROUNDS {
            let more: Vec<_> = asked.further().into_iter().map(answer).collect();
            asked.follow_ups.extend(more);
        }
        let is_here = is_failing && place(hub.diagnosis) == Place::Requirement;
        let revision = |question| if is_here { hub.revision(question) } else { hub.granted_revision(question) };
        asked.revision = asked.about_the_revision().map(revision);
        let is_of_another_kind =
            |reply: &&mut RepoReply| requirement.repo().is_some_and(|repo| repo.kind != reply.question.repo.kind);
        if hub.diagnosis == Diagnosis::RepoWrongKind
            && let Some(other) = asked.follow_ups.iter_mut().find(is_of_another_kind)
        {
            *other = hub.granted(other.question.clone());
        }
        asked
    }

    /// The record of the job, under every owner that it may have: it is the user's own.
    fn job(&self, source: &Source, id: Option<&str>) -> Vec<JobReply> {
        let owners = self.identity.iter().flat_map(Identity::namespaces);
        let jobs = owners.filter(|_| self.responses.diagnosis == Diagnosis::AuditEnvNotSecret).filter_map(|owner| {
            JobRef::new(owner, id.unwrap_or_default()).or_else(|| JobRef::new(owner, "0123456789ab"))
        });
        let hub = self.responses;
        let reply = |(at, job)| if at == 0 { hub.job(job, &source.to_string()) } else { hub.no_job(job) };
        jobs.enumerate().map(reply).collect()
    }

    /// Whether the diagnosis is what a run with its need alone comes to.
    fn comes_about(&self, requirement: &Requirement) -> bool {
        let asked = [self.asked(requirement, true)];
        let context = MessageContext {
            timeout: std::time::Duration::ZERO,
            source: "",
            platform: Platform::Unknown,
            kind: None,
            hidden_login: None,
            endpoint: self.responses.endpoint,
            hub: HubKind::of(self.responses.endpoint.site(), Author::HuggingFace),
            identity: None,
            requirements: &[],
        };
        let clock = Clock { now: self.now, witness: Witness::Machine };
        let done = assess::assess(context, &self.info, clock, self.whoami().as_ref(), &asked);
        let found = done.requirements.last().and_then(|finding| finding.diagnosis);
        found == Some(self.responses.diagnosis)
            || done.warnings.iter().any(|warning| warning.diagnosis == self.responses.diagnosis)
    }

    /// Whether `need`, which nobody can be asked about, would fail and decide in a case that is about something else.
    /// `is_before`: it stands before the need where the diagnosis arises.
    fn is_decided_by(&self, requirement: &Requirement, is_before: bool) -> bool {
        let Requirement::Permission(permission) = requirement else { return false };
        let decides_first = self.identity.is_none()
            && !matches!(self.responses.diagnosis, Diagnosis::IdentityUnknown | Diagnosis::HubOffline);
        let entitlement = entitlement::of_permission(self.identity.as_ref(), &self.info, permission);
        let Some(other) = table::judge_permission(entitlement).filter(|_| !decides_first) else { return false };
        match (Outcome::of(Some(self.responses.diagnosis)), Outcome::of(Some(other))) {
            (Outcome::Pass | Outcome::Skipped, _) | (Outcome::Unknown, Outcome::Fail) => true,
            (Outcome::Fail, Outcome::Unknown) => false,
            _ => is_before,
        }
    }
}

/// Whether the diagnosis cannot arise with these needs alone.
fn takes_a_need(diagnosis: Diagnosis, requirements: &[Requirement]) -> bool {
    let nobody_is_asked = requirements.iter().all(|requirement| question::first(requirement).is_none());
    match diagnosis {
        Diagnosis::HubOffline | Diagnosis::IdentityUnknown | Diagnosis::AuditOverprivileged => nobody_is_asked,
        _ => place(diagnosis) == Place::Requirement,
    }
}

/// The need that this diagnosis is about.
fn sample(diagnosis: Diagnosis) -> Requirement {
    use Diagnosis as D;
    match diagnosis {
        D::PermissionMissing => Requirement::Permission(Permission {
            name: PermissionName::Known(KnownPermission::JobWrite),
            entity: Some("acme".into()),
        }),
        D::TokenExpiresEarly | D::ExpiryUnknown => Requirement::ValidFor(std::time::Duration::from_secs(2 * 86_400)),
        D::RevisionNotFound | D::RevisionUnknown => at("v1.0", Access::Read),
        D::BranchNotFound => at("dev", Access::Write),
        D::RightUnknown => Requirement::to_repo(Access::Create, repo()),
        D::HubNotAHub => Requirement::to_repo(Access::Write, repo()),
        _ if diagnosis.code().starts_with("write-") => Requirement::to_repo(Access::Write, repo()),
        _ if diagnosis.code().starts_with("create-") => Requirement::to_repo(Access::Create, repo()),
        _ => Requirement::to_repo(Access::Read, repo()),
    }
}

/// Access to that repo at a revision.
fn at(revision: &str, access: Access) -> Requirement {
    Requirement::Repo { access, repo: repo(), revision: Revision::parse(revision).ok() }
}

fn repo() -> RepoRef {
    RepoRef { kind: RepoKind::Model, owner: Some("acme".into()), name: "model".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_is_read_back_from_whoami_as_it_was_written() {
        let (endpoint, now) = (Endpoint::default(), Timestamp::from_unix(1_791_331_200).expect("a moment"));
        let mut known = 0;
        for diagnosis in Diagnosis::ALL {
            let requirements = [sample(*diagnosis)];
            let case = Case::new(*diagnosis, requirements.first(), &requirements, &endpoint, now);
            let Some(identity) = &case.identity else { continue };
            assert_eq!(case.responses.known(identity).identity(), Some(identity), "{diagnosis:?}");
            known += 1;
        }
        assert!(known > 40, "{known}");
    }
}
