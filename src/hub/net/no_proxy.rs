//! `NO_PROXY`, read as the Hub's Python client reads it (httpx): entries are separated by commas alone, `domain` stands for
//! the domain and what is below it, `.domain` and `*.domain` for what is below it only, and a port is compared with the one
//! that the endpoint states.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What an entry says about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// The target is asked directly.
    Matches,
    /// Every target of `ALL_PROXY` is asked directly: the entry `all://`.
    UndoesAllProxy,
}

/// An entry, without its scheme.
struct Pattern<'a> {
    hosts: Hosts<'a>,
    port: Option<u16>,
}

/// Which hosts an entry is for.
enum Hosts<'a> {
    Any,
    Exactly(&'a str),
    /// The domain and what is below it.
    Domain(&'a str),
    /// What is below the domain.
    Below(&'a str),
    Network(IpAddr, u32),
}

/// The strongest exception that `list` makes for `target`.
pub fn find(target: &Url, list: &str) -> Option<Exception> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let found: Vec<_> = entries.filter_map(|entry| said_by(entry, target)).collect();
    found.iter().find(|exception| **exception == Exception::Matches).or(found.first()).copied()
}

fn said_by(entry: &str, target: &Url) -> Option<Exception> {
    if entry == "*" {
        return Some(Exception::Matches);
    }
    let Some((scheme, rest)) = entry.split_once("://") else {
        return Pattern::of_entry(entry)?.matches(target).then_some(Exception::Matches);
    };
    let scheme = scheme.to_ascii_lowercase();
    let mut pattern = Pattern::of_url(rest.split(['/', '?', '#']).next().unwrap_or_default())?;
    match (scheme.as_str(), &pattern) {
        ("all", Pattern { hosts: Hosts::Any, port: None }) => return Some(Exception::UndoesAllProxy),
        ("https", Pattern { port: Some(443), .. }) | ("http", Pattern { port: Some(80), .. }) => pattern.port = None,
        _ => {}
    }
    let is_for_it = matches!(scheme.as_str(), "all" | "") || scheme == target.scheme();
    (is_for_it && pattern.matches(target)).then_some(Exception::Matches)
}

impl<'a> Pattern<'a> {
    /// An entry without a scheme; `None` where the client ignores it.
    fn of_entry(entry: &'a str) -> Option<Self> {
        let (address, prefix) =
            entry.split_once('/').map_or((entry, None), |(address, prefix)| (address, Some(prefix)));
        let bare = address.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')).unwrap_or(address);
        let ip = if bare == address { bare.parse().ok() } else { bare.parse().ok().map(IpAddr::V6) };
        match (ip, prefix) {
            (Some(ip), Some(prefix)) => Some(Self { hosts: Hosts::network(ip, prefix)?, port: None }),
            (Some(_), None) => Some(Self { hosts: Hosts::Exactly(bare), port: None }),
            (None, Some(_)) => None,
            (None, None) if entry.starts_with('[') || entry.starts_with("*.") => Self::of_url(entry),
            (None, None) if entry.contains('@') || entry.eq_ignore_ascii_case("localhost") => Self::of_url(entry),
            (None, None) => {
                let (host, port) = split(entry)?;
                let hosts = match host.strip_prefix('.') {
                    Some(domain) => Hosts::Below(domain),
                    None if host.is_empty() => Hosts::Any,
                    None => Hosts::Domain(host),
                };
                Some(Self { hosts, port })
            }
        }
    }

    /// The host and the port of a URL; `*` before a host stands for what is below it.
    fn of_url(authority: &'a str) -> Option<Self> {
        let (host, port) = split(authority)?;
        let hosts = match host.strip_prefix('*') {
            _ if host.is_empty() || host == "*" => Hosts::Any,
            Some(domain) => domain.strip_prefix('.').map_or(Hosts::Domain(domain), Hosts::Below),
            None => Hosts::Exactly(host),
        };
        Some(Self { hosts, port })
    }

    fn matches(&self, target: &Url) -> bool {
        let host = match target.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => String::new(),
        };
        let is_below = |domain: &str| {
            let end = host.len().checked_sub(domain.len()).filter(|end| host.is_char_boundary(*end));
            end.is_some_and(|end| {
                host[..end].len() > 1 && host[..end].ends_with('.') && host[end..].eq_ignore_ascii_case(domain)
            })
        };
        let is_host = match self.hosts {
            Hosts::Any => true,
            // The client compares an IPv6 address as it is written.
            Hosts::Exactly(name) if name.contains(':') => host == name,
            Hosts::Exactly(name) => host.eq_ignore_ascii_case(name),
            Hosts::Domain(domain) => host.eq_ignore_ascii_case(domain) || is_below(domain),
            Hosts::Below(domain) => is_below(domain),
            Hosts::Network(network, prefix) => host.parse().is_ok_and(|ip| is_in(ip, network, prefix)),
        };
        is_host && self.port.is_none_or(|port| target.port() == Some(port))
    }
}

/// The host, without brackets, and the port of `[user@]host[:port]`.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']').filter(|(ip, _)| ip.parse::<Ipv6Addr>().is_ok())?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    match port.strip_prefix(':').unwrap_or(port) {
        "" => Some((host, None)),
        number => Some((host, Some(number.parse().ok()?))),
    }
}

impl Hosts<'_> {
    fn network(ip: IpAddr, prefix: &str) -> Option<Self> {
        let most = if ip.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS };
        let prefix = prefix.bytes().all(|b| b.is_ascii_digit()).then(|| prefix.parse().ok()).flatten()?;
        (prefix <= most).then_some(Self::Network(ip, prefix))
    }
}

/// Whether the first `prefix` bits are the same.
fn is_in(ip: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(32 - prefix).unwrap_or(0) == 0
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(128 - prefix).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
