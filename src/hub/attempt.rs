use std::time::{Duration, SystemTime};

use reqwest::header::LOCATION;
use url::Url;

use super::reading::{self, Raw};
use super::retry::{self, Hint};
use crate::domain::answer::{Answer, Evidence, JobRecord, Reply};
use crate::domain::endpoint::Endpoint;
use crate::domain::identity::Identity;
use crate::domain::need::Question;
use crate::domain::repo::RepoRef;
use crate::domain::token::Token;

/// What one sending came to.
pub(super) struct Attempt {
    pub(super) answer: Answer,
    pub(super) evidence: Evidence,
    pub(super) identity: Option<Box<Identity>>,
    pub(super) job: Option<JobRecord>,
    pub(super) hint: Hint,
    pub(super) hop: Option<RepoRef>,
}

impl Attempt {
    /// All that stands between the wire and judgement. Looks at nothing but its arguments and, for a date in
    /// `Retry-After`, the clock.
    pub(super) fn from_answer(raw: &Raw, question: &Question, url: &Url, endpoint: &Endpoint, token: &Token) -> Self {
        let mut hop = None;
        let mut reading = reading::read(question, raw);
        if let Some(location) = raw.headers.get(LOCATION).filter(|_| (300..400).contains(&raw.status)) {
            let target = url.join(&String::from_utf8_lossy(location.as_bytes()));
            match target {
                Ok(target) if !endpoint.same_origin(&target) => {
                    reading.answer = Answer::Redirected;
                    reading.detail = Some(format!("it points to {}", target.host_str().unwrap_or("another host")));
                }
                Ok(target) => {
                    hop = question.repo().and_then(|_| RepoRef::from_api_path(target.path(), question.route()));
                }
                Err(_) => {}
            }
        }
        let show = |text: Option<String>| text.map(|text| clean(token, &text));
        let evidence = Evidence {
            url: url.to_string(),
            status: Some(raw.status),
            error_code: show(reading.error_code),
            error_message: show(reading.error_message),
            request_id: show(reading.request_id),
            detail: show(reading.detail),
            notice: show(reading.notice),
            ..Evidence::default()
        };
        let hint = retry::hint(raw.status, &raw.headers, SystemTime::now());
        Self { answer: reading.answer, evidence, identity: reading.identity, job: reading.job, hint, hop }
    }

    /// For a question that was sent and got none.
    pub(super) fn without_answer(answer: Answer, url: &Url) -> Self {
        let evidence = Evidence { url: url.to_string(), ..Evidence::default() };
        Self { answer, evidence, identity: None, job: None, hint: Hint::default(), hop: None }
    }

    /// The reply to `question`, how long to wait before the next, and the repo that the Hub redirects to.
    pub(super) fn into_reply(
        self,
        question: Question,
        attempts: u32,
        elapsed: Duration,
    ) -> (Reply, Hint, Option<RepoRef>) {
        let Self { answer, mut evidence, identity, job, hint, hop } = self;
        evidence.attempts = attempts;
        evidence.elapsed = evidence.elapsed.max(elapsed);
        evidence.retry_after = hint.wait;
        (Reply { question, answer, evidence, identity, job, landed: None }, hint, hop)
    }
}

/// The reply that one answer makes, or the want of one, and the repo that it redirects to: asking without a network.
#[cfg(any(test, fuzzing))]
pub(crate) fn replied(
    question: Question,
    raw: Result<&Raw, Answer>,
    endpoint: &Endpoint,
    token: &Token,
) -> (Reply, Option<RepoRef>) {
    let url = endpoint.join(&question.path());
    let attempt = match raw {
        Ok(raw) => Attempt::from_answer(raw, &question, &url, endpoint, token),
        Err(silence) => Attempt::without_answer(silence, &url),
    };
    let (reply, _, hop) = attempt.into_reply(question, 1, Duration::ZERO);
    (reply, hop)
}

/// A server's words, for an output. Secrets go before the text is tidied, which cuts it, and after, because that brings
/// together what stood apart.
pub(super) fn clean(token: &Token, text: &str) -> String {
    token.redact(&reading::tidy(&token.redact(text)))
}
