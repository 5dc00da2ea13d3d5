//! What the Hub, or what stands in its place, says where a diagnosis arises.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::time::Duration;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::answer::{Answer, Gate, Policy, TlsProblem};
use crate::model::endpoint::{Endpoint, PAGES};
use crate::model::question::Question;
use crate::model::reply::{Exchange, Reply};
use crate::model::repo::{RepoKind, RepoRef};

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
    let said = |answer, status, message: &str| (answer, Some(status), Some(message.to_owned()), None);
    let gated = |gate, message: String| said(Answer::Gated(gate), 403, &message);
    let sent = |answer, status, detail: &str| (answer, Some(status), None, Some(detail.to_owned()));
    let silent = |answer, detail: &str| (answer, None, None, Some(detail.to_owned()));
    let (answer, status, message, detail) = match diagnosis {
        D::TokenRejected | D::TokenScope | D::TokenUnconfirmed | D::IdentityUnknown => {
            said(Answer::Unauthorized, 401, "Invalid username or password.")
        }
        D::TokenExpired => said(Answer::Expired, 401, "User Access Token \"ci\" is expired"),
        D::RepoGated => gated(
            Gate::Closed,
            format!(
                "Access to {noun} {id} is restricted and you are not in the authorized list. Visit {page} to ask for access."
            ),
        ),
        D::RepoGatedPending => gated(
            Gate::Pending,
            format!("Your request to access {noun} {id} is awaiting a review from the repo authors."),
        ),
        D::RepoGatedRejected => gated(
            Gate::Rejected,
            format!("Your request to access {noun} {id} has been rejected by the repo's authors."),
        ),
        D::RepoGatedReset => gated(
            Gate::Reset,
            format!(
                "Your request to access {noun} {id} has been reset by the repo's authors. Visit {page} to submit a new request."
            ),
        ),
        D::RepoGatedFineGrained => said(
            Answer::Gated(Gate::FineGrained),
            403,
            "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
        ),
        D::RepoDisabled => said(Answer::Disabled, 403, "Access to this resource is disabled."),
        D::OrgPolicyApproval => said(
            Answer::Policy(Policy::Approval),
            403,
            "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource.",
        ),
        D::OrgTokenRevoked => said(
            Answer::Policy(Policy::Revoked),
            403,
            "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information.",
        ),
        D::OrgPolicyFineGrainedOnly | D::OrgNetwork | D::OrgSso | D::OrgMfa => {
            said(Answer::Forbidden, 403, "Access denied.")
        }
        D::RepoNotFound | D::RepoNotVisible | D::RepoWrongKind | D::RepoOwnerMistyped | D::RightUnknown => {
            said(Answer::NotFound, 404, "Repository not found")
        }
        D::ReadGatesUnchecked if matches!(question, Question::Exists(_)) => {
            (Answer::MetadataOnly, Some(200), None, None)
        }
        D::HubNotAHub | D::ReadGatesUnchecked => {
            said(Answer::NoSuchRoute, 404, "Sorry, we can't find the page you are looking for.")
        }
        D::HubRateLimited => said(
            Answer::RateLimited,
            429,
            "We had to rate limit you, you hit the quota of 1000 api requests per 5 minutes period.",
        ),
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
        _ => said(Answer::Forbidden, 403, "You have read access but not the required permissions for this operation"),
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
