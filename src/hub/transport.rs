//! What went wrong below HTTP, told apart by the type of the error.

use std::error::Error;
use std::io::{self, ErrorKind};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::{AlertDescription, CertificateError};
use url::Url;

use super::resolver::NoAddress;
use crate::domain::answer::{Answer, Trust};

/// The way to the endpoint: direct, or through a proxy of the environment.
pub(crate) struct Route {
    is_proxied: bool,
    /// Bundles of certificates that could not be read.
    complaints: Vec<String>,
}

/// A failure to get an answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) answer: Answer,
    pub(crate) detail: String,
    pub(crate) trust: Option<Trust>,
}

impl Route {
    /// The same rules that reqwest follows: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    pub(crate) fn to(url: &Url, complaints: Vec<String>) -> Self {
        let intercepted = url.as_str().parse().ok().and_then(|uri| Matcher::from_env().intercept(&uri));
        Self { is_proxied: intercepted.is_some(), complaints }
    }

    /// Names the failure.
    pub(crate) fn classify(&self, error: &reqwest::Error) -> Failure {
        let causes = || chain(error);
        let last = causes().last().map(plain).unwrap_or_default();
        let tls = causes().find_map(|e| e.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls {
            let trust = trust(tls);
            let mut detail = trust.map_or_else(|| format!("TLS: {tls}"), |trust| trust.detail().into());
            for complaint in &self.complaints {
                detail.push_str(&format!("; {complaint}"));
            }
            return Failure { answer: Answer::NoTrust, detail, trust };
        }
        let failure = |answer, detail: &str| Failure { answer, detail: detail.into(), trust: None };
        if self.is_proxied && error.is_connect() {
            return failure(Answer::NoProxy, &format!("through the proxy: {last}"));
        }
        if let Some(no_address) = causes().find_map(|e| e.downcast_ref::<NoAddress>()) {
            return failure(Answer::NoAddress, &no_address.to_string());
        }
        let kind = causes().filter_map(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind).last();
        match kind {
            _ if error.is_timeout() => failure(Answer::Unreachable, "the connection was not accepted in time"),
            Some(ErrorKind::ConnectionRefused) => failure(Answer::Refused, "connection refused"),
            Some(ErrorKind::TimedOut) => failure(Answer::Unreachable, "the connection was not accepted in time"),
            _ if error.is_connect() => failure(Answer::Unreachable, &last),
            Some(ErrorKind::UnexpectedEof) => {
                failure(Answer::Interrupted, "the connection was closed in the middle of the answer")
            }
            Some(_) | None => failure(Answer::Interrupted, &last),
        }
    }
}

/// The error and everything below it; an I/O error may carry another error inside, which `source` passes over.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

/// The error for people, without its number.
fn plain(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the list of rustls is open, and the rest is told in its own words")]
fn trust(error: &rustls::Error) -> Option<Trust> {
    match error {
        rustls::Error::InvalidCertificate(cause) => match cause {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(Trust::Expired),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Some(Trust::NotYetValid),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(Trust::WrongName)
            }
            CertificateError::UnknownIssuer | CertificateError::Other(_) => Some(Trust::UnknownIssuer),
            _ => None,
        },
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) | rustls::Error::PeerIncompatible(_) => {
            Some(Trust::OldProtocol)
        }
        rustls::Error::InvalidMessage(_) => Some(Trust::NotTls),
        _ => None,
    }
}
