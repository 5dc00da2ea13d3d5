//! What the Hub, or what stands in its place, says where a diagnosis arises.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::answer::{Answer, Gate, Policy, TlsProblem};
use crate::model::endpoint::{Endpoint, PAGES};
use crate::model::question::Question;
use crate::model::reply::{Exchange, Reply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::sentence::Sentence;

/// The Hub's yes. It may bear a notice.
pub fn granted(diagnosis: Diagnosis, question: Question, endpoint: &Endpoint) -> Reply {
    let notice = (diagnosis == Diagnosis::HubDeprecation).then(|| "This route will be removed".into());
    let url = endpoint.join(&question.path()).to_string();
    let exchange = Exchange { url, status: Some(200), attempts: 1, notice, ..Exchange::default() };
    Reply { exchange, ..Reply::without_exchange(question, Answer::Granted) }
}

/// What `diagnosis` is the judgement of.
pub fn reply(diagnosis: Diagnosis, question: Question, endpoint: &Endpoint) -> Reply {
    use Diagnosis as D;
    let redirected_to = question.repo().and_then(|repo| landing(diagnosis, repo));
    if let Some(repo) = redirected_to {
        let reply = granted(diagnosis, question.about(repo.clone()), endpoint);
        return Reply { redirected_to: Some(repo), ..reply };
    }
    let (id, noun, page) =
        question.repo().map_or_else(Default::default, |repo| (repo.id(), repo.kind.noun(), format!("{PAGES}/{repo}")));
    let names = [("id", id.as_str()), ("noun", noun), ("page", page.as_str()), ("token", "ci"), ("quota", "1000")];
    let said = |answer, status, sentence: Sentence| (answer, Some(status), Some(sentence.with(&names)), None);
    let gated = |gate, sentence| said(Answer::Gated(gate), 403, sentence);
    let sent = |answer, status, detail: &str| (answer, Some(status), None, Some(detail.to_owned()));
    let silent = |answer, detail: &str| (answer, None, None, Some(detail.to_owned()));
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
        D::ReadGatesUnchecked if matches!(question, Question::Exists(_)) => {
            (Answer::MetadataOnly, Some(200), None, None)
        }
        D::HubNotAHub | D::ReadGatesUnchecked => said(Answer::NoSuchRoute, 404, Sentence::PageNotFound),
        D::HubRateLimited => said(Answer::RateLimited, 429, Sentence::RateLimited),
        D::HubError => (Answer::ServerError, Some(503), None, None),
        D::HubUnexpected => sent(Answer::Unexpected, 200, "an HTML page"),
        D::HubRedirected => sent(Answer::Redirected, 302, "it points to elsewhere.example"),
        D::NetDns => silent(Answer::NoAddress, "there is no such name"),
        D::NetRefused => silent(Answer::Refused, "connection refused"),
        D::NetUnreachable => silent(Answer::Unreachable, "network unreachable"),
        D::NetTls => silent(Answer::TlsFailure, TlsProblem::UnknownIssuer.detail()),
        D::NetProxy => silent(Answer::ProxyTrouble, "the proxy 127.0.0.1:9 refuses the connection"),
        D::NetInterrupted => silent(Answer::Interrupted, "the connection was closed in the middle of the answer"),
        D::NetTimeout => (Answer::Timeout, None, None, None),
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
        url: endpoint.join(&question.path()).to_string(),
        status,
        error_code: code.map(Into::into),
        error_message: message,
        detail,
        attempts: 1,
        retry_after: (answer == Answer::RateLimited).then_some(Duration::from_secs(300)),
        tls_problem: (answer == Answer::TlsFailure).then_some(TlsProblem::UnknownIssuer),
        ..Exchange::default()
    };
    Reply { exchange, ..Reply::without_exchange(question, answer) }
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
