//! From replies to findings: every need gets exactly one, whatever became of its question.

use std::path::PathBuf;

use crate::diagnosis::catalog::{Diagnosis, Severity};
use crate::diagnosis::message::{self, MessageContext};
use crate::diagnosis::message::{Cause, Message};
use crate::diagnosis::params::Params;
use crate::model::answer::{Answer, NoAnswer};
use crate::model::duration;
use crate::model::entitlement::Entitlement;
use crate::model::identity::Identity;
use crate::model::question::{self, Ask};
use crate::model::reply::{Exchange, JobReply, Reply, RepoReply, WhoamiReply};
use crate::model::repo::RepoRef;
use crate::model::requirement::Access;
use crate::model::requirement::Requirement;
use crate::model::timestamp::Timestamp;
use crate::policy::entitlement::{self, Right};
use crate::policy::lifetime::{self, Acceptance, Clock, Lifetime, Witness};
use crate::policy::table::{self, Elsewhere};
use crate::report::{Basis, Finding, Outcome, Warning};
use crate::token::kind::TokenInfo;

/// One need and what the Hub said about it; both lists are empty for a need that is judged from the identity.
#[derive(Debug)]
pub struct Asked {
    /// The need.
    pub requirement: Requirement,
    /// The reply to its question.
    pub reply: Option<RepoReply>,
    /// The replies of the further round.
    pub follow_ups: Vec<RepoReply>,
}

impl Asked {
    /// A need that is not asked about, because the Hub must not be.
    pub fn offline(requirement: &Requirement) -> Self {
        let reply = question::first(requirement)
            .map(|question| Reply::without_exchange(question, Answer::NoAnswer(NoAnswer::Offline)));
        Self { requirement: requirement.clone(), reply, follow_ups: Vec::new() }
    }
}

/// What came back, before it is judged, and what was found without the Hub.
#[derive(Debug, Default)]
pub struct Replies {
    /// Absent where the Hub was not asked.
    pub whoami: Option<WhoamiReply>,
    /// The needs, in the order given.
    pub asked: Vec<Asked>,
    /// The record of the job that this process runs in, under every owner it may have.
    pub job: Vec<JobReply>,
    /// What is odd about the value that the token came in, or about this process.
    pub token_warnings: Vec<(Diagnosis, Params)>,
    /// A login that the Python client would use without the variable that holds the token.
    pub hidden_login: Option<PathBuf>,
    /// What `--audit` found around here.
    pub practices: Vec<(Diagnosis, Params)>,
}

impl Replies {
    /// Every exchange with the Hub; none where it was not asked.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let whoami = self.whoami.iter().map(|reply| &reply.exchange);
        let asked = self.asked.iter().filter(|_| self.whoami.is_some());
        let asked = asked.flat_map(|asked| asked.reply.iter().chain(&asked.follow_ups)).map(|reply| &reply.exchange);
        whoami.chain(asked).chain(self.job.iter().map(|reply| &reply.exchange))
    }

    /// The time by whoami's response, else by any other. `local` is this machine's, for where there was none.
    pub fn clock(&self, local: Timestamp) -> Clock {
        self.exchanges()
            .find_map(|exchange| exchange.date)
            .map_or(Clock { now: local, witness: Witness::Machine }, |now| Clock { now, witness: Witness::Server })
    }
}

/// The findings and warnings that replies come to.
#[derive(Debug)]
pub struct Assessment {
    /// Does the Hub accept the token?
    pub identity: Finding,
    /// The requirements in the order given.
    pub requirements: Vec<Finding>,
    /// In the order of the findings.
    pub warnings: Vec<Warning>,
}

/// Judges everything that the Hub said. `scene.identity` is ignored: it is what whoami gave.
pub fn assess(
    context: MessageContext<'_>,
    info: &TokenInfo,
    clock: Clock,
    whoami: Option<&WhoamiReply>,
    asked: &[Asked],
) -> Assessment {
    let identity = whoami.and_then(WhoamiReply::identity);
    let elsewhere = elsewhere(identity, asked);
    let acceptance = match (identity, elsewhere) {
        (None, Elsewhere::Silent | Elsewhere::Refused) => Acceptance::Open,
        (Some(_), _) | (None, Elsewhere::Granted | Elsewhere::Accepted) => Acceptance::Accepted,
    };
    let context = MessageContext { identity, ..context };
    let mut assessor = Assessor { context, info, clock, acceptance, warnings: Vec::new() };
    let identity = assessor.identity(whoami, elsewhere);
    let settled = Settled::by(&identity);
    let requirements = asked.iter().map(|asked| assessor.requirement(asked, settled)).collect();
    Assessment { identity, requirements, warnings: assessor.warnings }
}

/// Whether the identity already settled the matter.
#[derive(Clone, Copy, PartialEq)]
enum Settled {
    /// The token is rejected: what a 401 says about a need is nothing new.
    Rejected,
    /// The needs are judged on their own.
    Open,
}

impl Settled {
    fn by(identity: &Finding) -> Self {
        match identity.diagnosis {
            Some(Diagnosis::TokenRejected | Diagnosis::TokenExpired) => Self::Rejected,
            _ => Self::Open,
        }
    }
}

struct Assessor<'a> {
    context: MessageContext<'a>,
    info: &'a TokenInfo,
    clock: Clock,
    acceptance: Acceptance,
    warnings: Vec<Warning>,
}

impl Assessor<'_> {
    fn identity(&mut self, whoami: Option<&WhoamiReply>, elsewhere: Elsewhere) -> Finding {
        let Some(reply) = whoami else {
            return Finding::skipped("identity", String::new(), "skipped: HF_HUB_OFFLINE is set");
        };
        let exchange = &reply.exchange;
        let mut diagnosis = table::judge_whoami(&reply.answer, self.info.kind, elsewhere);
        let mut params = Params::default();
        let claimed = self.info.claims.expires_at.and_then(Timestamp::from_unix);
        let past = claimed.filter(|timestamp| timestamp.after(self.clock.now).is_none());
        if let (Some(Diagnosis::TokenRejected | Diagnosis::TokenUnconfirmed), Some(timestamp)) = (diagnosis, past) {
            // The Hub refuses it and the token itself says why: two witnesses.
            diagnosis = Some(Diagnosis::TokenExpired);
            params = params.with("detail", format!("according to its own `exp` claim, it expired at {timestamp}"));
        }
        let name = self.context.identity.map(|identity| identity.name.clone()).unwrap_or_default();
        let mut message = match diagnosis {
            None => Message { summary: message::describe(self.context.identity, self.info.kind), ..Message::default() },
            Some(diagnosis) => self.context.message(diagnosis, None, Some(exchange), params.clone()),
        };
        if diagnosis == Some(Diagnosis::TokenExpired) {
            message.why.insert(0, params.fill("{detail}"));
            message.why.retain(|line| line != "{detail}");
        }
        let outcome = match diagnosis {
            Some(Diagnosis::IdentityUnknown) => Outcome::Unknown,
            other => Outcome::of(other),
        };
        if let Some(warning @ Diagnosis::IdentityUnknown) = diagnosis {
            self.warnings.push(Warning { diagnosis: warning, message: message.clone() });
        }
        self.notice(exchange);
        let exchange = Some(exchange.clone());
        Finding { check: "identity", subject: name, outcome, diagnosis, basis: Basis::Asked, message, exchange }
    }

    fn requirement(&mut self, asked: &Asked, settled: Settled) -> Finding {
        match (&asked.requirement, &asked.reply) {
            (requirement, Some(reply)) if settled == Settled::Rejected && is_unauthorized(reply) => {
                Finding::skipped(requirement.name(), requirement.subject(), "skipped: the token was rejected")
            }
            (Requirement::ValidFor(duration), _) => self.valid_for(&asked.requirement, *duration),
            (Requirement::Permission(permission), _) if settled == Settled::Open => {
                let entitlement = entitlement::of_permission(self.context.identity, self.info, permission);
                let diagnosis = table::judge_permission(entitlement);
                let cause = self.cause(diagnosis, &asked.requirement, entitlement);
                self.finding(&asked.requirement, diagnosis, Basis::Inferred, None, Params::default(), cause)
            }
            (Requirement::Repo { access, repo }, Some(reply)) => self.repo(asked, *access, repo, reply),
            (requirement, _) => {
                Finding::skipped(requirement.name(), requirement.subject(), "skipped: the token was rejected")
            }
        }
    }

    fn repo(&mut self, asked: &Asked, access: Access, repo: &RepoRef, first: &RepoReply) -> Finding {
        let described = asked.follow_ups.iter().find(|reply| reply.question.ask == Ask::Describe);
        // A 404 by the metadata is a real "not found"; any other answer leaves the missing route as it was.
        let reply =
            described.filter(|reply| matches!(reply.answer, Answer::MetadataOnly | Answer::NotFound)).unwrap_or(first);
        let answer = trusted(reply.answer, self.context.identity);
        let right = Right::in_question(&asked.requirement, answer);
        // A repo is created under the name that the job uses; every other access is to the one that the Hub leads to.
        let found = if right == Right::Create { repo } else { &reply.question.repo };
        let requirement = Requirement::Repo { access, repo: found.clone() };
        let entitlement = entitlement::of(self.context.identity, self.info, right, found);
        let mut diagnosis = table::judge(access, answer, entitlement);
        let mut params = Params::default();
        if let (Some(Diagnosis::RepoNotFound | Diagnosis::RepoNotVisible | Diagnosis::RepoOwnerMistyped), Some(found)) =
            (diagnosis, self.other_kind(&asked.follow_ups))
        {
            diagnosis = Some(Diagnosis::RepoWrongKind);
            params = params.with("found", found.to_string());
        }
        if first.question.repo != *repo && answer != Answer::NotFound {
            self.renamed(&asked.requirement, repo, &first.question.repo);
        }
        self.notice(&reply.exchange);
        let inferred = access == Access::Create && answer == Answer::NotFound;
        let basis = if inferred { Basis::Inferred } else { Basis::Asked };
        let cause = self.cause(diagnosis, &requirement, entitlement);
        let mut finding = self.finding(&requirement, diagnosis, basis, Some(&reply.exchange), params, cause);
        finding.subject = asked.requirement.subject();
        if inferred && diagnosis.is_none() {
            finding.message.summary =
                format!("{} does not exist yet; this account may create it", asked.requirement.subject());
        }
        finding
    }

    fn valid_for(&mut self, requirement: &Requirement, required: std::time::Duration) -> Finding {
        let Lifetime { diagnosis, basis, left, evidence } =
            lifetime::judge(required, self.context.identity, self.info, self.acceptance, self.clock);
        let params =
            Params::default().with("when", duration::say(left.unwrap_or_default())).with("detail", evidence.clone());
        let mut finding = self.finding(requirement, diagnosis, basis, None, params, None);
        match (diagnosis, basis) {
            (None, Basis::Inferred) => finding.message.summary = format!("{}: {evidence}", requirement.subject()),
            (Some(Diagnosis::ExpiryUnknown), _) => {}
            _ => finding.message.why.push(evidence),
        }
        finding
    }

    /// A finding and, where its diagnosis is a warning, the warning.
    fn finding(
        &mut self,
        requirement: &Requirement,
        diagnosis: Option<Diagnosis>,
        basis: Basis,
        exchange: Option<&Exchange>,
        params: Params,
        cause: Option<Cause>,
    ) -> Finding {
        let message = diagnosis
            .map(|diagnosis| self.context.message_of(diagnosis, Some(requirement), exchange, params, cause))
            .unwrap_or_default();
        if let Some(diagnosis) = diagnosis.filter(|diagnosis| diagnosis.severity() == Severity::Warning) {
            self.warnings.push(Warning { diagnosis, message: message.clone() });
        }
        let outcome = Outcome::of(diagnosis);
        let (check, subject, exchange) = (requirement.name(), requirement.subject(), exchange.cloned());
        Finding { check, subject, outcome, diagnosis, basis, message, exchange }
    }

    /// What the identity says about it, for the diagnoses that several entitlements lead to.
    fn cause(
        &self,
        diagnosis: Option<Diagnosis>,
        requirement: &Requirement,
        entitlement: Entitlement,
    ) -> Option<Cause> {
        let tells = match diagnosis {
            Some(Diagnosis::PermissionMissing | Diagnosis::RightUnknown) => true,
            Some(Diagnosis::RepoNotVisible) => matches!(entitlement, Entitlement::Lacks | Entitlement::LowRole),
            _ => false,
        };
        tells.then(|| self.context.cause(requirement, entitlement))
    }

    fn renamed(&mut self, requirement: &Requirement, asked: &RepoRef, found: &RepoRef) {
        let diagnosis = if asked.kind == found.kind { Diagnosis::RepoRenamed } else { Diagnosis::RepoRedirectedKind };
        let params = Params::default().with("found", found.to_string());
        let message = self.context.message(diagnosis, Some(requirement), None, params);
        self.warnings.push(Warning { diagnosis, message });
    }

    fn notice(&mut self, exchange: &Exchange) {
        if let Some(notice) = &exchange.notice {
            let params = Params::default().with("detail", notice.clone());
            let message = self.context.message(Diagnosis::HubDeprecation, None, None, params);
            let told = self.warnings.iter().any(|warning| warning.message == message);
            if !told {
                self.warnings.push(Warning { diagnosis: Diagnosis::HubDeprecation, message });
            }
        }
    }

    fn other_kind(&self, follow_ups: &[RepoReply]) -> Option<RepoRef> {
        let exists = |reply: &&RepoReply| {
            matches!(
                trusted(reply.answer, self.context.identity),
                Answer::Granted | Answer::UnverifiedOk | Answer::Gated(_)
            )
        };
        follow_ups.iter().find(exists).map(|reply| reply.question.repo.clone())
    }
}

/// A bare `OK` counts only from a server that has shown itself to be a Hub.
fn trusted(answer: Answer, identity: Option<&Identity>) -> Answer {
    if answer == Answer::UnverifiedOk && identity.is_none() { Answer::NoAnswer(NoAnswer::Unexpected) } else { answer }
}

fn is_unauthorized(reply: &RepoReply) -> bool {
    reply.exchange.status == Some(401)
}

fn elsewhere(identity: Option<&Identity>, asked: &[Asked]) -> Elsewhere {
    let replies: Vec<_> = asked.iter().filter_map(|asked| asked.reply.as_ref()).collect();
    let granted = |reply: &&RepoReply| trusted(reply.answer, identity) == Answer::Granted;
    let accepted = |reply: &&RepoReply| {
        granted(reply)
            || (!is_unauthorized(reply)
                && matches!(reply.answer, Answer::Forbidden | Answer::Gated(_) | Answer::Policy(_) | Answer::NotFound))
    };
    // Needs that are judged from the identity cannot be granted without one.
    let all_asked =
        asked.iter().all(|asked| asked.reply.is_some() || matches!(asked.requirement, Requirement::ValidFor(_)));
    if !replies.is_empty() && all_asked && replies.iter().all(granted) {
        Elsewhere::Granted
    } else if replies.iter().any(accepted) {
        Elsewhere::Accepted
    } else if replies.iter().any(|reply| is_unauthorized(reply)) {
        Elsewhere::Refused
    } else {
        Elsewhere::Silent
    }
}
