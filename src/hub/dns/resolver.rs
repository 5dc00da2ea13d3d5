//! Names to addresses. On Linux by a stub resolver of our own making over well-kept parsers, because the C libraries
//! that a static binary may be linked with disagree, and both give up where an answer was to be had: a name server that
//! is dead, an AAAA question that nobody answers, a search domain that fails.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::hub::dns::error::NoAddress;
use crate::hub::dns::found::Found;
use crate::hub::dns::overrides::Overrides;

/// Less than a connection may take in all, so that what was slow is named.
const LONGEST_WAIT: Duration = Duration::from_secs(7);

/// How long addresses that were found are used for further connections.
const FRESH: Duration = Duration::from_secs(5);

/// Finds the addresses of a host. Connections that are opened at the same time share one look-up, and a look-up that takes longer
/// than a connection may goes on for the next attempt.
#[derive(Clone)]
pub struct Resolver {
    latest: Arc<Mutex<Option<Lookup>>>,
    allowed: Allowed,
    overrides: Overrides,
}

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All of them.
    Any,
    /// This machine's own: the token goes out in plain text.
    LoopbackOnly,
}

/// A look-up that is under way or done.
struct Lookup {
    name: String,
    outcome: watch::Receiver<Option<Done>>,
}

#[derive(Clone)]
struct Done {
    at: Instant,
    outcome: Result<Found, NoAddress>,
}

impl Resolver {
    /// A resolver that knows nothing yet.
    pub fn new(allowed: Allowed, overrides: Overrides) -> Self {
        Self { latest: Arc::default(), allowed, overrides }
    }

    /// Whether a look-up is under way.
    pub fn is_looking(&self) -> bool {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().is_some_and(|lookup| lookup.outcome.borrow().is_none())
    }

    /// What was found last, where that was this name's.
    pub fn found(&self, name: &str) -> Option<Found> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let lookup = latest.as_ref().filter(|lookup| lookup.name == name)?;
        lookup.outcome.borrow().as_ref()?.outcome.clone().ok()
    }

    /// The look-up of this name that is under way, or has just found something; else a new one.
    fn lookup(&self, name: &str) -> watch::Receiver<Option<Done>> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of_use =
            |done: &Option<Done>| done.as_ref().is_none_or(|done| done.outcome.is_ok() && done.at.elapsed() < FRESH);
        if let Some(lookup) = &*latest
            && lookup.name == name
            && is_of_use(&lookup.outcome.borrow())
        {
            return lookup.outcome.clone();
        }
        let (sender, outcome) = watch::channel(None);
        let (asked, overrides) = (name.to_owned(), self.overrides.clone());
        tokio::spawn(async move {
            let outcome = system::addresses(&asked, &overrides).await;
            // Nobody may be waiting any more.
            let _ = sender.send(Some(Done { at: Instant::now(), outcome }));
        });
        *latest = Some(Lookup { name: name.to_owned(), outcome: outcome.clone() });
        outcome
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
        let resolver = self.clone();
        Box::pin(async move {
            let name = name.as_str();
            let mut lookup = resolver.lookup(name);
            let done = match timeout(LONGEST_WAIT, lookup.wait_for(Option::is_some)).await {
                Ok(Ok(done)) => done.clone(),
                Ok(Err(_)) | Err(_) => None,
            };
            let silent = || Err(NoAddress::for_now("no name server answered in time"));
            let found = done.map_or_else(silent, |done| done.outcome)?;
            resolver.allowed.check(name, &found.addresses)?;
            let addresses: Vec<_> = found.addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io::{self, BufReader, Read};
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::path::Path;
    use std::time::Instant;

    use crate::hub::dns::error::NoAddress;
    use crate::hub::dns::found::Found;
    use crate::hub::dns::hosts;
    use crate::hub::dns::overrides::Overrides;
    use crate::hub::dns::stub::Stub;
    use crate::process::{bounded, limits};

    /// A `resolv.conf` beyond this is none.
    const LONGEST_CONFIGURATION: u64 = 1 << 16;

    /// `/etc/hosts`, then the name servers of `/etc/resolv.conf`; either file may be missing.
    pub async fn addresses(name: &str, overrides: &Overrides) -> Result<Found, NoAddress> {
        let found = |addresses| Found { name: name.to_owned(), addresses };
        let name = name.strip_suffix('.').unwrap_or(name);
        let listed = open("/etc/hosts")?.map(|file| hosts::addresses(BufReader::new(file), name)).unwrap_or_default();
        if !listed.is_empty() {
            return Ok(found(listed));
        }
        // RFC 6761, sections 6.3 and 6.4: no name server is asked for these.
        match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "localhost" => Ok(found(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()])),
            "invalid" => Err(NoAddress::because("there is no such name")),
            _ => {
                let mut configuration = Vec::new();
                if let Some(file) = open("/etc/resolv.conf")? {
                    // What could be read counts, as for glibc.
                    let _ = file.take(LONGEST_CONFIGURATION).read_to_end(&mut configuration);
                }
                Stub::configured(&configuration, overrides).addresses(name).await
            }
        }
    }

    /// The file, or nothing where it is not there or may not be read. A pipe is not waited for.
    fn open(path: &str) -> Result<Option<File>, NoAddress> {
        let opened = bounded::open(OpenOptions::new().read(true), Path::new(path), Instant::now());
        opened.map(Some).or_else(|error: io::Error| match limits::restriction(&error) {
            None => Ok(None),
            restriction => Err(NoAddress { restriction, ..NoAddress::because(format!("{path} cannot be read")) }),
        })
    }
}

/// Elsewhere names are not only looked for in DNS, and no binary is static: the C library knows best.
#[cfg(not(target_os = "linux"))]
mod system {
    use crate::hub::dns::error::NoAddress;
    use crate::hub::dns::found::Found;
    use crate::hub::dns::overrides::Overrides;

    pub async fn addresses(name: &str, _: &Overrides) -> Result<Found, NoAddress> {
        match tokio::net::lookup_host((name, 0)).await {
            Ok(addresses) => {
                Ok(Found { name: name.into(), addresses: addresses.map(|address| address.ip()).collect() })
            }
            Err(error) => Err(NoAddress::because(error.to_string())),
        }
    }
}
