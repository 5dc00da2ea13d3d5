use std::time::Duration;

use crate::model::answer::{Answer, NoAnswer, Policy};
use crate::model::author::Author;
use crate::model::identity::Identity;
use crate::model::obstacle::Obstacle;
use crate::model::question::{JobRef, RepoQuestion, RevisionQuestion, WhoAmI};
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
    /// What kept the question from being answered, where that is known more narrowly than by kind.
    pub obstacle: Option<Obstacle>,
    /// The server's clock when it answered: `Date`, plus `Age` where a cache kept the response.
    pub date: Option<Timestamp>,
}

/// What a job's own record shows to everybody who may see the job. Values are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRecord {
    /// The names under `environment`, whose values are shown beside them.
    pub environment: Vec<String>,
}

/// A question, what became of it, and the evidence.
#[derive(Clone, Debug)]
pub struct Reply<Q, A> {
    /// What was asked; where the Hub redirected to another repo, about that one.
    pub question: Q,
    /// What it came to.
    pub answer: A,
    /// Who wrote the response.
    pub author: Author,
    /// For people.
    pub exchange: Exchange,
}

/// What whoami came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whoami {
    /// 200 with whoami's object.
    Known(Box<Identity>),
    /// 401 `Invalid credentials in Authorization header`.
    BadCredentials,
    /// 401 otherwise: the token is rejected, or of a kind that whoami does not know.
    Unauthorized,
    /// 401 that names expiry.
    Expired,
    /// An organization's rule.
    Policy(Policy),
    /// 404: this server has no whoami.
    NoSuchRoute,
    /// Nothing that the Hub would say.
    NoAnswer(NoAnswer),
}

/// What a question about a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Its record.
    Shown(JobRecord),
    /// There is none for this owner, or not for this token.
    NotShown,
    /// Nothing that the Hub would say.
    NoAnswer(NoAnswer),
}

/// What a question about a revision came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revised {
    /// The repo has it.
    Exists,
    /// 404 `RevisionNotFound`: it has not.
    NotFound,
    /// Nothing that the Hub would say.
    NoAnswer(NoAnswer),
}

/// whoami's reply.
pub type WhoamiReply = Reply<WhoAmI, Whoami>;
/// The reply to a question about a repo.
pub type RepoReply = Reply<RepoQuestion, Answer>;
/// The reply to a question about a revision.
pub type RevisionReply = Reply<RevisionQuestion, Revised>;
/// The reply to a question about a job.
pub type JobReply = Reply<JobRef, Job>;

impl<Q, A> Reply<Q, A> {
    /// For a question that was not sent, or whose sending left no trace.
    pub fn without_exchange(question: Q, answer: A) -> Self {
        Self { question, answer, author: Author::Unknown, exchange: Exchange::default() }
    }
}

impl WhoamiReply {
    /// Who the token is, where whoami said so.
    pub fn identity(&self) -> Option<&Identity> {
        match &self.answer {
            Whoami::Known(identity) => Some(identity),
            Whoami::BadCredentials
            | Whoami::Unauthorized
            | Whoami::Expired
            | Whoami::Policy(_)
            | Whoami::NoSuchRoute
            | Whoami::NoAnswer(_) => None,
        }
    }
}
