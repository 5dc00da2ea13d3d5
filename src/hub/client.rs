use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tokio::sync::{OnceCell, OwnedSemaphorePermit as Permit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use crate::hub::attempt::{Attempt, Target};
use crate::hub::dns::overrides::Overrides;
use crate::hub::dns::resolver::{Allowed, Resolver};
use crate::hub::fetch::Clients;
use crate::hub::interpret::page::RawResponse;
use crate::hub::net::errors::{self, Phase};
use crate::hub::net::gate::ConnectionGate;
use crate::hub::net::pem::{self, Trusted};
use crate::hub::net::proxy::ProxyRoute;
use crate::hub::net::tls;
use crate::hub::net::trust::Finding;
use crate::hub::net::tunnel::ConnectAnswer;
use crate::hub::request::Request;
use crate::hub::retry::{self, Hint};
use crate::model::answer::NoAnswer;
use crate::model::ca_bundle::{Bundle, Distrust};
use crate::model::endpoint::Endpoint;
use crate::model::question::{JobRef, RepoQuestion, RevisionQuestion, WhoAmI};
use crate::model::reply::{JobReply, Reply, RepoReply, RevisionReply, WhoamiReply};
use crate::token::redact::Redactor;
use crate::token::secret::Token;

/// At most this many questions are in flight at a time. Each costs 14 kB while it is: a job of ten needs is asked in one round, and
/// the memory of a hundred is nearly that of two.
const IN_FLIGHT: usize = 12;

/// How much of an answer a Hub that speaks HTTP/2 may send unread: the protocol's own default, and for all answers at once
/// a few of those. hyper's is megabytes, which a hostile server would fill.
const STREAM_WINDOW: u32 = (1 << 16) - 1;
const WINDOWS: u32 = 4;

/// The head of an answer over HTTP/2; hyper's own limit is 16 KiB, which a long address in `Location` exceeds.
const LONGEST_HEAD: u32 = 1 << 16;

/// A repo that was renamed more often than this is a loop.
const MOST_REDIRECTS: usize = 5;

/// So long before the deadline nothing more is asked that would only explain a failure.
const RESERVE: Duration = Duration::from_millis(200);

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
    /// What the environment says about looking up names.
    pub lookups: Overrides,
}

/// A connection to the Hub. Asking never fails: every question ends in a [`Reply`], before the deadline.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    clients: Clients,
    template: ClientTemplate,
    /// What the proxy says to CONNECT, once somebody wants to know.
    connect_answer: OnceCell<Option<ConnectAnswer>>,
    endpoint: Endpoint,
    redactor: Arc<Redactor>,
    deadline: Instant,
    permits: Arc<Semaphore>,
    classifier: errors::ErrorClassifier,
    resolver: Resolver,
    gate: ConnectionGate,
    trust: Finding,
    started: Instant,
}

impl Hub {
    /// Prepares a connection; nothing is sent yet. The token goes into the `Authorization` header and nowhere else.
    pub fn connect(line: ClientConfig, token: &Token, redactor: Arc<Redactor>) -> anyhow::Result<Self> {
        // A file that hangs must leave time for the Hub.
        let now = std::time::Instant::now();
        let until = now + line.deadline.saturating_duration_since(now) / 4;
        let Trusted { roots, complaints, files } = pem::roots(&line.bundles, until);
        let mut authorization = HeaderValue::from_maybe_shared(token.authorization())?;
        authorization.set_sensitive(true);
        let proxy = match &line.route {
            ProxyRoute::Through(proxy) => {
                let through = reqwest::Proxy::all(proxy.url())?;
                Some(match proxy.credentials() {
                    Some((user, password)) => through.basic_auth(user, password),
                    None => through,
                })
            }
            ProxyRoute::Direct | ProxyRoute::Closed(_) => None,
        };
        let permits = Arc::new(Semaphore::new(if line.endpoint.is_encrypted() { 1 } else { IN_FLIGHT }));
        let deadline = Instant::from_std(line.deadline);
        let allowed = if line.endpoint.is_for_loopback_only() { Allowed::LoopbackOnly } else { Allowed::Any };
        let resolver = Resolver::new(allowed, line.lookups);
        let gate = ConnectionGate::of(&permits, IN_FLIGHT);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        let (tls, trust) = tls::config(roots, &line.bundles, files, line.endpoint.host_name())?;
        let template = ClientTemplate { proxy, tls: tls.clone(), resolver: resolver.clone() };
        let (to_the_hub, gate_too) = (template.clone(), gate.clone());
        let client = move |tls| {
            to_the_hub
                .client(tls)
                .default_headers(headers.clone())
                .connector_layer(gate_too.clone())
                .http1_allow_obsolete_multiline_headers_in_responses(true)
                .http2_initial_stream_window_size(STREAM_WINDOW)
                .http2_initial_connection_window_size(STREAM_WINDOW * WINDOWS)
                .http2_max_header_list_size(LONGEST_HEAD)
                .build()
        };
        let clients = Clients::made_by(client, tls)?;
        let classifier = errors::ErrorClassifier::new(line.route, &line.endpoint, complaints);
        Ok(Self(Arc::new(Inner {
            clients,
            template,
            connect_answer: OnceCell::new(),
            endpoint: line.endpoint,
            redactor,
            deadline,
            permits,
            classifier,
            resolver,
            gate,
            trust,
            started: Instant::now(),
        })))
    }

    /// Asks everything at once and returns the replies in the order of the questions.
    async fn ask_all<Q: Request>(&self, questions: Vec<Q>) -> Vec<Reply<Q, Q::Answer>> {
        let mut tasks = JoinSet::new();
        let mut replies = Vec::with_capacity(questions.len());
        for (at, question) in questions.into_iter().enumerate() {
            // A question that has no permit yet is no task yet: it costs little until its turn.
            let permit = timeout_at(self.0.deadline, self.0.permit(&question)).await.ok().flatten();
            let hub = self.clone();
            tasks.spawn(async move { (at, hub.ask(question, permit).await) });
            replies.extend(std::iter::from_fn(|| tasks.try_join_next()).flatten());
        }
        while let Some(done) = tasks.join_next().await {
            replies.extend(done);
        }
        replies.sort_unstable_by_key(|(at, _)| *at);
        replies.into_iter().map(|(_, reply)| reply).collect()
    }

    /// Why the Python client does not trust the server, where this program does.
    pub fn distrust(&self) -> Option<Distrust> {
        self.0.trust.get()
    }

    /// Asks about repos, all at once; the replies come in the order of the questions.
    pub async fn access(&self, questions: Vec<RepoQuestion>) -> Vec<RepoReply> {
        self.ask_all(questions).await
    }

    /// Asks about revisions, all at once; the replies come in the order of the questions.
    pub async fn revisions(&self, questions: Vec<RevisionQuestion>) -> Vec<RevisionReply> {
        self.ask_all(questions).await
    }

    /// Asks for the records of jobs, all at once; the replies come in the order of the jobs.
    pub async fn jobs(&self, jobs: Vec<JobRef>) -> Vec<JobReply> {
        self.ask_all(jobs).await
    }

    /// Asks whose token this is until the Hub was reached, and then not again: whoami is rate-limited so strictly that a
    /// second answer must be worth it.
    pub async fn whoami(&self) -> WhoamiReply {
        self.ask_while(WhoAmI, None, None, |reason| !retry::may_have_reached_the_hub(reason)).await
    }

    /// Asks again where `whoami` reached the Hub, got no answer, and time may bring one.
    pub async fn whoami_again(&self, reply: WhoamiReply) -> WhoamiReply {
        let reason = WhoAmI::reason(&reply.answer).filter(|reason| retry::may_have_reached_the_hub(*reason));
        let hint = Hint { wait: reply.exchange.retry_after };
        match reason.and_then(|reason| self.0.next_attempt::<WhoAmI>(reason, 1, hint)) {
            Some(until) => {
                sleep_until(until).await;
                self.ask_while(WhoAmI, None, Some(reply), |_| true).await
            }
            None => reply,
        }
    }

    /// Asks until there is an answer that waiting cannot improve.
    async fn ask<Q: Request>(&self, question: Q, permit: Option<Permit>) -> Reply<Q, Q::Answer> {
        self.ask_while(question, permit, None, |_| true).await
    }

    /// Asks until there is an answer that waiting cannot improve, or that is not worth another attempt, on from the `last`
    /// reply, if there was one.
    async fn ask_while<Q: Request>(
        &self,
        question: Q,
        mut permit: Option<Permit>,
        mut last: Option<Reply<Q, Q::Answer>>,
        is_worth_it: impl Fn(NoAnswer) -> bool,
    ) -> Reply<Q, Q::Answer> {
        let started = Instant::now();
        let mut attempts = last.as_ref().map_or(0, |reply| reply.exchange.attempts);
        // Attempts that may have reached the Hub are counted apart from those that did not.
        let (mut reached, mut unreached) = (u32::from(last.is_some()), 0);
        let mut target = Target::first(question, &self.0.endpoint);
        loop {
            attempts += 1;
            let (mut reply, hint) = self.send(&mut target, permit.take(), attempts).await;
            reply.exchange.elapsed = started.elapsed();
            let Some(reason) = Q::reason(&reply.answer) else { return reply };
            if reason == NoAnswer::Timeout
                && let Some(told) = last
            {
                // The deadline cut off another try; what the Hub said before is the better answer.
                return told;
            }
            let count = if retry::may_have_reached_the_hub(reason) { &mut reached } else { &mut unreached };
            *count += 1;
            if !is_worth_it(reason) {
                return reply;
            }
            let Some(until) = self.0.next_attempt::<Q>(reason, *count, hint) else { return reply };
            last = Some(reply);
            sleep_until(until).await;
        }
    }

    /// Sends the question once, and again wherever the Hub redirects it; `target` is then the last of these.
    async fn send<Q: Request>(
        &self,
        target: &mut Target<Q>,
        mut permit: Option<Permit>,
        attempts: u32,
    ) -> (Reply<Q, Q::Answer>, Hint) {
        let started = Instant::now();
        let mut redirects = 0..MOST_REDIRECTS;
        loop {
            let attempt = self.0.attempt(target, permit.take()).await;
            let is_lost = Q::is_lost(&attempt.answer);
            let (mut reply, hint, redirect) = attempt.into_reply(attempts, started.elapsed());
            let below = target.below_the_endpoint.take().filter(|_| is_lost);
            match (redirect, below) {
                (None, None) => return (reply, hint),
                _ if redirects.next().is_none() => {
                    reply.answer = Q::no_answer(NoAnswer::Unexpected);
                    reply.exchange.detail = Some("the redirects go round in a circle".into());
                    return (reply, hint);
                }
                (Some(next), _) => *target = next,
                (None, Some(url)) => target.url = url,
            }
        }
    }
}

/// What every client is built from.
#[derive(Clone)]
struct ClientTemplate {
    proxy: Option<reqwest::Proxy>,
    tls: rustls::ClientConfig,
    resolver: Resolver,
}

impl ClientTemplate {
    /// A client that knows no token. The environment was read already: `no_proxy` keeps reqwest from reading it in its own way.
    fn client(&self, tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(errors::CONNECT_WITHIN)
            .dns_resolver(self.resolver.clone());
        self.proxy.iter().cloned().fold(builder, reqwest::ClientBuilder::proxy)
    }
}

impl Inner {
    /// When to ask again after so many attempts; `None` where that cannot help, or there is no time for it.
    fn next_attempt<Q: Request>(&self, reason: NoAnswer, attempts: u32, hint: Hint) -> Option<Instant> {
        let pause = retry::pause(reason, attempts, Q::MOST_ATTEMPTS, hint)?;
        pause.end(Instant::now().into_std(), self.deadline.into_std()).map(Instant::from_std)
    }

    /// Waits for a permit. Nobody closes the semaphore, so one always comes.
    async fn permit<Q: Request>(&self, question: &Q) -> Option<Permit> {
        Arc::clone(&self.permits).acquire_many_owned(question.permits()).await.ok()
    }

    /// Sends the question once. The deadline cuts it off wherever it is.
    async fn attempt<Q: Request>(&self, target: &Target<Q>, permit: Option<Permit>) -> Attempt<Q> {
        let started = Instant::now();
        let permitted = async {
            let _permit = match permit {
                Some(permit) => Some(permit),
                None => self.permit(&target.question).await,
            };
            self.exchange(target).await
        };
        let mut attempt = timeout_at(self.deadline, permitted).await.unwrap_or_else(|_| {
            let phase = match (self.resolver.is_looking(), self.gate.has_connected()) {
                (true, _) => Phase::Lookup,
                (false, false) => Phase::Connection,
                (false, true) => Phase::Response,
            };
            Attempt::failed(&self.classifier.cut_off(phase, self.started.elapsed()), target, &self.redactor)
        });
        attempt.exchange.elapsed = started.elapsed();
        attempt
    }

    async fn exchange<Q: Request>(&self, target: &Target<Q>) -> Attempt<Q> {
        if self.redactor.flags(target.url.as_str()) {
            // The owner of a job is a name that whoami gave.
            return Attempt::without_response(NoAnswer::Unexpected, target);
        }
        match self.fetch(&target.url, target.question.longest_body()).await {
            Ok(raw) => Attempt::from_response(&raw, target, &self.endpoint, &self.redactor),
            Err(failure) => Attempt::failed(&failure, target, &self.redactor),
        }
    }

    async fn fetch(&self, url: &Url, most: usize) -> Result<RawResponse, errors::Failure> {
        self.classifier.open()?;
        let error = match self.clients.fetch(url, most).await {
            Ok(response) => return self.classifier.refusal_by_a_proxy(&response).map_or(Ok(response), Err),
            Err(error) => error,
        };
        let failure = self.classifier.classify(&error);
        let failure = match self.resolver.found(self.endpoint.host_name()) {
            Some(found) => failure.at(&found),
            None => failure,
        };
        if !errors::is_refused_tunnel(&error) {
            return Err(failure);
        }
        // A failure without its explanation says more than that the time was up.
        let explained = timeout_at(self.deadline - RESERVE, self.no_tunnel()).await.ok().flatten();
        Err(explained.unwrap_or(failure))
    }

    /// Why the proxy does not connect, in its own words; it is asked about that once.
    async fn no_tunnel(&self) -> Option<errors::Failure> {
        let ask = || async {
            let client = self.template.client(self.template.tls.clone()).build().ok()?;
            ConnectAnswer::ask(&client, &self.endpoint.authority()).await
        };
        self.connect_answer.get_or_init(ask).await.as_ref().and_then(|answer| self.classifier.no_tunnel(answer))
    }
}
