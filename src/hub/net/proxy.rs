//! Which proxy leads to the endpoint, decided as the Hub's Python client decides it (httpx over urllib's `getproxies`):
//! names in any case, the lower-case suffix `_proxy` last, and an empty one takes the value of the others back.
//! `proxy.table` has the decisions; a test asks the genuine client for the same ones.

use std::fmt;
use std::net::Ipv6Addr;

use base64::Engine;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use secrecy::zeroize::Zeroizing;
use url::Url;

use crate::env::{Env, Variable};
use crate::hub::net::no_proxy::{self, Exception};
use crate::model::endpoint::{self, Endpoint};

/// The way to the endpoint.
#[derive(Clone, Debug)]
pub enum ProxyRoute {
    /// No proxy is set, or none for this host.
    Direct,
    /// Through this proxy.
    Through(Proxy),
    /// A proxy is set that cannot be used. It is not bypassed.
    Closed(Unusable),
}

/// A proxy that cannot be used: which variable names it, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// As it is spelled in the environment.
    pub variable: String,
    /// In a clause that follows the name of the variable.
    pub why: &'static str,
}

/// A proxy that speaks HTTP, and perhaps requires a password.
#[derive(Clone)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The variable that names it, as it is spelled in the environment.
    pub variable: String,
    credentials: Option<Credentials>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In plain text.
    Http,
    /// Over TLS.
    Https,
}

#[derive(Clone)]
struct Credentials {
    user: String,
    password: String,
    /// Everything before the last `@`, as it was written.
    written: String,
}

/// The variables that count, each with its name.
#[derive(Default)]
struct Variables {
    http: Option<(String, String)>,
    https: Option<(String, String)>,
    all: Option<(String, String)>,
    no: Option<(String, String)>,
}

impl ProxyRoute {
    /// The way that the environment asks for.
    pub fn to(endpoint: &Endpoint, env: &Env) -> Self {
        Self::find(&endpoint.join("/"), env)
    }

    fn find(target: &Url, env: &Env) -> Self {
        let Variables { http, https, all, no } = Variables::read(env);
        let exception = no.and_then(|(_, list)| no_proxy::find(target, &list));
        let all = all.filter(|_| exception != Some(Exception::UndoesAllProxy));
        let named = if target.scheme() == "http" { http } else { https };
        let Some((variable, value)) = named.or(all).filter(|_| exception != Some(Exception::Matches)) else {
            return Self::Direct;
        };
        // Plain text goes to this machine or, where that is allowed, to the endpoint; not to a proxy on the way to here.
        if target.scheme() == "http" && endpoint::is_loopback(target) {
            return Self::Direct;
        }
        match Proxy::parse(&variable, &value) {
            Ok(proxy) => Self::Through(proxy),
            Err(why) => Self::Closed(Unusable { variable, why }),
        }
    }

    /// What no output may show.
    pub fn secrets(&self) -> Vec<Bytes> {
        let Self::Through(Proxy { credentials: Some(Credentials { user, password, written }), .. }) = self else {
            return Vec::new();
        };
        let basic = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
        // A key without a password stands where the user's name does.
        let (written_user, written_password) = written.split_once(':').unwrap_or((written, ""));
        let (plain, written) = if password.is_empty() { (user, written_user) } else { (password, written_password) };
        [plain.clone(), written.to_owned(), basic].map(|text| Bytes::from_owner(Zeroizing::new(text))).into()
    }
}

impl Variables {
    fn read(env: &Env) -> Self {
        let mut found = Self::default();
        let proxies = || env.all().filter_map(|(name, value)| Some((name.to_str()?, value.to_string_lossy())));
        for (name, value) in proxies().filter(|(_, value)| !value.is_empty()) {
            if let Some(slot) = found.slot(name) {
                *slot = Some((name.to_owned(), value.into_owned()));
            }
        }
        // A web server hands a request's `Proxy:` header to its programs as HTTP_PROXY.
        if env.raw(Variable::RequestMethod).is_some() {
            found.http = None;
        }
        for (name, value) in proxies().filter(|(name, _)| name.ends_with("_proxy")) {
            if let Some(slot) = found.slot(name) {
                *slot = Some((name.to_owned(), value.into_owned())).filter(|(_, value)| !value.is_empty());
            }
        }
        found
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<(String, String)>> {
        let is = |variable: Variable| name.eq_ignore_ascii_case(variable.name());
        if is(Variable::HttpProxy) {
            Some(&mut self.http)
        } else if is(Variable::HttpsProxy) {
            Some(&mut self.https)
        } else if is(Variable::AllProxy) {
            Some(&mut self.all)
        } else if is(Variable::NoProxy) {
            Some(&mut self.no)
        } else {
            None
        }
    }
}

impl Proxy {
    /// Reads the value of `variable`. The error is a clause that follows the variable's name and quotes nothing of the value.
    fn parse(variable: &str, value: &str) -> Result<Self, &'static str> {
        if value.contains('\u{fffd}') {
            return Err("is not UTF-8");
        }
        if value.contains(|c: char| c.is_ascii_control()) || value.trim().is_empty() {
            return Err("has a line break or other white space that belongs to no address");
        }
        let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err("names a SOCKS proxy, and hf-token-check uses HTTP proxies only");
            }
            _ => return Err("does not begin with http:// or https://"),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err(
                "has a /, ? or # before its last @; in a user name or password these are written %2F, %3F and %23",
            );
        }
        let (credentials, address) = match authority.rsplit_once('@') {
            Some((written, address)) => (Credentials::parse(written), address),
            None => (None, authority),
        };
        let (host, port) = host_and_port(address, scheme).ok_or(
            "is not the address of a proxy, http://HOST:PORT; special characters in a password need %-encoding",
        )?;
        Ok(Self { scheme, host, port, variable: variable.into(), credentials })
    }

    /// Its address, without credentials.
    pub fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{self}")
    }

    /// User name and password.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|known| (known.user.as_str(), known.password.as_str()))
    }
}

impl Credentials {
    fn parse(written: &str) -> Option<Self> {
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = written.split_once(':').unwrap_or((written, ""));
        let (user, password) = (plain(user), plain(password));
        (!user.is_empty() || !password.is_empty()).then(|| Self { user, password, written: written.into() })
    }
}

fn host_and_port(address: &str, scheme: Scheme) -> Option<(String, u16)> {
    let (host, port) = match address.strip_prefix('[') {
        Some(inside) => inside.split_once(']').filter(|(ip, _)| ip.parse::<Ipv6Addr>().is_ok())?,
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    let is_name = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    // `http:/proxy` has the host `http`.
    if host.is_empty() || matches!(host, "http" | "https") || !(is_name(host) || address.starts_with('[')) {
        return None;
    }
    let port = match (port.strip_prefix(':').unwrap_or(port).trim_end_matches(' '), scheme) {
        ("" | "0", Scheme::Http) => 80,
        ("" | "0", Scheme::Https) => 443,
        (number, _) => number.parse().ok()?,
    };
    Some((host.to_ascii_lowercase(), port))
}

/// `HOST:PORT`, without the credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A line of `proxy.table`: the target, the variables in their order, the decision, and where the client decides
    /// otherwise, how and why that is kept.
    #[derive(Deserialize)]
    struct Row(String, Vec<(String, String)>, String, #[serde(default)] Option<(String, String)>);

    fn route(target: &str, variables: &[(String, String)]) -> ProxyRoute {
        let target = Url::parse(target).expect("a target");
        ProxyRoute::find(&target, &Env::of(variables.iter().map(|(name, value)| (name.into(), value.into()))))
    }

    #[test]
    fn the_table_of_decisions_holds() {
        let mut count = 0;
        for line in include_str!("proxy.table").lines().filter(|line| !line.starts_with('#')) {
            let Row(target, variables, decision, difference) = serde_json::from_str(line).expect(line);
            let found = match route(&target, &variables) {
                ProxyRoute::Direct => "direct".into(),
                ProxyRoute::Through(proxy) => {
                    let credentials = proxy.credentials().map(|(user, password)| format!("{user}:{password}@"));
                    proxy.url().replacen("://", &format!("://{}", credentials.unwrap_or_default()), 1)
                }
                ProxyRoute::Closed(_) => "fails".into(),
            };
            assert_eq!(found, decision, "{line}");
            assert!(difference.is_none_or(|(client, why)| client != decision && why.len() > 20), "{line}");
            count += 1;
        }
        assert!(count > 90, "{count} rows");
    }

    #[test]
    fn what_is_wrong_with_a_value_is_said_without_quoting_it() {
        for (value, why) in [
            ("socks5h://a:1", "names a SOCKS proxy"),
            ("ftp://a:1", "does not begin with http:// or https://"),
            ("http://user:swordfish#x@proxy:3128", "before its last @"),
            ("http://user:12345/swordfish@proxy", "before its last @"),
            ("http://user:swordfish@proxy:3128\n", "has a line break"),
            ("http://user:swordfish@pro xy:3128", "special characters in a password need %-encoding"),
            ("http://user:swordfish@proxy:port", "special characters in a password need %-encoding"),
        ] {
            let ProxyRoute::Closed(unusable) = route("https://hub.test", &[("Https_Proxy".into(), value.into())])
            else {
                panic!("{value:?} is used");
            };
            assert_eq!(unusable.variable, "Https_Proxy");
            assert!(unusable.why.contains(why) && !unusable.why.contains("swordfish"), "{value:?}: {unusable:?}");
        }
    }

    #[test]
    fn the_password_is_kept_from_every_output_in_each_of_its_forms() {
        let route = route("https://hub.test", &[("HTTPS_PROXY".into(), "http://job:p%40ss%2B+1@proxy:1".into())]);
        let secrets: Vec<_> =
            route.secrets().iter().map(|secret| String::from_utf8_lossy(secret).into_owned()).collect();
        assert_eq!(secrets, ["p@ss++1", "p%40ss%2B+1", "am9iOnBAc3MrKzE="]);
        assert!(secrets.iter().all(|secret| !format!("{route:?}").contains(secret.as_str())), "{route:?}");
    }
}
