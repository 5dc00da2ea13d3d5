//! Names to addresses. On Linux by a stub resolver of our own making over well-kept parsers, because the C libraries
//! that a static binary may be linked with disagree, and both give up where an answer was to be had: a name server that
//! is dead, an AAAA question that nobody answers, a search domain that fails.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::hub::dns::error::NoAddress;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Less than a connection may take in all, so that what was slow is named.
const LONGEST_LOOKUP: Duration = Duration::from_secs(7);

/// Finds the addresses of a host. Connections that are opened at the same time share one look-up.
#[derive(Clone)]
pub struct Resolver {
    latest: Arc<Mutex<Option<Found>>>,
    allowed: Allowed,
}

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All of them.
    Any,
    /// This machine's own: the token goes out in plain text.
    LoopbackOnly,
}

/// The latest look-up.
struct Found {
    name: String,
    at: Instant,
    outcome: Result<Vec<IpAddr>, NoAddress>,
}

impl Resolver {
    /// A resolver that knows nothing yet.
    pub fn new(allowed: Allowed) -> Self {
        Self { latest: Arc::default(), allowed }
    }
}

impl Allowed {
    /// The addresses, unless one of them is not allowed: which one a connection takes is not known beforehand.
    fn check(self, name: &str, addresses: &[IpAddr]) -> Result<(), NoAddress> {
        match addresses.iter().find(|address| self == Self::LoopbackOnly && !address.to_canonical().is_loopback()) {
            Some(address) => Err(NoAddress::because(format!(
                "{name} has the address {address} here, which is not loopback, and plain http would send the token there unencrypted"
            ))),
            None => Ok(()),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (shared, allowed) = (Arc::clone(&self.latest), self.allowed);
        let asked_at = Instant::now();
        Box::pin(async move {
            let name = name.as_str();
            let mut latest = shared.lock().await;
            // What was found while this one waited is as fresh as what it would find itself.
            let outcome = match &*latest {
                Some(found) if found.name == name && found.at >= asked_at => found.outcome.clone(),
                _ => {
                    let outcome = timeout(LONGEST_LOOKUP, system::addresses(name)).await;
                    let outcome =
                        outcome.unwrap_or_else(|_| Err(NoAddress::because("no name server answered in time")));
                    *latest = Some(Found { name: name.to_owned(), at: Instant::now(), outcome: outcome.clone() });
                    outcome
                }
            };
            let found = outcome?;
            allowed.check(name, &found)?;
            let addresses: Vec<_> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use crate::hub::dns::error::NoAddress;
    use crate::hub::dns::stub::Stub;
    use crate::process::limits;

    /// `/etc/hosts`, then the name servers of `/etc/resolv.conf`; either file may be missing.
    pub async fn addresses(name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let listed = in_hosts(&read("/etc/hosts")?, name);
        if !listed.is_empty() {
            return Ok(listed);
        }
        // RFC 6761, sections 6.3 and 6.4: no name server is asked for these.
        match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "localhost" => Ok(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]),
            "invalid" => Err(NoAddress::because("there is no such name")),
            _ => Stub::configured(&read("/etc/resolv.conf")?).addresses(name).await,
        }
    }

    /// The file, or nothing where it is not there or cannot be read.
    fn read(path: &str) -> Result<Vec<u8>, NoAddress> {
        fs::read(path).or_else(|error| match limits::restriction(&error) {
            None => Ok(Vec::new()),
            restriction => Err(NoAddress { why: format!("{path} cannot be read"), restriction }),
        })
    }

    /// The addresses that `hosts(5)` gives the name.
    fn in_hosts(hosts: &[u8], name: &str) -> Vec<IpAddr> {
        let hosts = String::from_utf8_lossy(hosts);
        let address = |line: &str| {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        };
        hosts.lines().filter_map(address).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_hosts_file_is_read_as_the_manual_page_says() {
            let hosts = b"127.0.0.1 localhost\n# 10.0.0.9 hub\n10.0.0.1\tHub.acme.com hub # hub2\n::7 hub\nnonsense hub\n\xff\xfe hub\n10.0.0.2";
            for (name, addresses) in [
                ("hub", vec!["10.0.0.1", "::7"]),
                ("HUB.ACME.COM", vec!["10.0.0.1"]),
                ("hub2", vec![]),
                ("acme.com", vec![]),
                ("localhost", vec!["127.0.0.1"]),
            ] {
                let expected: Vec<IpAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
                assert_eq!(in_hosts(hosts, name), expected, "{name}");
            }
        }
    }
}

/// Elsewhere names are not only looked for in DNS, and no binary is static: the C library knows best.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::net::IpAddr;

    use crate::hub::dns::error::NoAddress;

    pub async fn addresses(name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        match tokio::net::lookup_host((name, 0)).await {
            Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect()),
            Err(error) => Err(NoAddress::because(error.to_string())),
        }
    }
}
