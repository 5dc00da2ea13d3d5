use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit as Seat, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::attempt::{self, Attempt};
use super::first_connection::FirstConnection;
use super::proxy::Way;
use super::reading::Raw;
use super::resolver::Resolver;
use super::retry::{self, Hint};
use super::tls;
use super::transport;
use crate::domain::answer::{Answer, Reply};
use crate::domain::bundle::Bundle;
use crate::domain::endpoint::Endpoint;
use crate::domain::need::Question;
use crate::domain::repo::RepoRef;
use crate::domain::token::Token;

/// At most this many questions are in flight at a time. Each costs 14 kB while it is: a job of ten needs is asked in one round, and
/// the memory of a hundred is nearly that of two.
const IN_FLIGHT: usize = 12;

/// The answer to a question of right is two letters, or a sentence; of a longer one no more is read.
const SHORT_BODY: usize = 1 << 16;

/// whoami lists every organization, a repo's metadata every file. Bodies beyond this are not read.
const LONGEST_BODY: usize = 1 << 20;

/// Seats that a question takes whose answer may be long and which is not the only one of its kind: memory stays small.
const SEATS_FOR_A_LONG_ANSWER: u32 = 4;

/// How much of an answer a Hub that speaks HTTP/2 may send unread: the protocol's own default, and for all answers at once
/// a few of those. hyper's is megabytes, which a hostile server would fill.
const STREAM_WINDOW: u32 = (1 << 16) - 1;
const WINDOWS: u32 = 4;

/// The head of an answer over HTTP/2; hyper's own limit is 16 KiB, which a long address in `Location` exceeds.
const LONGEST_HEAD: u32 = 1 << 16;

/// A repo that was renamed more often than this is a loop.
const MOST_HOPS: usize = 5;

/// A server may end a connection whenever it likes; a question that it did not take goes to the next one at once, so often.
const MOST_RETURNS: usize = 3;

/// A connection that takes longer is tried again, or another address is.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(8);

/// The ecosystem's form of a user agent (`huggingface_hub` `utils/_headers.py`).
const USER_AGENT: &str = concat!("hf-token-check/", env!("CARGO_PKG_VERSION"), "; rust");

/// How the Hub is reached.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where.
    pub(crate) endpoint: Endpoint,
    /// Until when: every answer, retries included, is in by then.
    pub(crate) deadline: std::time::Instant,
    /// Certificates to trust besides the built-in ones.
    pub(crate) bundles: Vec<Bundle>,
    /// Directly, or through a proxy.
    pub(crate) way: Way,
}

/// A connection to the Hub. Asking never fails: every question ends in a [`Reply`], before the deadline.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Wire>);

struct Wire {
    http: reqwest::Client,
    endpoint: Endpoint,
    token: Arc<Token>,
    deadline: Instant,
    seats: Arc<Semaphore>,
    transport: transport::Route,
}

impl Hub {
    /// Prepares a connection; nothing is sent yet. The token goes into the `Authorization` header and nowhere else.
    pub(crate) fn connect(line: Line, token: Arc<Token>) -> anyhow::Result<Self> {
        let (roots, complaints) = tls::roots(&line.bundles);
        let mut authorization = HeaderValue::from_maybe_shared(token.authorization())?;
        authorization.set_sensitive(true);
        let proxy = match &line.way {
            Way::Through(proxy) => Some(reqwest::Proxy::all(proxy.url())?),
            Way::Direct | Way::Closed(_) => None,
        };
        let seats = Arc::new(Semaphore::new(if line.endpoint.is_encrypted() { 1 } else { IN_FLIGHT }));
        // The environment was read already: `no_proxy` keeps reqwest from reading it in its own way.
        let builder = reqwest::Client::builder().no_proxy();
        let http = proxy
            .into_iter()
            .fold(builder, reqwest::ClientBuilder::proxy)
            .tls_backend_preconfigured(tls::config(roots)?)
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_WITHIN)
            .dns_resolver(Resolver::default())
            .connector_layer(FirstConnection::of(&seats, IN_FLIGHT))
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(STREAM_WINDOW * WINDOWS)
            .http2_max_header_list_size(LONGEST_HEAD)
            .build()?;
        let transport = transport::Route::new(line.way, &line.endpoint, complaints);
        let deadline = Instant::from_std(line.deadline);
        Ok(Self(Arc::new(Wire { http, endpoint: line.endpoint, token, deadline, seats, transport })))
    }

    /// Asks everything at once and returns the replies in the order of the questions.
    pub(super) async fn ask_all(&self, questions: Vec<Question>) -> Vec<Reply> {
        let mut tasks = JoinSet::new();
        let mut replies = Vec::with_capacity(questions.len());
        for (at, question) in questions.into_iter().enumerate() {
            // A question that has no seat yet is no task yet: it costs little until its turn.
            let seat = timeout_at(self.0.deadline, self.0.seat(&question)).await.ok().flatten();
            let hub = self.clone();
            tasks.spawn(async move { (at, hub.ask_again(question, seat, None).await) });
            replies.extend(std::iter::from_fn(|| tasks.try_join_next()).flatten());
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done);
        }
        replies.sort_unstable_by_key(|(at, _)| *at);
        replies.into_iter().map(|(_, reply)| reply).collect()
    }

    /// Asks exactly once: whoami is rate-limited so strictly that a second try must be worth it.
    pub(super) async fn ask_once(&self, question: Question) -> Reply {
        let attempt = self.0.attempt(&question, None).await;
        attempt.into_reply(question, 1, Duration::ZERO).0
    }

    /// Goes on asking where `ask_once` ended without an answer that time cannot heal.
    pub(super) async fn ask_on(&self, reply: Reply) -> Reply {
        let hint = Hint { wait: reply.evidence.retry_after };
        let pause = retry::pause(&reply.question, reply.answer, reply.evidence.attempts, hint);
        match pause.map(|pause| Instant::now() + pause) {
            Some(until) if until < self.0.deadline => {
                sleep_until(until).await;
                self.ask_again(reply.question.clone(), None, Some(reply)).await
            }
            _ => reply,
        }
    }

    /// Asks until there is an answer that waiting cannot improve, on from the `last` reply, if there was one.
    async fn ask_again(&self, mut question: Question, mut seat: Option<Seat>, mut last: Option<Reply>) -> Reply {
        let started = Instant::now();
        let mut attempts = last.as_ref().map_or(0, |reply| reply.evidence.attempts);
        let mut landed: Option<RepoRef> = None;
        let mut hops = 0;
        loop {
            attempts += 1;
            let attempt = self.0.attempt(&question, seat.take()).await;
            let (mut reply, hint, hop) = attempt.into_reply(question.clone(), attempts, started.elapsed());
            reply.landed.clone_from(&landed);
            if let Some(repo) = hop {
                hops += 1;
                if hops > MOST_HOPS {
                    reply.answer = Answer::Unexpected;
                    reply.evidence.detail = Some("the redirects go round in a circle".into());
                    return reply;
                }
                question = question.about(repo.clone());
                landed = Some(repo);
                attempts -= 1;
                continue;
            }
            if reply.answer == Answer::NoTime
                && let Some(told) = last
            {
                // The deadline cut off another try; what the Hub said before is the better answer.
                return told;
            }
            let Some(pause) = retry::pause(&question, reply.answer, attempts, hint) else { return reply };
            let until = Instant::now() + pause;
            if until >= self.0.deadline {
                return reply;
            }
            last = Some(reply);
            sleep_until(until).await;
        }
    }
}

impl Wire {
    /// Waits for room to ask; there is always some in the end, because nobody closes the semaphore.
    async fn seat(&self, question: &Question) -> Option<Seat> {
        Arc::clone(&self.seats).acquire_many_owned(seats(question)).await.ok()
    }

    /// Sends the question once. The deadline cuts it off wherever it is.
    async fn attempt(&self, question: &Question, seat: Option<Seat>) -> Attempt {
        let url = self.endpoint.join(&question.path());
        let started = Instant::now();
        let seated = async {
            let _seat = match seat {
                Some(seat) => Some(seat),
                None => self.seat(question).await,
            };
            self.exchange(question, &url).await
        };
        let mut attempt = timeout_at(self.deadline, seated).await.unwrap_or_else(|_| {
            let mut attempt = Attempt::without_answer(Answer::NoTime, &url);
            attempt.evidence.detail = self.transport.waypoint();
            attempt
        });
        attempt.evidence.elapsed = started.elapsed();
        attempt
    }

    async fn exchange(&self, question: &Question, url: &Url) -> Attempt {
        let raw = match self.fetch(url, longest_body(question)).await {
            Ok(raw) => raw,
            Err(failure) => {
                let mut attempt = Attempt::without_answer(failure.answer, url);
                attempt.evidence.detail = Some(attempt::clean(&self.token, &failure.detail));
                attempt.evidence.trust = failure.trust;
                return attempt;
            }
        };
        Attempt::from_answer(&raw, question, url, &self.endpoint, &self.token)
    }

    async fn fetch(&self, url: &Url, most: usize) -> Result<Raw, transport::Failure> {
        self.transport.open()?;
        let mut returns = 0..MOST_RETURNS;
        loop {
            match self.download(url, most).await {
                Err(error) if transport::is_unread(&error) && returns.next().is_some() => {}
                done => return done.map_err(|error| self.transport.classify(&error)),
            }
        }
    }

    async fn download(&self, url: &Url, most: usize) -> reqwest::Result<Raw> {
        let mut response = self.http.get(url.clone()).send().await?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(most + 1 - body.len())]);
            if body.len() > most {
                break;
            }
        }
        Ok(Raw { status, headers, is_whole: body.len() <= most, body })
    }
}

fn seats(question: &Question) -> u32 {
    match question {
        Question::WhoAmI | Question::CanRead(_) | Question::CanWrite(_) => 1,
        Question::Exists(_) | Question::Job(_) => SEATS_FOR_A_LONG_ANSWER,
    }
}

fn longest_body(question: &Question) -> usize {
    match question {
        Question::CanRead(_) | Question::CanWrite(_) => SHORT_BODY,
        Question::WhoAmI | Question::Exists(_) | Question::Job(_) => LONGEST_BODY,
    }
}
