use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, DATE, HeaderMap, LOCATION};
use url::Url;

use crate::hub::interpret;
use crate::hub::interpret::page::RawResponse;
use crate::hub::net::errors::Failure;
use crate::hub::request::Request;
use crate::hub::retry::{self, Hint};
use crate::model::answer::NoAnswer;
use crate::model::endpoint::Endpoint;
use crate::model::reply::{Exchange, Reply};
use crate::model::timestamp::Timestamp;
use crate::token::redact::Redactor;

/// What one sending came to.
pub struct Attempt<Q: Request> {
    pub answer: Q::Answer,
    pub exchange: Exchange,
    pub hint: Hint,
    /// The same question where the Hub redirects to.
    pub redirect: Option<Q>,
}

impl<Q: Request> Attempt<Q> {
    /// All that stands between the wire and judgement. Looks at nothing but its arguments and, for a date in
    /// `Retry-After`, the clock.
    pub fn from_response(raw: &RawResponse, question: &Q, url: &Url, endpoint: &Endpoint, redactor: &Redactor) -> Self {
        let mut redirect = None;
        let mut reading = interpret::read(question, raw);
        if let Some(location) = raw.headers.get(LOCATION).filter(|_| (300..400).contains(&raw.status)) {
            let location = String::from_utf8_lossy(location.as_bytes());
            let target = url.join(&location).ok();
            if redactor.flags(&location) || target.as_ref().is_some_and(|target| redactor.flags(target.as_str())) {
                reading.answer = Q::no_answer(NoAnswer::Redirected);
                reading.detail = Some("its address holds a part of a token".into());
            } else if let Some(target) = target {
                if endpoint.same_origin(&target) {
                    redirect = question.redirected(target.path());
                } else {
                    reading.answer = Q::no_answer(NoAnswer::Redirected);
                    reading.detail = Some(format!("it points to {}", target.host_str().unwrap_or("another host")));
                }
            }
        }
        let show = |text: Option<String>| text.map(|text| redactor.line(&text));
        let exchange = Exchange {
            url: url.to_string(),
            status: Some(raw.status),
            error_code: show(reading.error_code),
            error_message: show(reading.error_message),
            request_id: show(reading.request_id),
            detail: show(reading.detail),
            notice: show(reading.notice),
            date: date(&raw.headers),
            ..Exchange::default()
        };
        let hint = retry::hint(raw.status, &raw.headers, SystemTime::now());
        Self { answer: reading.answer, exchange, hint, redirect }
    }

    /// For a question that was sent and got no response.
    pub fn without_response(reason: NoAnswer, url: &Url) -> Self {
        let exchange = Exchange { url: url.to_string(), ..Exchange::default() };
        Self { answer: Q::no_answer(reason), exchange, hint: Hint::default(), redirect: None }
    }

    /// For a question whose connection failed.
    pub fn failed(failure: &Failure, url: &Url, redactor: &Redactor) -> Self {
        let mut attempt = Self::without_response(failure.answer, url);
        attempt.exchange.detail = Some(redactor.line(&failure.detail)).filter(|detail| !detail.is_empty());
        attempt.exchange.tls_problem = failure.tls_problem;
        attempt.exchange.restriction = failure.restriction;
        attempt
    }

    /// The reply to `question`, how long to wait before the next, and where the Hub redirects to.
    pub fn into_reply(self, question: Q, attempts: u32, elapsed: Duration) -> (Reply<Q, Q::Answer>, Hint, Option<Q>) {
        let Self { answer, mut exchange, hint, redirect } = self;
        exchange.attempts = attempts;
        exchange.elapsed = exchange.elapsed.max(elapsed);
        exchange.retry_after = hint.wait;
        (Reply { question, answer, exchange }, hint, redirect)
    }
}

/// When the response was sent, by the server's clock. A response from a cache keeps the date it was made at.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let made = Timestamp::at(httpdate::parse_http_date(text(DATE)?).ok()?)?;
    let age = text(AGE).and_then(|age| age.parse().ok()).unwrap_or_default();
    Some(made.later(Duration::from_secs(age)))
}

/// The reply that one response makes, or the lack of one, and where it redirects to: asking without a network.
pub fn replied<Q: Request>(
    question: Q,
    raw: Result<&RawResponse, &Failure>,
    endpoint: &Endpoint,
    redactor: &Redactor,
) -> (Reply<Q, Q::Answer>, Option<Q>) {
    let url = endpoint.join(&question.path());
    let attempt = match raw {
        Ok(raw) => Attempt::from_response(raw, &question, &url, endpoint, redactor),
        Err(failure) => Attempt::failed(failure, &url, redactor),
    };
    let (reply, _, redirect) = attempt.into_reply(question, 1, Duration::ZERO);
    (reply, redirect)
}
