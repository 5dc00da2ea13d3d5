use std::time::Duration;

use crate::model::answer::{Answer, TlsProblem};
use crate::model::identity::Identity;
use crate::model::question::Question;
use crate::model::repo::RepoRef;

/// Facts about one exchange, for people. Nothing here decides anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// What was asked, the last hop where the Hub renamed the repo.
    pub(crate) url: String,
    /// The HTTP status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// `X-Error-Code`.
    pub(crate) error_code: Option<String>,
    /// `X-Error-Message`, else the body's `error`; control characters removed, at most 300 characters.
    pub(crate) error_message: Option<String>,
    /// `X-Request-Id`, for the Hub's support.
    pub(crate) request_id: Option<String>,
    /// How often the question was sent.
    pub(crate) attempts: u32,
    /// From the first sending to the last answer.
    pub(crate) elapsed: Duration,
    /// What went wrong below HTTP, or what kind of page came instead of an answer.
    pub(crate) detail: Option<String>,
    /// When it makes sense to come back, in seconds from now.
    pub(crate) retry_after: Option<Duration>,
    /// `X-HF-Warning`, without its topic.
    pub(crate) notice: Option<String>,
    /// Why a TLS handshake failed.
    pub(crate) tls_problem: Option<TlsProblem>,
}

/// What a job's own record shows to everybody who may see the job. Values are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JobRecord {
    /// The names under `environment`, whose values are shown beside them.
    pub(crate) environment: Vec<String>,
}

/// A question, what became of it, and the facts.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// What was asked.
    pub(crate) question: Question,
    /// What it came to.
    pub(crate) answer: Answer,
    /// For people.
    pub(crate) exchange: Exchange,
    /// whoami's object; only where the question was `WhoAmI` and the answer `Granted`.
    pub(crate) identity: Option<Box<Identity>>,
    /// The job's record; only where the question was `Job` and the answer `MetadataOnly`.
    pub(crate) job: Option<JobRecord>,
    /// The repo that answered in the end, where the Hub redirected to another.
    pub(crate) redirected_to: Option<RepoRef>,
}

impl Reply {
    /// For a question that was not sent, or whose sending left no trace.
    pub(crate) fn without_exchange(question: Question, answer: Answer) -> Self {
        Self { question, answer, exchange: Exchange::default(), identity: None, job: None, redirected_to: None }
    }
}
