//! What comes back from the Hub, or from whatever is in its place, where a diagnosis arises. Each response is read as a real one
//! is, so that a rehearsal cannot differ from a run in what a response means.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most diagnoses follow from the identity, and the response is the same"
)]

use serde_json::json;

use crate::diagnosis::catalog::Diagnosis;
use crate::hub::interpret::page::RawResponse;
use crate::hub::request::Request;
use crate::hub::{self, Failure, Target};
use crate::model::answer::NoAnswer;
use crate::model::endpoint::{Endpoint, PAGES};
use crate::model::hub_response::HubResponse;
use crate::model::identity::Identity;
use crate::model::obstacle::{Obstacle, ProxyProblem, ProxyProblemKind, Restriction, TlsProblem};
use crate::model::question::{Ask, JobRef, RepoQuestion, RevisionQuestion, WhoAmI};
use crate::model::reply::{JobReply, Reply, RepoReply, RevisionReply, WhoamiReply};
use crate::model::repo::{RepoKind, RepoRef};
use crate::model::sentence::Sentence;
use crate::rehearse::whoami;
use crate::token::redact::Redactor;

/// A Hub that answers so that one diagnosis arises.
#[derive(Clone, Copy)]
pub struct Responses<'a> {
    /// Which.
    pub diagnosis: Diagnosis,
    /// Where the Hub is.
    pub endpoint: &'a Endpoint,
}

impl Responses<'_> {
    /// whoami, to a token that it knows.
    pub fn known(self, identity: &Identity) -> WhoamiReply {
        self.reply(WhoAmI, Ok(self.with_notice(HubResponse::object(&whoami::object(identity)))))
    }

    /// whoami, where the diagnosis arises from it.
    pub fn unknown(self) -> WhoamiReply {
        self.reply(WhoAmI, self.refused(None))
    }

    /// A grant.
    pub fn granted(self, question: RepoQuestion) -> RepoReply {
        self.reply(question, Ok(self.grant()))
    }

    /// A revision that is there.
    pub fn granted_revision(self, question: RevisionQuestion) -> RevisionReply {
        let object = json!({"id": question.repo.id()});
        self.reply(question, Ok(self.with_notice(HubResponse::object(&object))))
    }

    /// What is said of a revision, where the diagnosis arises from it.
    pub fn revision(self, question: RevisionQuestion) -> RevisionReply {
        let revision = question.revision.to_string();
        let missing = || HubResponse::saying(404, Sentence::RevisionNotFound, &[("revision", &revision)]).marked();
        match self.diagnosis {
            Diagnosis::RevisionNotFound | Diagnosis::BranchNotFound => self.reply(question, Ok(missing())),
            Diagnosis::RevisionUnknown => self.reply(question, Ok(HubResponse::no_such_route())),
            _ => self.granted_revision(question),
        }
    }

    /// What is said of a repo, where the diagnosis arises from it.
    pub fn access(self, question: RepoQuestion) -> RepoReply {
        let came = match self.new_home(&question.repo) {
            Some(repo) => Ok(HubResponse::moved_to(&question.ask.about(repo).path()).marked()),
            None => self.refused(Some(&question)),
        };
        self.reply(question, came)
    }

    /// The record of a job in which this variable is in the clear.
    pub fn job(self, job: JobRef, variable: &str) -> JobReply {
        self.reply(job, Ok(HubResponse::object(&json!({"environment": {variable: ""}})).marked()))
    }

    /// A job that is not this owner's.
    pub fn no_job(self, job: JobRef) -> JobReply {
        self.reply(job, Ok(HubResponse::saying(404, Sentence::RepoNotFound, &[]).marked()))
    }

    /// Reads what came back as the client does, redirect included. No token was read: there is nothing to redact.
    fn reply<Q: Request>(self, question: Q, came: Result<HubResponse, Failure>) -> Reply<Q, Q::Answer> {
        let redactor = Redactor::default();
        let raw = came.map(RawResponse::from);
        match hub::replied(&Target::first(question, self.endpoint), raw.as_ref(), self.endpoint, &redactor) {
            (_, Some(target)) => hub::replied(&target, Ok(&self.grant().into()), self.endpoint, &redactor).0,
            (reply, None) => reply,
        }
    }

    fn grant(self) -> HubResponse {
        self.with_notice(HubResponse::granted())
    }

    /// A response of the Hub's own, which may bear a notice.
    fn with_notice(self, response: HubResponse) -> HubResponse {
        if self.diagnosis == Diagnosis::HubDeprecation {
            response.marked().with("x-hf-warning", "topic; This route will be removed")
        } else {
            response.marked()
        }
    }

    fn refused(self, question: Option<&RepoQuestion>) -> Result<HubResponse, Failure> {
        use Diagnosis as D;
        let repo = question.map(|question| &question.repo);
        let (id, noun, page) =
            repo.map_or_else(Default::default, |repo| (repo.id(), repo.kind.noun(), format!("{PAGES}/{repo}")));
        let names = [("id", id.as_str()), ("noun", noun), ("page", page.as_str()), ("token", "ci")];
        let said = |status, sentence| Ok(HubResponse::saying(status, sentence, &names).marked());
        let failed = |answer, detail| Err(Failure::new(answer, detail));
        match self.diagnosis {
            D::TokenRejected | D::TokenScope | D::TokenUnconfirmed | D::IdentityUnknown => {
                said(401, Sentence::Anonymous)
            }
            // Access is granted; what is wrong is the revision.
            D::RevisionNotFound | D::RevisionUnknown | D::BranchNotFound => Ok(self.grant()),
            D::TokenExpired => said(401, Sentence::TokenExpired),
            D::RepoGated => said(403, Sentence::GateClosed),
            D::RepoGatedPending => said(403, Sentence::GatePending),
            D::RepoGatedRejected => said(403, Sentence::GateRejected),
            D::RepoGatedReset => said(403, Sentence::GateReset),
            D::RepoGatedFineGrained => said(403, Sentence::GateFineGrained),
            D::TokenNotDelivered => said(401, Sentence::GateAnonymous),
            D::RepoRegion => said(403, Sentence::Region),
            D::RepoDisabled => said(403, Sentence::Disabled),
            D::OrgPolicyApproval => said(403, Sentence::OrganizationApproval),
            D::OrgTokenRevoked => said(403, Sentence::OrganizationRevoked),
            // What the Hub says of these is not known; the identity names the rule.
            D::OrgPolicyFineGrainedOnly | D::OrgNetwork | D::OrgSso | D::OrgMfa => {
                Ok(HubResponse::refusal(403, "Access denied.").marked())
            }
            D::RepoNotFound | D::RepoNotVisible | D::RepoWrongKind | D::RepoOwnerMistyped | D::RightUnknown => {
                said(404, Sentence::RepoNotFound)
            }
            D::ReadGatesUnchecked if question.is_some_and(|question| question.ask == Ask::Describe) => {
                Ok(HubResponse::object(&json!({"id": id})))
            }
            D::HubNotAHub | D::ReadGatesUnchecked => Ok(HubResponse::no_such_route()),
            D::HubRateLimited => Ok(HubResponse::rate_limited(300).marked()),
            D::HubError => Ok(HubResponse::page(503, "")),
            D::HubUnexpected => Ok(HubResponse::page(200, "<p>Please log in.")),
            D::HubRedirected => Ok(HubResponse::page(302, "").with("location", "https://elsewhere.example/")),
            D::NetDns => failed(NoAnswer::NoAddress, "there is no such name"),
            D::NetRefused => failed(NoAnswer::Refused, "connection refused"),
            D::NetUnreachable => failed(NoAnswer::Unreachable, "network unreachable"),
            D::NetTls => {
                let problem = TlsProblem::Expired;
                Err(Failure {
                    obstacle: Some(Obstacle::Tls(problem)),
                    ..Failure::new(NoAnswer::TlsFailure, problem.detail())
                })
            }
            D::NetProxy => {
                let problem = ProxyProblem { variable: "HTTPS_PROXY".into(), kind: ProxyProblemKind::Address };
                let detail = "the proxy 127.0.0.1:9 (from HTTPS_PROXY) refuses the connection";
                let failure = Failure::new(NoAnswer::ProxyTrouble, detail);
                Err(Failure { obstacle: Some(Obstacle::Proxy(problem)), ..failure })
            }
            D::NetInterrupted => failed(NoAnswer::Interrupted, "the connection was closed in the middle of the answer"),
            D::EnvRestricted => {
                let restriction = Restriction::OpenFiles;
                let failure = Failure::new(NoAnswer::Restricted, restriction.detail());
                Err(Failure { obstacle: Some(Obstacle::Restriction(restriction)), ..failure })
            }
            D::NetTimeout => failed(NoAnswer::Timeout, ""),
            // Which permission is missing follows from the identity; the Hub says the same of all.
            _ => said(403, Sentence::ReadOnly),
        }
    }

    /// The repo that answers in place of `repo`, where it was renamed.
    fn new_home(self, repo: &RepoRef) -> Option<RepoRef> {
        match self.diagnosis {
            Diagnosis::RepoRenamed => Some(RepoRef { name: "new-name".into(), ..repo.clone() }),
            Diagnosis::RepoRedirectedKind => {
                Some(repo.as_kind(if repo.kind == RepoKind::Space { RepoKind::Model } else { RepoKind::Space }))
            }
            _ => None,
        }
    }
}
