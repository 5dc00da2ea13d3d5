use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, DATE, HeaderMap, LOCATION};
use url::Url;

use crate::hub::interpret;
use crate::hub::interpret::page::{Arrival, RawResponse};
use crate::hub::net::errors::Failure;
use crate::hub::request::Request;
use crate::hub::retry::{self, Hint};
use crate::model::answer::NoAnswer;
use crate::model::author::Author;
use crate::model::endpoint::Endpoint;
use crate::model::reply::{Exchange, Reply};
use crate::model::timestamp::Timestamp;
use crate::token::redact::Redactor;

/// A question on its way to an address.
#[derive(Clone)]
pub struct Target<Q> {
    pub question: Q,
    pub url: Url,
    pub arrival: Arrival,
    /// Where else it may be answered: a proxy passes on redirects that do not know of its own path.
    pub below_the_endpoint: Option<Url>,
}

impl<Q: Request> Target<Q> {
    /// Where the question is put first.
    pub fn first(question: Q, endpoint: &Endpoint) -> Self {
        let url = endpoint.join(&question.path());
        Self { question, url, arrival: Arrival::Direct, below_the_endpoint: None }
    }

    /// Where the Hub redirects it to: to this very origin, as every client follows it.
    fn redirected(&self, location: &Url, endpoint: &Endpoint) -> Option<Self> {
        let question = self.question.redirected(location.path().trim_end_matches('/'))?;
        let mut url = location.clone();
        url.set_fragment(None);
        let below = endpoint.join(&question.path());
        let is_elsewhere = question.path() != self.question.path() && below.path() != url.path();
        let below_the_endpoint = Some(below).filter(|_| is_elsewhere);
        Some(Self { question, url, arrival: Arrival::Redirected, below_the_endpoint })
    }
}

/// What one sending came to.
pub struct Attempt<Q: Request> {
    /// The question that was answered: where the metadata of a short name names the repo in full, the one about that.
    pub question: Q,
    pub answer: Q::Answer,
    pub author: Author,
    pub exchange: Exchange,
    pub hint: Hint,
    /// Where the Hub redirects to.
    pub redirect: Option<Target<Q>>,
}

impl<Q: Request> Attempt<Q> {
    /// All that stands between the wire and judgement. Looks at nothing but its arguments and, for a date in
    /// `Retry-After`, the clock.
    pub fn from_response(raw: &RawResponse, target: &Target<Q>, endpoint: &Endpoint, redactor: &Redactor) -> Self {
        let mut redirect = None;
        let mut reading = interpret::read(&target.question, raw, endpoint.site(), target.arrival);
        if let Some(location) = raw.headers.get(LOCATION).filter(|_| (300..400).contains(&raw.status)) {
            let location = String::from_utf8_lossy(location.as_bytes());
            let address = target.url.join(&location).ok();
            if redactor.flags(&location) || address.as_ref().is_some_and(|address| redactor.flags(address.as_str())) {
                reading.answer = Q::no_answer(NoAnswer::Redirected);
                reading.detail = Some("its address holds a part of a token".into());
            } else if let Some(address) = address {
                if endpoint.same_origin(&address) {
                    redirect = target.redirected(&address, endpoint);
                } else {
                    reading.answer = Q::no_answer(NoAnswer::Redirected);
                    reading.detail = Some(format!("it points to {}", address.host_str().unwrap_or("another host")));
                }
            }
        }
        let show = |text: Option<String>| text.map(|text| redactor.line(&text));
        let exchange = Exchange {
            url: target.url.to_string(),
            status: Some(raw.status),
            date: date(&raw.headers),
            error_code: show(reading.error_code),
            error_message: show(reading.error_message),
            request_id: show(reading.request_id),
            detail: show(reading.detail),
            notice: show(reading.notice),
            ..Exchange::default()
        };
        let hint = retry::hint(raw.status, &raw.headers, SystemTime::now());
        let question = reading.answered.unwrap_or_else(|| target.question.clone());
        Self { question, answer: reading.answer, author: reading.author, exchange, hint, redirect }
    }

    /// For a question that was sent and got no response.
    pub fn without_response(reason: NoAnswer, target: &Target<Q>) -> Self {
        let (question, answer, author) = (target.question.clone(), Q::no_answer(reason), Author::Unknown);
        let exchange = Exchange { url: target.url.to_string(), ..Exchange::default() };
        Self { question, answer, author, exchange, hint: Hint::default(), redirect: None }
    }

    /// For a question whose connection failed.
    pub fn failed(failure: &Failure, target: &Target<Q>, redactor: &Redactor) -> Self {
        let mut attempt = Self::without_response(failure.answer, target);
        attempt.exchange.detail = Some(redactor.line(&failure.detail)).filter(|detail| !detail.is_empty());
        attempt.exchange.obstacle.clone_from(&failure.obstacle);
        attempt
    }

    /// The reply, how long to wait before the next, and where the Hub redirects to.
    pub fn into_reply(self, attempts: u32, elapsed: Duration) -> (Reply<Q, Q::Answer>, Hint, Option<Target<Q>>) {
        let Self { question, answer, author, mut exchange, hint, redirect } = self;
        exchange.attempts = attempts;
        exchange.elapsed = exchange.elapsed.max(elapsed);
        exchange.retry_after = hint.wait;
        (Reply { question, answer, author, exchange }, hint, redirect)
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
    target: &Target<Q>,
    raw: Result<&RawResponse, &Failure>,
    endpoint: &Endpoint,
    redactor: &Redactor,
) -> (Reply<Q, Q::Answer>, Option<Target<Q>>) {
    let attempt = match raw {
        Ok(raw) => Attempt::from_response(raw, target, endpoint, redactor),
        Err(failure) => Attempt::failed(failure, target, redactor),
    };
    let (reply, _, redirect) = attempt.into_reply(1, Duration::ZERO);
    (reply, redirect)
}
