use std::fmt;

use thiserror::Error;
use url::{Host, ParseError, Url};

use crate::model::author::Site;

/// The forms an endpoint may take, for error messages.
pub const ACCEPTED: &str = "https://huggingface.co, https://hub.example.com or https://proxy.example.com/path/to/hub";

/// Where the web pages of the Hub are: the token form, gates, organization settings.
pub const PAGES: &str = "https://huggingface.co";

/// The hosts of huggingface.co.
const SITES: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];

/// The Hub that is asked: an origin and perhaps a path, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    plain: PlainHttp,
}

/// Where an endpoint may be reached over plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only at a loopback address.
    LoopbackOnly,
    /// Anywhere: `--allow-http`.
    Allowed,
}

/// Why a text is not an endpoint. Printed, it is one clause that never quotes what may be a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Blanks or line breaks, which the Python client does not remove.
    #[error("white space or a line break is part of the value")]
    WhiteSpace,
    /// Neither `http://` nor `https://` at the start. Browsers repair `https:/hub` and the like; HTTP clients do not.
    #[error("it is not a URL that begins with https:// or http://")]
    Scheme,
    /// Browsers take a backslash for a slash; HTTP clients do not.
    #[error("it has a backslash where a slash belongs")]
    Backslash,
    /// What the URL parser says.
    #[error("it is not a URL ({0})")]
    NotAUrl(ParseError),
    /// `https://user:password@host`
    #[error("a user name or password does not belong in it")]
    Credentials,
    /// `?` or `#`
    #[error("a query or fragment does not belong in it")]
    QueryOrFragment,
    /// Plain HTTP to another machine, without `--allow-http`.
    #[error("plain http would send the token unencrypted; allow it with --allow-http")]
    PlainHttp,
    /// A host name in another alphabet, and its ASCII form.
    #[error("its host name must be in ASCII: {0}")]
    NotAscii(String),
    /// A trailing dot: no certificate has one. The name without it.
    #[error("its host name ends with a dot, which no certificate has: use {0}")]
    TrailingDot(String),
    /// A label that is empty or too long, has other characters, or begins or ends with a hyphen.
    #[error(
        "{0} is not a host name: each part has 1 to 63 letters, digits, hyphens or underscores, with no hyphen at either end"
    )]
    Label(String),
    /// A host that the URL parser reads as another one, as with `hub%2etest`. What it was read as.
    #[error("HTTP clients do not agree on its host; if {0} is meant, use that")]
    Rewritten(String),
}

impl Endpoint {
    /// Reads a URL that every client of the Hub reads the same way.
    pub fn parse(text: &str, plain: PlainHttp) -> Result<Self, EndpointError> {
        use EndpointError as E;
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(E::WhiteSpace);
        }
        let (scheme, rest) = text.split_once("://").ok_or(E::Scheme)?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) || rest.starts_with('/') {
            return Err(E::Scheme);
        }
        if text.contains('\\') {
            return Err(E::Backslash);
        }
        // After a slash too: a password that begins with one looks like a path.
        if rest.contains('@') {
            return Err(E::Credentials);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let typed = host_of(authority);
        if !typed.is_ascii() {
            return Err(E::NotAscii(to_ascii(typed)));
        }
        let mut url = Url::parse(text).map_err(E::NotAUrl)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(E::QueryOrFragment);
        }
        if let Some(Host::Domain(host)) = url.host() {
            check_name(typed, host)?;
        }
        if url.scheme() == "http" && plain == PlainHttp::LoopbackOnly && !is_loopback(&url) {
            return Err(E::PlainHttp);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, plain })
    }

    /// The URL of a path of the API, such as `/api/whoami-v2`.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url
    }

    /// Host and port as CONNECT names them: the port is there even where it is the scheme's own; IPv6 in brackets.
    pub fn authority(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// True where the token may only be sent to a loopback address: plain HTTP that was not allowed to go further.
    pub fn is_for_loopback_only(&self) -> bool {
        !self.is_encrypted() && self.plain == PlainHttp::LoopbackOnly
    }

    /// True where TLS is spoken.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// True where `other` has this endpoint's scheme, host and port: the only place the token may go.
    pub fn same_origin(&self, other: &Url) -> bool {
        self.url.origin() == other.origin()
    }

    /// Whether this is huggingface.co.
    pub fn site(&self) -> Site {
        if SITES.contains(&self.host().as_str()) { Site::HuggingFace } else { Site::Elsewhere }
    }

    /// The host without a port.
    pub fn host_name(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The host, and the port where it is not the usual one.
    pub fn host(&self) -> String {
        let host = self.host_name();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The path of a web address relative to the Hub, if its host is the Hub or this endpoint.
    pub fn path_on_this_hub<'a>(&self, host: &str, path: &'a str) -> Option<&'a str> {
        if host.eq_ignore_ascii_case(&self.host()) {
            // A path below the endpoint's own, not one that merely begins with the same letters.
            let path = path.trim_start_matches('/');
            let below = path.strip_prefix(self.url.path().trim_matches('/'));
            return Some(below.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path));
        }
        SITES.iter().any(|known| host.eq_ignore_ascii_case(known)).then_some(path)
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant, parsed by every test")]
        Self::parse(PAGES, PlainHttp::LoopbackOnly).expect("the default endpoint is a URL")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

/// The host of `HOST:PORT`, brackets included.
fn host_of(authority: &str) -> &str {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
        Some(_) | None => authority,
    }
}

/// Whether the name that was typed is the one that was read, and can be looked up and certified.
fn check_name(typed: &str, read: &str) -> Result<(), EndpointError> {
    if !typed.eq_ignore_ascii_case(read) {
        return Err(EndpointError::Rewritten(read.into()));
    }
    if let Some(name) = read.strip_suffix('.') {
        return Err(EndpointError::TrailingDot(name.into()));
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if read.len() > 253 || !read.split('.').all(is_label) {
        return Err(EndpointError::Label(read.into()));
    }
    Ok(())
}

/// How a name is written in ASCII, for a message.
fn to_ascii(name: &str) -> String {
    let label = |label: &str| match idna::punycode::encode_str(label) {
        Some(code) if !label.is_ascii() => format!("xn--{code}"),
        _ => label.to_owned(),
    };
    name.to_lowercase().split(['.', '\u{3002}']).map(label).collect::<Vec<_>>().join(".")
}

/// Whether the address is said to be on this very machine. A name is one only if it resolves to such an address too.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_origin_with_perhaps_a_path() {
        for (text, printed, whoami) in [
            ("https://huggingface.co", "https://huggingface.co", "https://huggingface.co/api/whoami-v2"),
            ("https://huggingface.co/", "https://huggingface.co", "https://huggingface.co/api/whoami-v2"),
            ("https://a.example/hub//", "https://a.example/hub", "https://a.example/hub/api/whoami-v2"),
            ("http://localhost:8080", "http://localhost:8080", "http://localhost:8080/api/whoami-v2"),
            ("http://127.1.2.3/", "http://127.1.2.3", "http://127.1.2.3/api/whoami-v2"),
            ("http://[::1]:9", "http://[::1]:9", "http://[::1]:9/api/whoami-v2"),
        ] {
            let endpoint = Endpoint::parse(text, PlainHttp::LoopbackOnly).expect(text);
            assert_eq!(endpoint.to_string(), printed, "{text}");
            assert_eq!(endpoint.join("/api/whoami-v2").as_str(), whoami, "{text}");
        }
        assert!(Endpoint::parse("http://a.example", PlainHttp::Allowed).is_ok());
    }

    #[test]
    fn what_clients_read_in_different_ways_is_refused_by_name() {
        use EndpointError as E;
        let name = |text: &str| text.to_owned();
        #[rustfmt::skip]
        let rows = [
            ("huggingface.co",              E::Scheme),
            ("",                            E::Scheme),
            ("//hub.test",                  E::Scheme),
            ("ftp://hub.test",              E::Scheme),
            ("https:/hub.test",             E::Scheme),
            ("https:hub.test",              E::Scheme),
            ("https:///hub.test",           E::Scheme),
            ("https:\\\\hub.test",          E::Scheme),
            ("https://hub.test\\x",         E::Backslash),
            ("https://hub.test\n",          E::WhiteSpace),
            (" https://hub.test",           E::WhiteSpace),
            ("https://hub.test\u{a0}",      E::WhiteSpace),
            ("https://hu\tb.test",          E::WhiteSpace),
            ("https://hub.test/a b",        E::WhiteSpace),
            ("https://a:b@hub.test",        E::Credentials),
            ("https://@hub.test",           E::Credentials),
            ("https://a:1/b@hub.test",      E::Credentials),
            ("https://hub.test/?q",         E::QueryOrFragment),
            ("https://hub.test#a",          E::QueryOrFragment),
            ("http://hub.test",             E::PlainHttp),
            ("http://10.0.0.1",             E::PlainHttp),
            ("https://hub.test.",           E::TrailingDot(name("hub.test"))),
            ("https://hub.test.:8443/x",    E::TrailingDot(name("hub.test"))),
            ("https://bücher.test",         E::NotAscii(name("xn--bcher-kva.test"))),
            ("https://BÜCHER.test:8443",    E::NotAscii(name("xn--bcher-kva.test"))),
            ("https://hub。test",           E::NotAscii(name("hub.test"))),
            ("https://a-.hub.test",         E::Label(name("a-.hub.test"))),
            ("https://-a.hub.test",         E::Label(name("-a.hub.test"))),
            ("https://hub..test",           E::Label(name("hub..test"))),
            ("https://.hub.test",           E::Label(name(".hub.test"))),
            ("https://h*b.test",            E::Label(name("h*b.test"))),
            ("https://hub%2etest",          E::Rewritten(name("hub.test"))),
            ("https://hub.test:port",       E::NotAUrl(ParseError::InvalidPort)),
            ("https://1.2.3.4.5",           E::NotAUrl(ParseError::InvalidIpv4Address)),
            ("https://",                    E::NotAUrl(ParseError::EmptyHost)),
        ];
        for (text, why) in rows {
            assert_eq!(Endpoint::parse(text, PlainHttp::LoopbackOnly), Err(why), "{text:?}");
        }
        let long = format!("https://{}.test", "a".repeat(64));
        assert!(matches!(Endpoint::parse(&long, PlainHttp::Allowed), Err(E::Label(_))));
        for text in ["https://a_b.hub.test", "HTTPS://HUB.test:0443", "https://127.1", "https://[0::1]:9"] {
            assert!(Endpoint::parse(text, PlainHttp::LoopbackOnly).is_ok(), "{text}");
        }
    }
}
