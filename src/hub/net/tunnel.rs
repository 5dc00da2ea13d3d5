//! What a proxy answers to CONNECT, and to a question in plain text. reqwest says only that there is no tunnel. The proxy is asked
//! once more, without the token, so that the report has its status and the ways to log in that it offers.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{HeaderMap, PROXY_AUTHENTICATE};
use reqwest::{Client, Method, StatusCode};

use crate::hub::interpret::page::RawResponse;
use crate::hub::net::proxy::Proxy;
use crate::model::answer::NoAnswer;
use crate::model::obstacle::ProxyProblemKind;

/// A proxy that takes longer is not waited for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Of the schemes that a proxy offers, so many are shown.
const MOST_SCHEMES: usize = 4;

/// What came back to CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectAnswer {
    /// A response.
    Response {
        /// Its status.
        status: StatusCode,
        /// The ways to log in, in the order of the proxy.
        schemes: Vec<String>,
    },
    /// Something that is no HTTP.
    NotHttp,
}

/// Why there is no tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTunnel {
    /// [`NoAnswer::NoProxy`] where another attempt cannot help, else [`NoAnswer::ProxyTrouble`].
    pub answer: NoAnswer,
    /// What is wrong.
    pub kind: ProxyProblemKind,
    /// In a clause that follows the proxy's address.
    pub what: String,
}

impl ConnectAnswer {
    /// Asks for a tunnel to `host`, a name and a port. `client` is one that knows the proxy and no token.
    pub async fn ask(client: &Client, host: &str) -> Option<Self> {
        // A CONNECT names its host alone; the scheme leads it to the proxy in the form of a plain request.
        let request = client.request(Method::CONNECT, format!("http://{host}")).timeout(ANSWERS_WITHIN);
        match request.send().await {
            Ok(response) => Some(Self::new(response.status(), response.headers())),
            Err(error) => is_not_http(&error).then_some(Self::NotHttp),
        }
    }

    /// A refusal that a proxy gave to a question in plain text, which it passes on itself; `None` for any other response.
    pub fn to_plain_text(response: &RawResponse) -> Option<Self> {
        let status = StatusCode::from_u16(response.status).ok()?;
        (status == StatusCode::PROXY_AUTHENTICATION_REQUIRED).then(|| Self::new(status, &response.headers))
    }

    /// A response with this status and these headers.
    pub fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        Self::Response { status, schemes: schemes(headers) }
    }

    /// Why there is no tunnel to `host`.
    pub fn no_tunnel(&self, proxy: &Proxy, host: &str) -> NoTunnel {
        let Self::Response { status, schemes } = self else {
            let what = "does not answer as an HTTP proxy does".into();
            return NoTunnel { answer: NoAnswer::ProxyTrouble, kind: ProxyProblemKind::Address, what };
        };
        let (status, offers) = (*status, schemes.join(", "));
        let (kind, what) = match status {
            // reqwest took the same answer for none.
            StatusCode::OK => (
                ProxyProblemKind::NotConnected,
                format!(
                    "answered CONNECT to {host} with {status}, but in a form that hf-token-check does not take: after a 1xx, or with more than 8 KiB of headers"
                ),
            ),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED if !takes_a_password(schemes) => (
                ProxyProblemKind::OtherSchemes,
                format!(
                    "requires a login (407) and offers only {offers}; a user name and password in the URL are sent as Basic"
                ),
            ),
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => match proxy.credentials() {
                Some(_) => (
                    ProxyProblemKind::LoginRefused,
                    "does not accept the user name and password it was sent (407)".into(),
                ),
                None => (ProxyProblemKind::LoginMissing, "requires a user name and password (407)".into()),
            },
            StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                (ProxyProblemKind::Forbidden, format!("forbids {host}: it answered CONNECT with {status}"))
            }
            _ if status.is_success() => (
                ProxyProblemKind::NotConnected,
                format!("answered CONNECT to {host} with {status}, and hf-token-check takes only 200"),
            ),
            _ => (
                ProxyProblemKind::NotConnected,
                format!("does not connect to {host}: it answered CONNECT with {status}"),
            ),
        };
        let is_final = kind != ProxyProblemKind::NotConnected;
        let answer = if is_final { NoAnswer::NoProxy } else { NoAnswer::ProxyTrouble };
        NoTunnel { answer, kind, what }
    }
}

/// Whether what came back is no HTTP.
fn is_not_http(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.filter_map(|error| error.downcast_ref()).any(hyper::Error::is_parse)
}

/// Whether a user name and password can be enough. A proxy that names no scheme says nothing about it.
fn takes_a_password(schemes: &[String]) -> bool {
    schemes.is_empty() || schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

/// The schemes of all challenges (RFC 9110, 11.6.1): a header may hold several, and so may its parameters hold commas.
fn schemes(headers: &HeaderMap) -> Vec<String> {
    let mut schemes: Vec<String> = Vec::new();
    // A realm may be in any encoding.
    for challenges in headers.get_all(PROXY_AUTHENTICATE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    {
        let mut is_quoted = false;
        let items = challenges.split(|c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        for word in items.filter_map(|item| item.split_whitespace().next()) {
            if is_a_scheme(word) && !schemes.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                schemes.push(word.into());
            }
        }
    }
    schemes.truncate(MOST_SCHEMES);
    schemes
}

/// Whether the first word of an item is a scheme, and not a parameter of the one before.
fn is_a_scheme(word: &str) -> bool {
    word.len() < 24 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::schemes;

    #[test]
    fn schemes_are_told_from_their_parameters() {
        for (headers, expected) in [
            (&["Negotiate", "NTLM"][..], &["Negotiate", "NTLM"][..]),
            (&["Negotiate, NTLM, Basic realm=\"a, Digest\""], &["Negotiate", "NTLM", "Basic"]),
            (&["Digest realm=\"x\", nonce=\"a,b\", qop=\"auth\", algorithm=MD5"], &["Digest"]),
            (&["Negotiate dG9rZW4=", "negotiate"], &["Negotiate"]),
            (&["basic", "Basic realm=\"x\""], &["basic"]),
            (&["", ",,", "realm=\"x\""], &[]),
            (&["A, B, C, D, E"], &["A", "B", "C", "D"]),
            (&["Negotiate realm=\"B\u{fc}ro\", NTLM"], &["Negotiate", "NTLM"]),
        ] {
            let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).expect("a value");
            let values = headers.iter().map(|text| value(text));
            let map = values.map(|value| (reqwest::header::PROXY_AUTHENTICATE, value)).collect();
            assert_eq!(schemes(&map), expected, "{headers:?}");
        }
    }
}
