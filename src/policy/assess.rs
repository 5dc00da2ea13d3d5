//! From replies to findings: every need gets exactly one, whatever became of its question.

use std::path::PathBuf;

use crate::diagnosis::catalog::{Diagnosis, Severity};
use crate::diagnosis::message::{self, MessageContext};
use crate::diagnosis::message::{Cause, Message};
use crate::diagnosis::params::Params;
use crate::model::answer::{Answer, Gating, NoAnswer};
use crate::model::asked::Asked;
use crate::model::author::{Author, HubKind, Site};
use crate::model::duration;
use crate::model::entitlement::{Doubt, Entitlement};
use crate::model::reply::{Exchange, JobReply, Revised, Whoami, WhoamiReply};
use crate::model::repo::RepoRef;
use crate::model::requirement::Access;
use crate::model::requirement::Requirement;
use crate::model::revision::Revision;
use crate::model::timestamp::Timestamp;
use crate::policy::elsewhere::{elsewhere, is_unauthorized};
use crate::policy::entitlement::{self, Right};
use crate::policy::evidence::{self, Evidence, Shown};
use crate::policy::lifetime::{self, Acceptance, Clock, Lifetime, Witness};
use crate::policy::table::{self, Elsewhere};
use crate::report::{Basis, Finding, Outcome, Warning};
use crate::token::kind::TokenInfo;

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
        let asked = asked.flat_map(Asked::replies).map(|reply| &reply.exchange);
        let revisions = self.asked.iter().filter_map(|asked| asked.revision.as_ref()).map(|reply| &reply.exchange);
        whoami.chain(asked).chain(revisions).chain(self.job.iter().map(|reply| &reply.exchange))
    }

    /// The kind of Hub that gave these replies: by whoami's response, else by any other.
    pub fn hub(&self, site: Site) -> HubKind {
        let answered = |exchange: &Exchange| exchange.status.is_some();
        let whoami = self.whoami.iter().filter(|reply| answered(&reply.exchange)).map(|reply| reply.author);
        let asked = self.asked.iter().flat_map(Asked::replies).filter(|reply| answered(&reply.exchange));
        HubKind::of(site, whoami.chain(asked.map(|reply| reply.author)).next().unwrap_or(Author::Unknown))
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
    let shown = Shown::by(whoami);
    let elsewhere = elsewhere(asked, shown);
    let acceptance = match (identity, elsewhere) {
        (None, Elsewhere::Silent | Elsewhere::Refused | Elsewhere::AllDescribed) => Acceptance::Open,
        (Some(_), _)
        | (None, Elsewhere::Accepted | Elsewhere::Read | Elsewhere::AllRead | Elsewhere::Push | Elsewhere::AllPush) => {
            Acceptance::Accepted
        }
    };
    let context = MessageContext { identity, ..context };
    let mut assessor = Assessor { context, info, clock, acceptance, shown, warnings: Vec::new() };
    let identity = assessor.identity(whoami, elsewhere);
    let settled = Settled::by(&identity);
    let requirements: Vec<_> = asked.iter().map(|asked| assessor.requirement(asked, settled)).collect();
    assessor.warn_once_of_gates(asked, &requirements);
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
    shown: Shown,
    warnings: Vec<Warning>,
}

impl Assessor<'_> {
    fn identity(&mut self, whoami: Option<&WhoamiReply>, elsewhere: Elsewhere) -> Finding {
        let Some(reply) = whoami else {
            return Finding::skipped("identity", String::new(), "skipped: HF_HUB_OFFLINE is set");
        };
        let exchange = &reply.exchange;
        let mut diagnosis = table::judge_whoami(&reply.answer, self.info.kind, elsewhere);
        let mut params = Params::default().with("accepted", without_identity(&reply.answer, elsewhere)).with(
            "undelivered",
            "whoami refused the token, but a download was granted; the Hub refuses a rejected token even for public repos",
        );
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
            (Requirement::ValidFor(duration), _) if settled == Settled::Open => {
                self.valid_for(&asked.requirement, *duration)
            }
            (Requirement::Permission(permission), _) if settled == Settled::Open => {
                let entitlement = match self.context.hub {
                    HubKind::HuggingFace | HubKind::Proxy => {
                        entitlement::of_permission(self.context.identity, self.info, permission)
                    }
                    // Which role has which permission is known of huggingface.co only.
                    HubKind::Other => Entitlement::Unknown(Doubt::OtherHub),
                };
                let diagnosis = table::judge_permission(entitlement);
                let cause = self.cause(diagnosis, &asked.requirement, entitlement);
                self.finding(&asked.requirement, diagnosis, Basis::Inferred, None, Params::default(), cause)
            }
            (Requirement::Repo { access, repo, revision }, Some(_))
                if let Some(evidence) = Evidence::of(asked, *access, self.shown) =>
            {
                let finding = self.repo(asked, *access, repo, evidence);
                match revision {
                    Some(revision) if finding.outcome == Outcome::Pass => {
                        self.revision(asked, *access, revision, finding)
                    }
                    Some(_) | None => finding,
                }
            }
            (requirement, _) => {
                Finding::skipped(requirement.name(), requirement.subject(), "skipped: the token was rejected")
            }
        }
    }

    fn repo(&mut self, asked: &Asked, access: Access, repo: &RepoRef, evidence: Evidence<'_>) -> Finding {
        let Evidence { reply, answer } = evidence;
        let right = Right::in_question(&asked.requirement, answer);
        // A repo is created under the name that the job uses; every other access is to the one that the Hub leads to.
        let found = if right == Right::Create { repo } else { &reply.question.repo };
        let requirement = Requirement::to_repo(access, found.clone());
        // Who may create what is known of huggingface.co only.
        let entitlement = if answer == Answer::MaybeNotFound {
            Entitlement::Unknown(Doubt::OtherHub)
        } else {
            entitlement::of(self.context.identity, self.info, right, found)
        };
        let mut diagnosis = table::judge(access, answer, entitlement);
        let mut params = Params::default().with("undelivered", as_without_token(answer)).with("limits", limits(answer));
        if let (Some(Diagnosis::RepoNotFound | Diagnosis::RepoNotVisible | Diagnosis::RepoOwnerMistyped), Some(other)) =
            (diagnosis, evidence::other_kind(asked, self.shown))
        {
            diagnosis = Some(Diagnosis::RepoWrongKind);
            params = params.with("found", other.to_string());
        }
        if found != repo && answer != Answer::NotFound {
            self.renamed(&asked.requirement, repo, found);
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

    /// The finding about a revision of a repo to which access is granted, in place of the one about the repo, where there is
    /// something to say.
    fn revision(&mut self, asked: &Asked, access: Access, revision: &Revision, granted: Finding) -> Finding {
        let is_new = granted.basis == Basis::Inferred;
        let reply = asked.revision.as_ref();
        // A repo that does not exist yet has no revision, and nobody was asked.
        let answer = reply.map_or(Revised::NoAnswer(NoAnswer::Unexpected), |reply| reply.answer);
        let Some(diagnosis) = table::judge_revision(access, answer).filter(|_| !is_new) else { return granted };
        let found = reply.map(|reply| &reply.question.repo).or(asked.requirement.repo());
        let requirement = found.map(|found| Requirement::to_repo(access, found.clone()));
        let requirement = requirement.as_ref().unwrap_or(&asked.requirement);
        let params = Params::default().with("revision", revision.to_string());
        let exchange = reply.map(|reply| &reply.exchange);
        let mut finding = self.finding(requirement, Some(diagnosis), Basis::Asked, exchange, params, None);
        finding.subject = asked.requirement.subject();
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

    /// A mirror that does not state the gates says so of every repo alike: one warning names them all.
    fn warn_once_of_gates(&mut self, asked: &[Asked], findings: &[Finding]) {
        const WARNING: Diagnosis = Diagnosis::ReadGatesUnchecked;
        let is_about_gates = |(_, finding): &(&Asked, &Finding)| finding.diagnosis == Some(WARNING);
        let mut repos: Vec<&RepoRef> = Vec::new();
        for (asked, _) in asked.iter().zip(findings).filter(is_about_gates) {
            repos.extend(asked.requirement.repo().filter(|repo| !repos.contains(repo)));
        }
        let Some(first) = self.warnings.iter().position(|warning| warning.diagnosis == WARNING) else { return };
        let mut at = 0..;
        self.warnings.retain(|warning| at.next() == Some(first) || warning.diagnosis != WARNING);
        if repos.len() > 1 {
            let subjects = repos.iter().map(ToString::to_string).collect();
            let pages = repos.iter().map(|repo| self.context.links().page(repo)).collect();
            let params = Params::default().with("subject", in_words(subjects)).with("page", in_words(pages));
            self.warnings[first].message = self.context.message(WARNING, None, None, params);
        }
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
}

/// Why an identity that is missing does not matter.
fn without_identity(answer: &Whoami, elsewhere: Elsewhere) -> &'static str {
    match (answer, elsewhere) {
        (_, Elsewhere::Push | Elsewhere::AllPush) => "The Hub accepts the token: it granted a push, which requires one",
        (_, Elsewhere::AllDescribed) => "This server has no whoami, and a download requires no identity",
        (Whoami::Unauthorized, _) => "whoami does not recognize this kind of token, which the Hub accepts elsewhere",
        _ => {
            "Every download was granted, but public repos are open to all: whether the Hub accepts the token is unknown"
        }
    }
}

/// At most four names, as a list in a sentence.
fn in_words(mut names: Vec<String>) -> String {
    const SHOWN: usize = 3;
    if names.len() > SHOWN + 1 {
        let more = names.len() - SHOWN;
        names.truncate(SHOWN);
        names.push(format!("{more} more"));
    }
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

/// What a server without a route for the question can be asked, and what not.
fn limits(answer: Answer) -> &'static str {
    if answer == Answer::Described(Gating::Gated) {
        "The repo is gated, and this server has no auth-check: only the Hub itself can tell who has access"
    } else {
        "Like many mirrors, it has no API for this; only downloads of repos that are not gated can be checked there"
    }
}

/// What in an answer about a repo says that there was no token.
fn as_without_token(answer: Answer) -> &'static str {
    if answer == Answer::GateUnauthorized {
        "The Hub sends this only to requests without a token"
    } else {
        "The Hub sends this to requests without a token; for a known token, a missing repo is 404"
    }
}
