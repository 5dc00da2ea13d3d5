//! What the Hub, or what stands in its place, says where a diagnosis arises.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::answer::{Answer, Gate, NoAnswer, Policy, Restriction, TlsProblem};
use crate::model::endpoint::{Endpoint, PAGES};
use crate::model::identity::Identity;
use crate::model::question::{Ask, JobRef, RepoQuestion, WhoAmI};
use crate::model::reply::{Exchange, Job, JobRecord, JobReply, Reply, RepoReply, Whoami, WhoamiReply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::sentence::Sentence;

/// The Hub's yes. It may bear a notice.
pub fn granted(diagnosis: Diagnosis, question: RepoQuestion, endpoint: &Endpoint) -> RepoReply {
    let exchange = accepted(diagnosis, endpoint.join(&question.path()).to_string());
    Reply { question, answer: Answer::Granted, exchange }
}

/// whoami, to a token that it knows.
pub fn known(diagnosis: Diagnosis, identity: Identity, endpoint: &Endpoint) -> WhoamiReply {
    let exchange = accepted(diagnosis, endpoint.join(WhoAmI::PATH).to_string());
    Reply { question: WhoAmI, answer: Whoami::Known(Box::new(identity)), exchange }
}

fn accepted(diagnosis: Diagnosis, url: String) -> Exchange {
    let notice = (diagnosis == Diagnosis::HubDeprecation).then(|| "This route will be removed".into());
    Exchange { url, status: Some(200), attempts: 1, notice, ..Exchange::default() }
}

/// What `diagnosis` is the judgement of, where whoami says it.
pub fn whoami(diagnosis: Diagnosis, endpoint: &Endpoint) -> WhoamiReply {
    let (answer, exchange) = refused(diagnosis, None, endpoint.join(WhoAmI::PATH).to_string());
    let answer = match answer {
        Answer::Unauthorized => Whoami::Unauthorized,
        Answer::BadCredentials => Whoami::BadCredentials,
        Answer::Expired => Whoami::Expired,
        Answer::Policy(policy) => Whoami::Policy(policy),
        Answer::NoSuchRoute => Whoami::NoSuchRoute,
        Answer::NoAnswer(reason) => Whoami::NoAnswer(reason),
        _ => Whoami::NoAnswer(NoAnswer::Unexpected),
    };
    Reply { question: WhoAmI, answer, exchange }
}

/// A job that is not this owner's.
pub fn no_job(job: JobRef, endpoint: &Endpoint) -> JobReply {
    let (_, exchange) = refused(Diagnosis::RepoNotFound, None, endpoint.join(&job.path()).to_string());
    Reply { question: job, answer: Job::NotShown, exchange }
}

/// The record of a job.
pub fn job(job: JobRef, record: JobRecord, endpoint: &Endpoint) -> JobReply {
    let exchange = accepted(Diagnosis::AuditEnvNotSecret, endpoint.join(&job.path()).to_string());
    Reply { question: job, answer: Job::Shown(record), exchange }
}

/// What `diagnosis` is the judgement of, where it is said about a repo.
pub fn access(diagnosis: Diagnosis, question: RepoQuestion, endpoint: &Endpoint) -> RepoReply {
    if let Some(repo) = landing(diagnosis, &question.repo) {
        return granted(diagnosis, question.ask.about(repo), endpoint);
    }
    let (answer, exchange) = refused(diagnosis, Some(&question), endpoint.join(&question.path()).to_string());
    Reply { question, answer, exchange }
}

fn refused(diagnosis: Diagnosis, question: Option<&RepoQuestion>, url: String) -> (Answer, Exchange) {
    use Diagnosis as D;
    let repo = question.map(|question| &question.repo);
    let (id, noun, page) =
        repo.map_or_else(Default::default, |repo| (repo.id(), repo.kind.noun(), format!("{PAGES}/{repo}")));
    let names = [("id", id.as_str()), ("noun", noun), ("page", page.as_str()), ("token", "ci"), ("quota", "1000")];
    let said = |answer, status, sentence: Sentence| (answer, Some(status), Some(sentence.with(&names)), None);
    let gated = |gate, sentence| said(Answer::Gated(gate), 403, sentence);
    let sent = |reason, status, detail: &str| (Answer::NoAnswer(reason), Some(status), None, Some(detail.to_owned()));
    let silent = |reason, detail: &str| (Answer::NoAnswer(reason), None, None, Some(detail.to_owned()));
    let (answer, status, message, detail) = match diagnosis {
        D::TokenRejected | D::TokenScope | D::TokenUnconfirmed | D::IdentityUnknown => {
            said(Answer::Unauthorized, 401, Sentence::Anonymous)
        }
        D::TokenExpired => said(Answer::Expired, 401, Sentence::TokenExpired),
        D::RepoGated => gated(Gate::Closed, Sentence::GateClosed),
        D::RepoGatedPending => gated(Gate::Pending, Sentence::GatePending),
        D::RepoGatedRejected => gated(Gate::Rejected, Sentence::GateRejected),
        D::RepoGatedReset => gated(Gate::Reset, Sentence::GateReset),
        D::RepoGatedFineGrained => gated(Gate::FineGrained, Sentence::GateFineGrained),
        D::RepoDisabled => said(Answer::Disabled, 403, Sentence::Disabled),
        D::OrgPolicyApproval => said(Answer::Policy(Policy::Approval), 403, Sentence::OrganizationApproval),
        D::OrgTokenRevoked => said(Answer::Policy(Policy::Revoked), 403, Sentence::OrganizationRevoked),
        // What the Hub says of these is not known; the identity names the rule.
        D::OrgPolicyFineGrainedOnly | D::OrgNetwork | D::OrgSso | D::OrgMfa => {
            (Answer::Forbidden, Some(403), Some("Access denied.".into()), None)
        }
        D::RepoNotFound | D::RepoNotVisible | D::RepoWrongKind | D::RepoOwnerMistyped | D::RightUnknown => {
            said(Answer::NotFound, 404, Sentence::RepoNotFound)
        }
        D::ReadGatesUnchecked if question.is_some_and(|question| question.ask == Ask::Describe) => {
            (Answer::MetadataOnly, Some(200), None, None)
        }
        D::HubNotAHub | D::ReadGatesUnchecked => said(Answer::NoSuchRoute, 404, Sentence::PageNotFound),
        D::HubRateLimited => said(Answer::NoAnswer(NoAnswer::RateLimited), 429, Sentence::RateLimited),
        D::HubError => (Answer::NoAnswer(NoAnswer::ServerError), Some(503), None, None),
        D::HubUnexpected => sent(NoAnswer::Unexpected, 200, "an HTML page"),
        D::HubRedirected => sent(NoAnswer::Redirected, 302, "it points to elsewhere.example"),
        D::NetDns => silent(NoAnswer::NoAddress, "there is no such name"),
        D::NetRefused => silent(NoAnswer::Refused, "connection refused"),
        D::NetUnreachable => silent(NoAnswer::Unreachable, "network unreachable"),
        D::NetTls => silent(NoAnswer::TlsFailure, TlsProblem::UnknownIssuer.detail()),
        D::NetProxy => {
            silent(NoAnswer::ProxyTrouble, "the proxy 127.0.0.1:9 (from HTTPS_PROXY) refuses the connection")
        }
        D::NetInterrupted => silent(NoAnswer::Interrupted, "the connection was closed in the middle of the answer"),
        D::EnvRestricted => silent(NoAnswer::Restricted, Restriction::OpenFiles.detail()),
        D::NetTimeout => (Answer::NoAnswer(NoAnswer::Timeout), None, None, None),
        // Which right is missing, the identity tells; the Hub says the same of all.
        _ => said(Answer::Forbidden, 403, Sentence::ReadOnly),
    };
    let code = match answer {
        Answer::Gated(Gate::FineGrained) => None,
        Answer::Gated(_) => Some("GatedRepo"),
        Answer::NotFound => Some("RepoNotFound"),
        _ => None,
    };
    let exchange = Exchange {
        url,
        status,
        error_code: code.map(Into::into),
        error_message: message,
        detail,
        attempts: 1,
        retry_after: (answer == Answer::NoAnswer(NoAnswer::RateLimited)).then_some(Duration::from_secs(300)),
        tls_problem: (answer == Answer::NoAnswer(NoAnswer::TlsFailure)).then_some(TlsProblem::UnknownIssuer),
        restriction: (answer == Answer::NoAnswer(NoAnswer::Restricted)).then_some(Restriction::OpenFiles),
        ..Exchange::default()
    };
    (answer, exchange)
}

/// The repo that answers in the place of `repo`, where it was renamed.
fn landing(diagnosis: Diagnosis, repo: &RepoRef) -> Option<RepoRef> {
    match diagnosis {
        Diagnosis::RepoRenamed => Some(RepoRef { name: "new-name".into(), ..repo.clone() }),
        Diagnosis::RepoRedirectedKind => {
            Some(repo.as_kind(if repo.kind == RepoKind::Space { RepoKind::Model } else { RepoKind::Space }))
        }
        _ => None,
    }
}
