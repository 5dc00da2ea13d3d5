//! What a server presents in a TLS handshake, and what a proxy answers.

use hf_token_check::internals::env::Env;
use hf_token_check::internals::hub::ProxyRoute;
use hf_token_check::internals::hub::net::handshake::{HandshakeFailure, Rejected};
use hf_token_check::internals::hub::net::tunnel::{ConnectAnswer, NoTunnel};
use hf_token_check::internals::model::answer::NoAnswer;
use hf_token_check::internals::model::endpoint::{Endpoint, PlainHttp};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, PROXY_AUTHENTICATE};
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;

/// More than four names of a certificate, and than an issuer and any sentence around them.
const LONGEST_DETAIL: usize = 4 * 256 + 512;

/// A certificate in DER. The first byte chooses why it was rejected.
pub fn certificate(data: &[u8]) {
    let Some((choice, der)) = data.split_first() else { return };
    let causes = [CertificateError::UnknownIssuer, CertificateError::NotValidForName, CertificateError::Expired];
    let cause = causes[usize::from(*choice) % causes.len()].clone();
    let failure = HandshakeFailure::of(&Rejected::because(cause.into(), &CertificateDer::from(der)));
    let problem = failure.problem.expect("each of these has a name");
    assert!(failure.detail.starts_with(problem.detail()), "{failure:?}");
    assert!(failure.detail.len() < LONGEST_DETAIL, "{failure:?}");
}

/// A status in two bytes, then the values of `Proxy-Authenticate`, one a line.
pub fn connect_answer(data: &[u8]) {
    let Some((status, lines)) = data.split_first_chunk::<2>() else { return };
    let Ok(status) = StatusCode::from_u16(100 + u16::from_be_bytes(*status) % 900) else { return };
    let values = lines.split(|b| *b == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    let headers: HeaderMap = values.map(|value| (PROXY_AUTHENTICATE, value)).collect();
    let endpoint = Endpoint::parse("https://hub.example", PlainHttp::LoopbackOnly).expect("an endpoint");
    let env = Env::of([("HTTPS_PROXY".into(), "http://job:swordfish@proxy.example:3128".into())]);
    let ProxyRoute::Through(proxy) = ProxyRoute::to(&endpoint, &env) else { panic!("there is a proxy") };
    let NoTunnel { answer, what, .. } = ConnectAnswer::new(status, &headers).no_tunnel(&proxy, "hub.example:443");
    assert!(what.contains(status.as_str()), "{status}: {what}");
    assert_eq!(answer == NoAnswer::NoProxy, matches!(status.as_u16(), 403 | 407 | 451), "{status}: {what}");
    assert!(what.len() < 512 && !what.contains("swordfish") && !what.contains(char::is_control), "{what}");
}
