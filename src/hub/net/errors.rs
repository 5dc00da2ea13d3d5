//! What went wrong below HTTP, told apart by the type of the error.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::hub::dns::error::{NoAddress, Outlook};
use crate::hub::dns::found::Found;
use crate::hub::interpret::page::RawResponse;
use crate::hub::net::handshake::HandshakeFailure;
use crate::hub::net::proxy::{Proxy, ProxyRoute, Unusable};
use crate::hub::net::tunnel::{ConnectAnswer, NoTunnel};
use crate::model::answer::NoAnswer;
use crate::model::duration;
use crate::model::endpoint::Endpoint;
use crate::model::obstacle::{Obstacle, ProxyProblem, ProxyProblemKind, Restriction, TlsProblem};
use crate::model::printable;
use crate::process::limits;

/// A connection that takes longer, TCP and TLS together, is given up and tried again.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(8);

/// The way to the endpoint, and what may be in the way.
pub struct ErrorClassifier {
    route: ProxyRoute,
    endpoint: String,
    is_encrypted: bool,
    /// Bundles of certificates that could not be read.
    complaints: Vec<String>,
}

/// What a question waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The addresses of the host.
    Lookup,
    /// A first connection, TCP and TLS together.
    Connection,
    /// The response.
    Response,
}

/// A failure to get an answer.
#[derive(Debug)]
pub struct Failure {
    /// By kind.
    pub answer: NoAnswer,
    /// In a clause; empty where there is nothing to add.
    pub detail: String,
    /// What is in the way, where that is known more narrowly than by kind.
    pub obstacle: Option<Obstacle>,
}

impl ErrorClassifier {
    /// `complaints` are shown where a handshake fails.
    pub fn new(route: ProxyRoute, endpoint: &Endpoint, complaints: Vec<String>) -> Self {
        Self { route, endpoint: endpoint.host(), is_encrypted: endpoint.is_encrypted(), complaints }
    }

    /// A failure where the way is closed before anything is sent.
    pub fn open(&self) -> Result<(), Failure> {
        match &self.route {
            ProxyRoute::Closed(Unusable { variable, why }) => {
                let problem = ProxyProblem { variable: variable.clone(), kind: ProxyProblemKind::Address };
                let failure = Failure::new(NoAnswer::NoProxy, &format!("{variable} {why}"));
                Err(Failure { obstacle: Some(Obstacle::Proxy(problem)), ..failure })
            }
            ProxyRoute::Direct | ProxyRoute::Through(_) => Ok(()),
        }
    }

    /// What stands between here and the endpoint, in a clause.
    pub fn waypoint(&self) -> Option<String> {
        match &self.route {
            ProxyRoute::Through(proxy) => Some(format!("asked through the proxy {proxy} (from {})", proxy.variable)),
            ProxyRoute::Direct | ProxyRoute::Closed(_) => None,
        }
    }

    /// What the deadline cut off, this long after the start.
    pub fn cut_off(&self, phase: Phase, elapsed: Duration) -> Failure {
        match (phase, self.waypoint()) {
            (Phase::Lookup, None) => Failure::new(NoAnswer::NameServerTrouble, "no name server answered in time"),
            (Phase::Connection, None) => not_connected(elapsed),
            (Phase::Response, waypoint) | (Phase::Lookup | Phase::Connection, waypoint @ Some(_)) => {
                Failure::new(NoAnswer::Timeout, &waypoint.unwrap_or_default())
            }
        }
    }

    /// Names the failure.
    pub fn classify(&self, error: &reqwest::Error) -> Failure {
        if let Some(restriction) = restriction(error) {
            let failure = Failure::new(NoAnswer::Restricted, restriction.detail());
            return Failure { obstacle: Some(Obstacle::Restriction(restriction)), ..failure };
        }
        if let ProxyRoute::Through(proxy) = &self.route
            && error.is_connect()
            && (!self.is_encrypted || error.is_timeout() || chain(error).any(is_of_the_tunnel))
        {
            return self.proxys(proxy, error);
        }
        let mut failure = self.hosts(error);
        if let Some(waypoint) = self.waypoint() {
            failure.detail.push_str(&format!("; {waypoint}"));
        }
        failure
    }

    /// Names a failure of the endpoint's, or on the way to it.
    fn hosts(&self, error: &reqwest::Error) -> Failure {
        let causes = || chain(error);
        if let Some(tls) = causes().find_map(|e| e.downcast_ref()) {
            let HandshakeFailure { problem, detail } = HandshakeFailure::of(tls);
            let detail = self.with_complaints(detail);
            return Failure { obstacle: problem.map(Obstacle::Tls), ..Failure::new(NoAnswer::TlsFailure, &detail) };
        }
        if let Some(no_address) = causes().find_map(|e| e.downcast_ref::<NoAddress>()) {
            let answer = match no_address.outlook {
                Outlook::Settled => NoAnswer::NoAddress,
                Outlook::Open => NoAnswer::NameServerTrouble,
            };
            return Failure::new(answer, &no_address.to_string());
        }
        if let Some(detail) = over_http2(error) {
            return Failure::new(NoAnswer::Interrupted, &detail);
        }
        let last = causes().last().map(plain).unwrap_or_default();
        match kind(error) {
            _ if error.is_timeout() && error.is_connect() => not_connected(CONNECT_WITHIN),
            Some(ErrorKind::ConnectionRefused) => Failure::new(NoAnswer::Refused, "connection refused"),
            Some(ErrorKind::TimedOut) => {
                Failure::new(NoAnswer::Interrupted, "the connection died: for long, nothing that was sent arrived")
            }
            Some(kind) if is_an_end(kind) && error.is_connect() => {
                Failure::new(NoAnswer::Interrupted, "the connection was closed during the TLS handshake")
            }
            _ if error.is_connect() => Failure::new(NoAnswer::Unreachable, &last),
            Some(ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) => {
                Failure::new(NoAnswer::Interrupted, "the connection was closed in the middle of the answer")
            }
            None if !self.is_encrypted => {
                let hint = "if this port speaks TLS, HF_ENDPOINT should begin with https://";
                Failure::new(NoAnswer::Interrupted, &format!("{last}; {hint}"))
            }
            Some(_) | None => Failure::new(NoAnswer::Interrupted, &last),
        }
    }

    /// Why a handshake failed, and which certificates could not be read.
    fn with_complaints(&self, detail: String) -> String {
        self.complaints.iter().fold(detail, |detail, complaint| format!("{detail}; {complaint}"))
    }

    /// Names a failure of the proxy's, or on the way to it.
    fn proxys(&self, proxy: &Proxy, error: &reqwest::Error) -> Failure {
        use ProxyProblemKind as P;
        let handshake = chain(error).find_map(|e| e.downcast_ref()).map(HandshakeFailure::of);
        let no_address = chain(error).find_map(|e| e.downcast_ref::<NoAddress>());
        let said = chain(error).find(|e| is_of_the_tunnel(*e)).map(ToString::to_string).unwrap_or_default();
        let trouble = |what: &str| (NoAnswer::ProxyTrouble, P::Address, what.to_owned());
        let (answer, kind, what) = match (handshake, no_address, kind(error)) {
            (Some(HandshakeFailure { problem: Some(TlsProblem::NotTls), .. }), ..) => {
                let what = "does not speak TLS: its address should begin with http://, not https://";
                (NoAnswer::NoProxy, P::Address, what.into())
            }
            (Some(HandshakeFailure { problem, detail }), ..) => {
                let what = format!("cannot be trusted: {}", self.with_complaints(detail));
                (NoAnswer::NoProxy, P::Distrusted(problem), what)
            }
            (_, Some(no_address), _) => trouble(&format!("has no address here: {no_address}")),
            (.., Some(ErrorKind::ConnectionRefused)) => trouble("refuses the connection"),
            (.., Some(kind)) if is_an_end(kind) => trouble("closed the connection"),
            (.., Some(ErrorKind::TimedOut)) => trouble("did not answer in time"),
            _ if error.is_timeout() => trouble("did not answer in time"),
            _ if is_refused_tunnel(error) => {
                (NoAnswer::ProxyTrouble, P::NotConnected, format!("does not connect to {}", self.endpoint))
            }
            _ if said.ends_with("unexpected end of file") => trouble("closed the connection"),
            _ => trouble(&chain(error).last().map(plain).unwrap_or_default()),
        };
        Failure::of_a_proxy(proxy, NoTunnel { answer, kind, what })
    }

    /// The failure where the response is a proxy's own. Behind TLS it never is, so a 407 there is the endpoint's.
    pub fn refusal_by_a_proxy(&self, response: &RawResponse) -> Option<Failure> {
        if self.is_encrypted {
            return None;
        }
        self.no_tunnel(&ConnectAnswer::to_plain_text(response)?)
    }

    /// The failure that a proxy's answer to CONNECT explains.
    pub fn no_tunnel(&self, connect: &ConnectAnswer) -> Option<Failure> {
        let ProxyRoute::Through(proxy) = &self.route else { return None };
        Some(Failure::of_a_proxy(proxy, connect.no_tunnel(proxy, &self.endpoint)))
    }
}

impl Failure {
    /// One of this kind, and nothing narrower.
    pub fn new(answer: NoAnswer, detail: &str) -> Self {
        Self { answer, detail: detail.into(), obstacle: None }
    }

    /// With the address that the host was found at, where somebody else may be answering there.
    pub fn at(mut self, found: &Found) -> Self {
        if matches!(self.obstacle, Some(Obstacle::Tls(problem)) if problem.is_about_who_answers()) {
            self.detail.push_str(&format!("; connected to {found}"));
        }
        self
    }

    fn of_a_proxy(proxy: &Proxy, NoTunnel { answer, kind, what }: NoTunnel) -> Self {
        let variable = proxy.variable.clone();
        let detail = format!("the proxy {proxy} (from {variable}) {what}");
        Self { answer, detail, obstacle: Some(Obstacle::Proxy(ProxyProblem { variable, kind })) }
    }
}

fn not_connected(within: Duration) -> Failure {
    let within = duration::say(within);
    Failure::new(NoAnswer::Unreachable, &format!("there was no connection within {within}, TCP and TLS together"))
}

/// Did the question come back unread? Over HTTP/2 a server may say so (RFC 9113, 8.7), or end the connection while the
/// question waits for a stream. It may be asked over another connection.
pub fn is_unread(error: &reqwest::Error) -> bool {
    let said = |error: &h2::Error| {
        let reason = error.reason();
        error.is_remote()
            && (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                || error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
    };
    chain(error).any(|e| e.downcast_ref().is_some_and(said)) || has_lost_its_place(error)
}

/// Did a connection that stood end before the head of the answer was there? Every question is a GET, so it may be asked again
/// (RFC 9110, 9.2.2).
pub fn is_unanswered(error: &reqwest::Error) -> bool {
    let ended = |error: &(dyn Error + 'static)| {
        let by_hyper = error.downcast_ref().is_some_and(hyper::Error::is_incomplete_message);
        let by_the_socket = error.downcast_ref().map(io::Error::kind).is_some_and(is_an_end);
        by_hyper || by_the_socket
    };
    error.is_request() && !error.is_connect() && !error.is_timeout() && chain(error).any(ended)
}

/// Is it HTTP/2 itself that failed? The server asks for HTTP/1.1, breaks off, or breaks the rules. Neither trouble of the socket below
/// is that, nor a question that came back unread.
pub fn is_of_http2(error: &reqwest::Error) -> bool {
    !is_unread(error)
        && chain(error).any(|e| e.downcast_ref::<h2::Error>().is_some_and(|error| error.reason().is_some()))
}

/// What hyper calls an error of its user: the connection ended, and this request was never on it.
fn has_lost_its_place(error: &reqwest::Error) -> bool {
    chain(error).any(|e| e.downcast_ref().is_some_and(hyper::Error::is_user))
}

/// What HTTP/2 came to, with the name that the RFC has for the reason; trouble of the socket below it is told as such.
fn over_http2(error: &reqwest::Error) -> Option<String> {
    if has_lost_its_place(error) {
        return Some("the server ended the HTTP/2 connection before it took the question".into());
    }
    let error = chain(error).find_map(|e| e.downcast_ref::<h2::Error>())?;
    let reason = error.reason()?;
    Some(match (error.is_remote(), error.is_go_away()) {
        (true, true) => format!("the server ended the HTTP/2 connection (GOAWAY, {reason:?})"),
        (true, false) => format!("the server broke the answer off (RST_STREAM, {reason:?})"),
        (false, _) => format!("the server breaks the rules of HTTP/2 ({reason:?})"),
    })
}

/// Did the proxy answer CONNECT, and not with a tunnel?
pub fn is_refused_tunnel(error: &reqwest::Error) -> bool {
    let endings = ["unsuccessful", "proxy authorization required", "headers too long"];
    chain(error).filter(|e| is_of_the_tunnel(*e)).any(|e| endings.iter().any(|end| e.to_string().ends_with(end)))
}

/// hyper-util's error of a tunnel has no public type: only its text tells it from the errors of the host behind it.
fn is_of_the_tunnel(error: &(dyn Error + 'static)) -> bool {
    error.to_string().starts_with("tunnel error: ")
}

/// What this machine refused, where that was the cause.
fn restriction(error: &reqwest::Error) -> Option<Restriction> {
    chain(error).find_map(|e| {
        let of_a_lookup = || e.downcast_ref::<NoAddress>().and_then(|error| error.restriction);
        e.downcast_ref::<io::Error>().and_then(limits::restriction).or_else(of_a_lookup)
    })
}

/// Whether the peer, or something on the way, ended the connection.
fn is_an_end(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    )
}

fn kind(error: &reqwest::Error) -> Option<ErrorKind> {
    chain(error).filter_map(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

/// The error and everything below it; an I/O error may carry another error inside, which `source` passes over.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// The error for people.
fn plain(error: &(dyn Error + 'static)) -> String {
    error.downcast_ref::<io::Error>().map_or_else(|| error.to_string(), printable::io_error)
}
