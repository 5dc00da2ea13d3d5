//! The proxy of the environment, by the rules that curl and Python's clients share: the lower-case name first, an empty
//! variable is one that is not set, and `NO_PROXY` lists hosts, domains, addresses and networks.

use std::fmt;

use base64::Engine;
use bytes::Bytes;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use secrecy::zeroize::Zeroizing;
use url::Url;

use crate::env::{Env, Variable};
use crate::model::endpoint::{self, Endpoint};

/// The way to the endpoint.
#[derive(Clone, Debug)]
pub enum ProxyRoute {
    /// No proxy is set, or none for this host.
    Direct,
    /// Through this proxy.
    Through(Proxy),
    /// A proxy is set that cannot be used: why. Going round it is not what was asked for.
    Closed(String),
}

/// A proxy that speaks HTTP, and perhaps wants a password.
#[derive(Clone)]
pub struct Proxy {
    url: Url,
    user: String,
    password: String,
}

impl ProxyRoute {
    /// The way that the environment asks for.
    pub fn to(endpoint: &Endpoint, env: &Env) -> Self {
        Self::find(&endpoint.join("/"), env)
    }

    fn find(target: &Url, env: &Env) -> Self {
        let set = |variable: Variable| {
            let value = env.get(variable)?.to_string_lossy().trim().to_owned();
            Some((variable.name(), value))
        };
        // A web server hands a request's `Proxy:` header to its programs under this name.
        let is_forgeable = |variable| variable == Variable::HttpProxy && env.get(Variable::RequestMethod).is_some();
        let either = |lower, upper| set(lower).or_else(|| set(upper).filter(|_| !is_forgeable(upper)));
        let (lower, upper) = match target.scheme() {
            "http" => (Variable::LowerHttpProxy, Variable::HttpProxy),
            _ => (Variable::LowerHttpsProxy, Variable::HttpsProxy),
        };
        let named = either(lower, upper).or_else(|| either(Variable::LowerAllProxy, Variable::AllProxy));
        let Some((name, value)) = named else { return Self::Direct };
        let exceptions = either(Variable::LowerNoProxy, Variable::NoProxy).map(|(_, list)| list).unwrap_or_default();
        // Plain text goes to this machine or, where that is allowed, to the endpoint; not to a proxy on the way to here.
        if is_excepted(target, &exceptions) || (target.scheme() == "http" && endpoint::is_loopback(target)) {
            return Self::Direct;
        }
        Proxy::parse(&value).map_or_else(|why| Self::Closed(format!("{name} {why}")), Self::Through)
    }

    /// What no output may show.
    pub fn secrets(&self) -> Vec<Bytes> {
        let Self::Through(Proxy { url, user, password }) = self else { return Vec::new() };
        let basic = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
        // A key without a password stands where the user's name does.
        let (plain, encoded) = match password.as_str() {
            "" => (user, url.username()),
            _ => (password, url.password().unwrap_or_default()),
        };
        [plain.clone(), encoded.to_owned(), basic].map(|text| Bytes::from_owner(Zeroizing::new(text))).into()
    }
}

impl Proxy {
    fn parse(value: &str) -> Result<Self, &'static str> {
        if value.contains('\u{fffd}') {
            return Err("is not UTF-8");
        }
        let text = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let url = Url::parse(&text).map_err(
            |_| "is not the address of a proxy, http://HOST:PORT; special characters in a password need %-encoding",
        )?;
        match url.scheme() {
            "http" | "https" if url.host().is_some() => {}
            "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err("names a SOCKS proxy, and hf-token-check goes through HTTP proxies only");
            }
            _ => return Err("does not begin with http:// or https://"),
        }
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (plain(url.username()), plain(url.password().unwrap_or_default()));
        Ok(Self { url, user, password })
    }

    /// The address, with the credentials.
    pub fn url(&self) -> Url {
        self.url.clone()
    }
}

/// `HOST:PORT`, without the credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.host_str().unwrap_or_default())?;
        self.url.port_or_known_default().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// `NO_PROXY` as hyper-util reads it, and what Python or Go read besides: blanks between the entries, a port, brackets
/// around an IPv6 address, `*.` before a domain.
fn is_excepted(target: &Url, list: &str) -> bool {
    let entries = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
    let list: Vec<_> = entries.filter_map(|entry| host_of(entry, target.port_or_known_default())).collect();
    let rules = Matcher::builder().all("http://proxy.invalid").no(list.join(",")).build();
    target.as_str().parse().is_ok_and(|uri| rules.intercept(&uri).is_none())
}

/// An entry's host, unless the entry is for another port.
fn host_of(entry: &str, port: Option<u16>) -> Option<&str> {
    let (host, rest) = match entry.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None if entry.matches(':').count() == 1 => entry.split_at(entry.find(':')?),
        None => (entry, ""),
    };
    let is_for_it = rest.strip_prefix(':').is_none_or(|stated| stated.parse().ok() == port);
    is_for_it.then(|| host.strip_prefix('*').filter(|domain| domain.starts_with('.')).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(target: &str, variables: &[(&str, &str)]) -> String {
        let target = Url::parse(target).expect("a target");
        let env = Env::of(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        match ProxyRoute::find(&target, &env) {
            ProxyRoute::Direct => "direct".into(),
            ProxyRoute::Through(proxy) => proxy.to_string(),
            ProxyRoute::Closed(why) => why,
        }
    }

    #[test]
    fn the_right_variable_counts() {
        type DiagnosisSpec<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
        #[rustfmt::skip]
        let rows: &[DiagnosisSpec<'_>] = &[
            ("https://hub.test/",      &[],                                                         "direct"),
            ("https://hub.test/",      &[("HTTPS_PROXY", "http://a:1")],                            "a:1"),
            ("https://hub.test/",      &[("https_proxy", "b:2"), ("HTTPS_PROXY", "http://a:1")],    "b:2"),
            ("https://hub.test/",      &[("https_proxy", " "), ("HTTPS_PROXY", "http://a:1")],      "a:1"),
            ("https://hub.test/",      &[("HTTP_PROXY", "http://a:1")],                             "direct"),
            ("https://hub.test/",      &[("ALL_PROXY", "https://a")],                               "a:443"),
            ("https://hub.test/",      &[("ALL_PROXY", "a:1"), ("HTTPS_PROXY", "b:2")],             "b:2"),
            ("http://hub.test/",       &[("HTTP_PROXY", "http://u:p@a:1/x")],                       "a:1"),
            ("http://hub.test/",       &[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")],         "direct"),
            ("http://hub.test/",       &[("http_proxy", "a:1"), ("REQUEST_METHOD", "GET")],         "a:1"),
            ("http://localhost:8/",    &[("HTTP_PROXY", "http://a:1")],                             "direct"),
            ("http://127.0.0.1:8/",    &[("ALL_PROXY", "http://a:1")],                              "direct"),
            ("https://localhost:8/",   &[("HTTPS_PROXY", "http://a:1")],                            "a:1"),
            ("https://hub.test/",      &[("HTTPS_PROXY", "socks5h://a:1")],                         "HTTPS_PROXY names a SOCKS proxy, and hf-token-check goes through HTTP proxies only"),
            ("https://hub.test/",      &[("HTTPS_PROXY", "ftp://a:1")],                             "HTTPS_PROXY does not begin with http:// or https://"),
            ("https://hub.test/",      &[("HTTPS_PROXY", "http://u:p#s@a:1")],                      "HTTPS_PROXY is not the address of a proxy, http://HOST:PORT; special characters in a password need %-encoding"),
        ];
        for (target, variables, expected) in rows {
            assert_eq!(route(target, variables), *expected, "{target} {variables:?}");
        }
    }

    #[test]
    fn no_proxy_is_read_in_every_form() {
        #[rustfmt::skip]
        let rows = [
            ("https://hub.test/",        "hub.test",                  true),
            ("https://hub.test/",        "HUB.Test",                  true),
            ("https://hub.test/",        "a.test, hub.test ,b",       true),
            ("https://hub.test/",        "a.test hub.test",           true),
            ("https://hub.test/",        "*",                         true),
            ("https://hub.test/",        "",                          false),
            ("https://hub.test/",        ",,",                        false),
            ("https://eu.hub.test/",     "hub.test",                  true),
            ("https://eu.hub.test/",     ".hub.test",                 true),
            ("https://eu.hub.test/",     "*.hub.test",                true),
            ("https://eu.hub.test/",     "test",                      true),
            ("https://hub.test/",        ".hub.test",                 true),
            ("https://nothub.test/",     "hub.test",                  false),
            ("https://nothub.test/",     ".hub.test",                 false),
            ("https://hub.test/",        "eu.hub.test",               false),
            ("https://hub.test:8443/",   "hub.test:8443",             true),
            ("https://hub.test:8443/",   "hub.test:443",              false),
            ("https://hub.test/",        "hub.test:443",              true),
            ("https://hub.test/",        "hub.test:https",            false),
            ("https://10.1.2.3/",        "10.1.2.3",                  true),
            ("https://10.1.2.3/",        "10.0.0.0/8",                true),
            ("https://10.1.2.3/",        "10.1.2.0/28",               true),
            ("https://10.1.2.3/",        "192.168.0.0/16,10.2.0.0/15", false),
            ("https://10.1.2.3/",        "10.1.2",                    false),
            ("https://[fd00::1]/",       "fd00::1",                   true),
            ("https://[fd00::1]/",       "[fd00::1]",                 true),
            ("https://[fd00::1]:8443/",  "[fd00::1]:8443",            true),
            ("https://[fd00::1]:8443/",  "[fd00::1]:443",             false),
            ("https://[fd00::1]/",       "fd00::/8",                  true),
            ("https://[fd00::1]/",       "fe80::/10",                 false),
        ];
        for (target, list, is_direct) in rows {
            let found = route(target, &[("HTTPS_PROXY", "http://proxy:1"), ("NO_PROXY", list)]);
            assert_eq!(found == "direct", is_direct, "{target} NO_PROXY={list:?}: {found}");
        }
    }

    #[test]
    fn the_password_is_kept_from_every_output_in_each_of_its_forms() {
        let target = Url::parse("https://hub.test").expect("a target");
        let env = Env::of([("HTTPS_PROXY".into(), "http://job:p%40ss%2B+1@proxy:1".into())]);
        let route = ProxyRoute::find(&target, &env);
        let secrets: Vec<_> =
            route.secrets().iter().map(|secret| String::from_utf8_lossy(secret).into_owned()).collect();
        assert_eq!(secrets, ["p@ss++1", "p%40ss%2B+1", "am9iOnBAc3MrKzE="]);
        assert!(secrets.iter().all(|secret| !format!("{route:?}").contains(secret.as_str())), "{route:?}");
    }
}
