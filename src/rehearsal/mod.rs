//! `--rehearse CODE`: a run that does not happen. What the Hub would have said is made up, and what has to be known of the
//! token; everything behind that, from judgement to the last line of the report, is what a real run goes through. Neither a
//! token nor the Hub is asked for anything.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

mod around;
mod holder;
mod said;

use crate::credential::{Shortfall, Source};
use crate::domain::answer::{Answer, JobRecord, Reply};
use crate::domain::assess::{self, Asked, Replies};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::endpoint::Endpoint;
use crate::domain::exit_code::ExitCode;
use crate::domain::expiry::Moment;
use crate::domain::identity::Identity;
use crate::domain::judge;
use crate::domain::need::{JobRef, Need, Permission, Question};
use crate::domain::reasons::Scene;
use crate::domain::repo::{RepoKind, RepoRef};
use crate::domain::report::Outcome;
use crate::domain::standing;
use crate::domain::token::Nature;
use crate::options::{Audit, Options};

/// What a run would have found in which a diagnosis decides.
pub(crate) struct Rehearsal {
    /// The user's, with what the diagnosis takes besides: a need that can fail so, `--audit`.
    pub(crate) options: Options,
    /// What came back, or why nothing was asked.
    pub(crate) found: Result<Heard, Shortfall>,
    /// Needs that could not be granted in this case, by their place; they were not put to the made-up Hub.
    pub(crate) left_out: Vec<usize>,
}

/// A token, and what came back.
pub(crate) struct Heard {
    /// What it is.
    pub(crate) nature: Nature,
    /// Where it was.
    pub(crate) source: Source,
    /// What the Hub said of it.
    pub(crate) replies: Replies,
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
    Need,
    /// Nowhere: a warning beside a run that passes.
    Beside,
}

fn place(diagnosis: Diagnosis) -> Place {
    use Diagnosis as D;
    match (diagnosis, diagnosis.exit()) {
        // A login file is looked for only where there is no token.
        (D::TokenIgnoredFile, _) | (_, ExitCode::NoToken) => Place::Token,
        (D::TokenRejected | D::TokenExpired | D::TokenUnconfirmed, _) => Place::Identity,
        (D::ExpiryUnknown | D::ReadGatesUnchecked | D::RepoRenamed | D::RepoRedirectedKind, _) => Place::Need,
        (_, ExitCode::Pass) => Place::Beside,
        (D::HubNotAHub | D::RightUnknown, _) => Place::Need,
        (_, ExitCode::Unavailable | ExitCode::RateLimited) => Place::Everywhere,
        _ => Place::Need,
    }
}

/// The run in which `diagnosis` decides. A need of the user's is the one that fails, where one can; else one is made up.
pub(crate) fn rehearse(diagnosis: Diagnosis, options: &Options, now: Moment) -> Rehearsal {
    let mut options = options.clone();
    if diagnosis.code().starts_with("audit-") {
        options.audit = Audit::Habits;
    }
    let source = around::source(diagnosis, options.token_file.take());
    if place(diagnosis) == Place::Token {
        let oddities = around::oddities(diagnosis);
        let diagnosis = if oddities.is_empty() { diagnosis } else { Diagnosis::TokenMissing };
        let found = Err(Shortfall { diagnosis, source, facts: around::facts(diagnosis), oddities });
        return Rehearsal { options, found, left_out: Vec::new() };
    }
    let can_fail = |need: &Need| {
        let needs = [need.clone()];
        Case::new(diagnosis, Some(need), &needs, &options.endpoint, now).comes_about(need)
    };
    let mut at = options.needs.iter().position(can_fail).filter(|_| place(diagnosis) == Place::Need);
    if at.is_none() && takes_a_need(diagnosis, &options.needs) {
        options.needs.push(sample(diagnosis));
        at = Some(options.needs.len() - 1).filter(|_| place(diagnosis) == Place::Need);
    }
    let case = Case::new(diagnosis, at.map(|at| &options.needs[at]), &options.needs, &options.endpoint, now);
    // Offline, it arises at every need that is asked about.
    let decides_at = at.or_else(|| options.needs.iter().position(|need| need.question().is_some()));
    let is_out = |index: &usize| {
        let is_before = decides_at.is_none_or(|at| *index < at);
        Some(*index) != at && case.is_decided_by(&options.needs[*index], is_before)
    };
    let left_out: Vec<_> = (0..options.needs.len()).filter(is_out).collect();
    let kept = options.needs.iter().enumerate().filter(|(index, _)| !left_out.contains(index));
    let replies = Replies {
        whoami: case.whoami(),
        asked: kept.map(|(index, need)| case.asked(need, Some(index) == at)).collect(),
        job: case.job(&source, options.job_id.as_deref()),
        oddities: around::oddities(diagnosis),
        habits: around::habits(diagnosis),
    };
    let found = Ok(Heard { nature: case.nature.clone(), source, replies });
    Rehearsal { options, found, left_out }
}

/// A case: who the token is, and what the Hub says of it.
struct Case<'a> {
    diagnosis: Diagnosis,
    endpoint: &'a Endpoint,
    now: Moment,
    nature: Nature,
    /// Absent where whoami gives none.
    identity: Option<Identity>,
}

impl<'a> Case<'a> {
    /// `spoiled` is the one of `needs` where the diagnosis arises.
    fn new(diagnosis: Diagnosis, spoiled: Option<&Need>, needs: &[Need], endpoint: &'a Endpoint, now: Moment) -> Self {
        let knows = matches!(place(diagnosis), Place::Need | Place::Beside) && diagnosis != Diagnosis::IdentityUnknown;
        let nature = holder::nature(diagnosis, needs, now);
        let identity = knows.then(|| holder::identity(diagnosis, nature.kind, spoiled, needs, now));
        Self { diagnosis, endpoint, now, nature, identity }
    }

    fn whoami(&self) -> Option<Reply> {
        if self.diagnosis == Diagnosis::HubOffline {
            return None;
        }
        let Some(identity) = &self.identity else { return Some(self.spoiled(Question::WhoAmI)) };
        Some(Reply { identity: Some(Box::new(identity.clone())), ..self.granted(Question::WhoAmI) })
    }

    /// What becomes of a need, and of the further round that its answer leads to.
    fn asked(&self, need: &Need, is_spoiled: bool) -> Asked {
        let answer = |question| match place(self.diagnosis) {
            // Nothing but silence leaves such a token unconfirmed.
            Place::Identity if self.diagnosis == Diagnosis::TokenUnconfirmed => {
                said::reply(Diagnosis::HubError, question, self.endpoint)
            }
            Place::Identity | Place::Everywhere => self.spoiled(question),
            Place::Need if is_spoiled => self.spoiled(question),
            Place::Token | Place::Need | Place::Beside => self.granted(question),
        };
        if self.diagnosis == Diagnosis::HubOffline {
            return Asked::offline(need);
        }
        let reply = need.question().map(answer);
        let further = reply.as_ref().map(|reply| need.follow_up(reply.answer)).unwrap_or_default();
        let mut follow_ups: Vec<_> = further.into_iter().map(answer).collect();
        if let Some(first) = follow_ups.first_mut().filter(|_| self.diagnosis == Diagnosis::RepoWrongKind) {
            *first = self.granted(first.question.clone());
        }
        Asked { need: need.clone(), reply, follow_ups }
    }

    /// The record of the job, under every owner that it may have: it is the user's own.
    fn job(&self, source: &Source, id: Option<&str>) -> Vec<Reply> {
        let owners = self.identity.iter().flat_map(Identity::namespaces);
        let jobs = owners.filter(|_| self.diagnosis == Diagnosis::AuditEnvNotSecret).filter_map(|owner| {
            JobRef::new(owner, id.unwrap_or_default()).or_else(|| JobRef::new(owner, "0123456789ab"))
        });
        let record = JobRecord { environment: vec![source.to_string()] };
        let mut replies: Vec<_> =
            jobs.map(|job| said::reply(Diagnosis::RepoNotFound, Question::Job(job), self.endpoint)).collect();
        if let Some(own) = replies.first_mut() {
            *own = Reply { answer: Answer::Described, job: Some(record), ..self.granted(own.question.clone()) };
        }
        replies
    }

    fn spoiled(&self, question: Question) -> Reply {
        said::reply(self.diagnosis, question, self.endpoint)
    }

    fn granted(&self, question: Question) -> Reply {
        said::granted(self.diagnosis, question, self.endpoint)
    }

    /// Whether the diagnosis is what a run with its need alone comes to.
    fn comes_about(&self, need: &Need) -> bool {
        let asked = [self.asked(need, true)];
        let scene = Scene { source: "", kind: None, endpoint: self.endpoint, identity: None, needs: &[] };
        let done = assess::assess(scene, &self.nature, self.now, self.whoami().as_ref(), &asked);
        let found = done.findings.last().and_then(|finding| finding.diagnosis);
        found == Some(self.diagnosis) || done.warnings.iter().any(|warning| warning.diagnosis == self.diagnosis)
    }

    /// Whether `need`, which nobody can be asked about, would fail and decide in a case that is about something else.
    /// `is_before`: it stands before the need where the diagnosis arises.
    fn is_decided_by(&self, need: &Need, is_before: bool) -> bool {
        let Need::Permission(permission) = need else { return false };
        let decides_first =
            self.identity.is_none() && !matches!(self.diagnosis, Diagnosis::IdentityUnknown | Diagnosis::HubOffline);
        let standing = standing::of_permission(self.identity.as_ref(), &self.nature, permission);
        let Some(other) = judge::judge_permission(standing).filter(|_| !decides_first) else { return false };
        match (Outcome::of(Some(self.diagnosis)), Outcome::of(Some(other))) {
            (Outcome::Pass | Outcome::Skipped, _) | (Outcome::Unknown, Outcome::Fail) => true,
            (Outcome::Fail, Outcome::Unknown) => false,
            _ => is_before,
        }
    }
}

/// Whether the diagnosis cannot arise with these needs alone.
fn takes_a_need(diagnosis: Diagnosis, needs: &[Need]) -> bool {
    let nobody_is_asked = needs.iter().all(|need| need.question().is_none());
    match diagnosis {
        Diagnosis::HubOffline | Diagnosis::IdentityUnknown | Diagnosis::AuditOverprivileged => nobody_is_asked,
        _ => place(diagnosis) == Place::Need,
    }
}

/// The need that this diagnosis is about.
fn sample(diagnosis: Diagnosis) -> Need {
    use Diagnosis as D;
    match diagnosis {
        D::PermissionMissing => Need::Permission(Permission { name: "job.write".into(), entity: Some("acme".into()) }),
        D::TokenExpiresEarly | D::ExpiryUnknown => Need::ValidFor(std::time::Duration::from_secs(2 * 86_400)),
        D::RightUnknown => Need::Create(repo()),
        D::HubNotAHub => Need::Write(repo()),
        _ if diagnosis.code().starts_with("write-") => Need::Write(repo()),
        _ if diagnosis.code().starts_with("create-") => Need::Create(repo()),
        _ => Need::Read(repo()),
    }
}

fn repo() -> RepoRef {
    RepoRef { kind: RepoKind::Model, owner: Some("acme".into()), name: "model".into() }
}
