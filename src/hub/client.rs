use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit as Permit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use crate::hub::attempt::{self, Attempt};
use crate::hub::dns::resolver::{Allowed, Resolver};
use crate::hub::interpret::RawResponse;
use crate::hub::net::errors;
use crate::hub::net::gate::ConnectionGate;
use crate::hub::net::proxy::ProxyRoute;
use crate::hub::net::tls;
use crate::hub::retry::{self, Hint};
use crate::model::answer::Answer;
use crate::model::ca_bundle::Bundle;
use crate::model::endpoint::Endpoint;
use crate::model::question::Question;
use crate::model::reply::Reply;
use crate::model::repo::RepoRef;
use crate::token::secret::Token;

/// At most this many questions are in flight at a time. Each costs 14 kB while it is: a job of ten needs is asked in one round, and
/// the memory of a hundred is nearly that of two.
const IN_FLIGHT: usize = 12;

/// The answer to a question of right is two letters, or a sentence; of a longer one no more is read.
const SHORT_BODY: usize = 1 << 16;

/// whoami lists every organization, a repo's metadata every file. Bodies beyond this are not read.
const LONGEST_BODY: usize = 1 << 20;

/// Seats that a question takes whose answer may be long and which is not the only one of its kind: memory stays small.
const PERMITS_FOR_A_LONG_ANSWER: u32 = 4;

/// How much of an answer a Hub that speaks HTTP/2 may send unread: the protocol's own default, and for all answers at once
/// a few of those. hyper's is megabytes, which a hostile server would fill.
const STREAM_WINDOW: u32 = (1 << 16) - 1;
const WINDOWS: u32 = 4;

/// The head of an answer over HTTP/2; hyper's own limit is 16 KiB, which a long address in `Location` exceeds.
const LONGEST_HEAD: u32 = 1 << 16;

/// A repo that was renamed more often than this is a loop.
const MOST_REDIRECTS: usize = 5;

/// A server may end a connection whenever it likes; a question that it did not take goes to the next one at once, so often.
const MOST_RETURNS: usize = 3;

/// The ecosystem's form of a user agent (`huggingface_hub` `utils/_headers.py`).
const USER_AGENT: &str = concat!("hf-token-check/", env!("CARGO_PKG_VERSION"), "; rust");

/// How the Hub is reached.
#[derive(Debug)]
pub struct ClientConfig {
    /// Where.
    pub endpoint: Endpoint,
    /// Until when: every answer, retries included, is in by then.
    pub deadline: std::time::Instant,
    /// Certificates to trust besides the built-in ones.
    pub bundles: Vec<Bundle>,
    /// Directly, or through a proxy.
    pub route: ProxyRoute,
}

/// A connection to the Hub. Asking never fails: every question ends in a [`Reply`], before the deadline.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    endpoint: Endpoint,
    token: Arc<Token>,
    deadline: Instant,
    permits: Arc<Semaphore>,
    classifier: errors::ErrorClassifier,
}

impl Hub {
    /// Prepares a connection; nothing is sent yet. The token goes into the `Authorization` header and nowhere else.
    pub fn connect(line: ClientConfig, token: Arc<Token>) -> anyhow::Result<Self> {
        let (roots, complaints) = tls::roots(&line.bundles);
        let mut authorization = HeaderValue::from_maybe_shared(token.authorization())?;
        authorization.set_sensitive(true);
        let proxy = match &line.route {
            ProxyRoute::Through(proxy) => Some(reqwest::Proxy::all(proxy.url())?),
            ProxyRoute::Direct | ProxyRoute::Closed(_) => None,
        };
        let permits = Arc::new(Semaphore::new(if line.endpoint.is_encrypted() { 1 } else { IN_FLIGHT }));
        let allowed = if line.endpoint.is_for_loopback_only() { Allowed::LoopbackOnly } else { Allowed::Any };
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
            .connect_timeout(errors::CONNECT_WITHIN)
            .dns_resolver(Resolver::new(allowed))
            .connector_layer(ConnectionGate::of(&permits, IN_FLIGHT))
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(STREAM_WINDOW * WINDOWS)
            .http2_max_header_list_size(LONGEST_HEAD)
            .build()?;
        let classifier = errors::ErrorClassifier::new(line.route, &line.endpoint, complaints);
        let deadline = Instant::from_std(line.deadline);
        Ok(Self(Arc::new(Inner { http, endpoint: line.endpoint, token, deadline, permits, classifier })))
    }

    /// Asks everything at once and returns the replies in the order of the questions.
    pub async fn ask_all(&self, questions: Vec<Question>) -> Vec<Reply> {
        let mut tasks = JoinSet::new();
        let mut replies = Vec::with_capacity(questions.len());
        for (at, question) in questions.into_iter().enumerate() {
            // A question that has no seat yet is no task yet: it costs little until its turn.
            let permit = timeout_at(self.0.deadline, self.0.permit(&question)).await.ok().flatten();
            let hub = self.clone();
            tasks.spawn(async move { (at, hub.ask_again(question, permit, None).await) });
            replies.extend(std::iter::from_fn(|| tasks.try_join_next()).flatten());
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done);
        }
        replies.sort_unstable_by_key(|(at, _)| *at);
        replies.into_iter().map(|(_, reply)| reply).collect()
    }

    /// Asks exactly once: whoami is rate-limited so strictly that a second try must be worth it.
    pub async fn ask_once(&self, question: Question) -> Reply {
        let attempt = self.0.attempt(&question, None).await;
        attempt.into_reply(question, 1, Duration::ZERO).0
    }

    /// Goes on asking where `ask_once` ended without an answer that time cannot heal.
    pub async fn ask_on(&self, reply: Reply) -> Reply {
        let hint = Hint { wait: reply.exchange.retry_after };
        let pause = retry::pause(&reply.question, reply.answer, reply.exchange.attempts, hint);
        match pause.map(|pause| Instant::now() + pause) {
            Some(until) if until < self.0.deadline => {
                sleep_until(until).await;
                self.ask_again(reply.question.clone(), None, Some(reply)).await
            }
            _ => reply,
        }
    }

    /// Asks until there is an answer that waiting cannot improve, on from the `last` reply, if there was one.
    async fn ask_again(&self, mut question: Question, mut permit: Option<Permit>, mut last: Option<Reply>) -> Reply {
        let started = Instant::now();
        let mut attempts = last.as_ref().map_or(0, |reply| reply.exchange.attempts);
        let mut redirected_to: Option<RepoRef> = None;
        let mut redirects = 0;
        loop {
            attempts += 1;
            let attempt = self.0.attempt(&question, permit.take()).await;
            let (mut reply, hint, redirect) = attempt.into_reply(question.clone(), attempts, started.elapsed());
            reply.redirected_to.clone_from(&redirected_to);
            if let Some(repo) = redirect {
                redirects += 1;
                if redirects > MOST_REDIRECTS {
                    reply.answer = Answer::Unexpected;
                    reply.exchange.detail = Some("the redirects go round in a circle".into());
                    return reply;
                }
                question = question.about(repo.clone());
                redirected_to = Some(repo);
                attempts -= 1;
                continue;
            }
            if reply.answer == Answer::Timeout
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

impl Inner {
    /// Waits for room to ask; there is always some in the end, because nobody closes the semaphore.
    async fn permit(&self, question: &Question) -> Option<Permit> {
        Arc::clone(&self.permits).acquire_many_owned(permits(question)).await.ok()
    }

    /// Sends the question once. The deadline cuts it off wherever it is.
    async fn attempt(&self, question: &Question, permit: Option<Permit>) -> Attempt {
        let url = self.endpoint.join(&question.path());
        let started = Instant::now();
        let seated = async {
            let _seat = match permit {
                Some(permit) => Some(permit),
                None => self.permit(question).await,
            };
            self.exchange(question, &url).await
        };
        let mut attempt = timeout_at(self.deadline, seated).await.unwrap_or_else(|_| {
            let mut attempt = Attempt::without_answer(Answer::Timeout, &url);
            attempt.exchange.detail = self.classifier.waypoint();
            attempt
        });
        attempt.exchange.elapsed = started.elapsed();
        attempt
    }

    async fn exchange(&self, question: &Question, url: &Url) -> Attempt {
        let raw = match self.fetch(url, longest_body(question)).await {
            Ok(raw) => raw,
            Err(failure) => {
                let mut attempt = Attempt::without_answer(failure.answer, url);
                attempt.exchange.detail = Some(attempt::clean(&self.token, &failure.detail));
                attempt.exchange.tls_problem = failure.tls_problem;
                return attempt;
            }
        };
        Attempt::from_answer(&raw, question, url, &self.endpoint, &self.token)
    }

    async fn fetch(&self, url: &Url, most: usize) -> Result<RawResponse, errors::Failure> {
        self.classifier.open()?;
        let mut returns = 0..MOST_RETURNS;
        loop {
            match self.download(url, most).await {
                Err(error) if errors::is_unread(&error) && returns.next().is_some() => {}
                done => return done.map_err(|error| self.classifier.classify(&error)),
            }
        }
    }

    async fn download(&self, url: &Url, most: usize) -> reqwest::Result<RawResponse> {
        let mut response = self.http.get(url.clone()).send().await?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(most + 1 - body.len())]);
            if body.len() > most {
                break;
            }
        }
        Ok(RawResponse { status, headers, is_whole: body.len() <= most, body })
    }
}

fn permits(question: &Question) -> u32 {
    match question {
        Question::WhoAmI | Question::CanRead(_) | Question::CanWrite(_) => 1,
        Question::Exists(_) | Question::Job(_) => PERMITS_FOR_A_LONG_ANSWER,
    }
}

fn longest_body(question: &Question) -> usize {
    match question {
        Question::CanRead(_) | Question::CanWrite(_) => SHORT_BODY,
        Question::WhoAmI | Question::Exists(_) | Question::Job(_) => LONGEST_BODY,
    }
}
