use std::time::Duration;

use crate::model::answer::{Answer, TlsProblem};
use crate::model::identity::Identity;
use crate::model::question::Question;
use crate::model::repo::RepoRef;
use crate::model::timestamp::Timestamp;

/// Facts about one exchange, for people. Nothing here decides anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked, the last hop where the Hub renamed the repo.
    pub url: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// `X-Error-Code`.
    pub error_code: Option<String>,
    /// `X-Error-Message`, else the body's `error`; control characters removed, at most 300 characters.
    pub error_message: Option<String>,
    /// `X-Request-Id`, for the Hub's support.
    pub request_id: Option<String>,
    /// How often the question was sent.
    pub attempts: u32,
    /// From the first sending to the last answer.
    pub elapsed: Duration,
    /// What went wrong below HTTP, or what kind of page came instead of an answer.
    pub detail: Option<String>,
    /// When it makes sense to come back, in seconds from now.
    pub retry_after: Option<Duration>,
    /// `X-HF-Warning`, without its topic.
    pub notice: Option<String>,
    /// Why a TLS handshake failed.
    pub tls_problem: Option<TlsProblem>,
    /// The server's clock when it answered: `Date`, plus `Age` where a cache kept the response.
    pub date: Option<Timestamp>,
}

/// What a job's own record shows to everybody who may see the job. Values are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRecord {
    /// The names under `environment`, whose values are shown beside them.
    pub environment: Vec<String>,
}

/// A question, what became of it, and the facts.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked.
    pub question: Question,
    /// What it came to.
    pub answer: Answer,
    /// For people.
    pub exchange: Exchange,
    /// whoami's object; only where the question was `WhoAmI` and the answer `Granted`.
    pub identity: Option<Box<Identity>>,
    /// The job's record; only where the question was `Job` and the answer `MetadataOnly`.
    pub job: Option<JobRecord>,
    /// The repo that answered in the end, where the Hub redirected to another.
    pub redirected_to: Option<RepoRef>,
}

impl Reply {
    /// For a question that was not sent, or whose sending left no trace.
    pub fn without_exchange(question: Question, answer: Answer) -> Self {
        Self { question, answer, exchange: Exchange::default(), identity: None, job: None, redirected_to: None }
    }
}
