use std::fmt;

use url::{Host, Url};

/// The forms an endpoint may take, for error messages.
pub const ACCEPTED: &str = "https://huggingface.co, https://hub.example.com or https://proxy.example.com/path/to/hub";

/// Where the web pages of the Hub are: the token form, gates, organization settings.
pub const PAGES: &str = "https://huggingface.co";

/// The Hub that is asked: an origin and perhaps a path, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

/// What an endpoint may be reached over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only on this very machine.
    LoopbackOnly,
    /// Anywhere: `--allow-http`.
    Allowed,
}

impl Endpoint {
    /// Reads a URL. The error is one clause; it never quotes what may be a password.
    pub fn parse(text: &str, plain: PlainHttp) -> Result<Self, String> {
        let mut url = Url::parse(text.trim()).map_err(|error| format!("it is not a URL ({error})"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user name or password does not belong in it".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a query or fragment does not belong in it".into());
        }
        match url.scheme() {
            "https" => {}
            "http" if plain == PlainHttp::Allowed || is_loopback(&url) => {}
            "http" => return Err("plain http would send the token unencrypted; allow it with --allow-http".into()),
            other => return Err(format!("{other}: is not http or https")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL of a path of the API, such as `/api/whoami-v2`.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// True where TLS is spoken.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// True where `other` has this endpoint's scheme, host and port: the only place the token may go.
    pub fn same_origin(&self, other: &Url) -> bool {
        self.0.origin() == other.origin()
    }

    /// The host, and the port where it is not the usual one.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The path of a web address relative to the Hub, if its host is the Hub or this endpoint.
    pub fn path_on_this_hub<'a>(&self, host: &str, path: &'a str) -> Option<&'a str> {
        if host.eq_ignore_ascii_case(&self.host()) {
            // A path below the endpoint's own, not one that merely begins with the same letters.
            let path = path.trim_start_matches('/');
            let below = path.strip_prefix(self.0.path().trim_matches('/'));
            return Some(below.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path));
        }
        let known = ["huggingface.co", "www.huggingface.co", "hf.co"];
        known.iter().any(|known| host.eq_ignore_ascii_case(known)).then_some(path)
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
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Whether the address never leaves this machine.
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
        for text in [
            "huggingface.co",
            "",
            "ftp://a.example",
            "http://a.example",
            "https://a:b@c.example",
            "https://a.example/?q",
        ] {
            assert!(Endpoint::parse(text, PlainHttp::LoopbackOnly).is_err(), "{text}");
        }
        assert!(Endpoint::parse("http://a.example", PlainHttp::Allowed).is_ok());
    }
}
