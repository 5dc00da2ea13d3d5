//! A stub resolver: the name servers, the search list and `ndots` of `resolv.conf(5)`, as glibc reads them, with every candidate
//! name, both families and, where one is slow, every name server asked at the same time.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use domain::base::iana::Rtype;
use resolv_conf::{Config, ScopedIp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::hub::dns::error::NoAddress;
use crate::hub::dns::found::Found;
use crate::hub::dns::message::{Read, Reply, Transport, query, read, unpredictable};
use crate::hub::dns::overrides::Overrides;
use crate::model::printable;
use crate::process::limits;

/// How long a name server has, in each round, before the next one is asked as well. All that were asked are listened to
/// until the last round ends: a slow answer still counts. Together they are as long as glibc waits, twice five seconds for each
/// server, before it passes over a candidate name.
const ROUNDS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(4)];

/// How long the second family of addresses may take once the first is known. RFC 8305, section 3, has 50 ms; the DNS proxies of
/// containers are slower. A firewall that drops AAAA questions must not cost the run.
const OTHER_FAMILY: Duration = Duration::from_millis(250);

const PORT: u16 = 53;

/// Whom to ask, and for which names.
#[derive(Debug)]
pub struct Stub {
    /// At most three, as for glibc.
    pub servers: Arc<[SocketAddr]>,
    search: Vec<String>,
    dots: usize,
    families: &'static [Rtype],
    first: Transport,
}

impl Stub {
    /// As `resolv.conf` and the environment say; what they say wrong is passed over. Without name servers, the one on this machine.
    pub fn configured(resolv_conf: &[u8], overrides: &Overrides) -> Self {
        let (mut config, _) = Config::parse_with_errors(as_glibc_reads(resolv_conf, overrides).as_bytes());
        config.glibc_normalize();
        let server = |ip: ScopedIp| match ip {
            ScopedIp::V4(ip) => SocketAddr::new(ip.into(), PORT),
            ScopedIp::V6(ip, scope) => SocketAddrV6::new(ip, PORT, 0, scope.map_or(0, |name| interface(&name))).into(),
        };
        Self {
            servers: config.get_nameservers_or_local().into_iter().map(server).collect(),
            search: config.get_last_search_or_domain().filter(|domain| *domain != ".").cloned().collect(),
            dots: usize::try_from(config.ndots).unwrap_or(usize::MAX),
            families: if config.no_aaaa { &[Rtype::A] } else { &[Rtype::AAAA, Rtype::A] },
            first: if config.use_vc { Transport::Stream } else { Transport::Datagram },
        }
    }

    /// The addresses of the first candidate that has any, IPv6 before IPv4.
    pub async fn addresses(&self, name: &str) -> Result<Found, NoAddress> {
        let start = |name: String| (self.start(&name), name);
        let mut candidates: Vec<_> = self.candidates(name).into_iter().map(start).collect();
        let mut unknown = None;
        for (candidate, name) in &mut candidates {
            match candidate.finish().await {
                Reply::Addresses(addresses) => return Ok(Found { name: std::mem::take(name), addresses }),
                Reply::Nothing | Reply::NoSuchName => {}
                Reply::Unknown(why) => unknown = Some(why),
            }
        }
        let servers: Vec<_> = self.servers.iter().map(|server| server.ip().to_string()).collect();
        let servers = servers.join(", ");
        Err(match unknown {
            Some(unknown) => NoAddress { why: format!("{} (asked {servers})", unknown.why), ..unknown },
            None => NoAddress::because(format!("there is no such name, says {servers}")),
        })
    }

    /// The names to try, in order of preference: `search` and `ndots` as in `resolv.conf(5)`.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        let searched = self.search.iter().map(|domain| format!("{name}.{}", domain.trim_end_matches('.')));
        let mut candidates: Vec<_> = searched.collect();
        let at = if name.matches('.').count() >= self.dots { 0 } else { candidates.len() };
        candidates.insert(at, name.to_owned());
        candidates
    }

    fn start(&self, name: &str) -> Candidate {
        let mut families = JoinSet::new();
        for family in self.families {
            let (servers, first, name) = (Arc::clone(&self.servers), self.first, name.to_owned());
            families.spawn(async move { ask(&servers, first, &name, *family).await });
        }
        Candidate(families)
    }
}

/// The lines of `resolv.conf` that glibc reads: a keyword stands at the very beginning of a line, and a carriage return belongs to the
/// value, which spoils an address or a domain but not an option. Then what the variables say, in the same form.
fn as_glibc_reads(resolv_conf: &[u8], overrides: &Overrides) -> String {
    let text = String::from_utf8_lossy(resolv_conf);
    let is_search = |line: &str| ["search", "domain"].iter().any(|keyword| line.starts_with(keyword));
    let mut lines: Vec<&str> = text
        .split('\n')
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter(|line| line.starts_with("options") || !line.contains('\r'))
        .filter(|line| overrides.search.is_none() || !is_search(line))
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    let search = overrides.search.as_ref().map(|domains| format!("search {domains}"));
    let options = overrides.options.as_ref().map(|options| format!("options {options}"));
    lines.extend(search.iter().chain(&options).map(|line| line.lines().next().unwrap_or_default()));
    lines.join("\n")
}

/// The number of a network interface, as `nameserver fe80::1%eth0` wants it; 0 where it is not to be had.
fn interface(name: &str) -> u32 {
    let number = || std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?.trim().parse().ok();
    name.parse().ok().or_else(number).unwrap_or(0)
}

/// A name that is being looked for, in each family by a task of its own.
struct Candidate(JoinSet<Reply>);

impl Candidate {
    async fn finish(&mut self) -> Reply {
        let mut addresses = Vec::new();
        let mut reply = Reply::Nothing;
        loop {
            let next = if addresses.is_empty() {
                self.0.join_next().await
            } else {
                timeout(OTHER_FAMILY, self.0.join_next()).await.ok().flatten()
            };
            match next {
                Some(Ok(Reply::Addresses(found))) => addresses.extend(found),
                Some(Ok(Reply::NoSuchName)) if addresses.is_empty() => return Reply::NoSuchName,
                Some(Ok(Reply::Nothing | Reply::NoSuchName) | Err(_)) => {}
                Some(Ok(unknown @ Reply::Unknown(_))) => reply = unknown,
                None => break,
            }
        }
        addresses.sort_by_key(IpAddr::is_ipv4);
        if addresses.is_empty() { reply } else { Reply::Addresses(addresses) }
    }
}

/// Asks the name servers one after the other, the next one as soon as one fails or is slow.
async fn ask(servers: &[SocketAddr], first: Transport, name: &str, family: Rtype) -> Reply {
    // What cannot be asked, a label of a hundred letters for one, does not exist.
    let Some(query) = query(unpredictable(), name, family) else { return Reply::Nothing };
    let query: Arc<[u8]> = query.into();
    let mut open = JoinSet::new();
    let mut why = NoAddress::for_now("no name server answered");
    for patience in ROUNDS {
        for &server in servers {
            let query = Arc::clone(&query);
            open.spawn(async move { exchange(server, first, &query, family).await });
            match timeout(patience, open.join_next()).await {
                Ok(Some(Ok(Ok(Reply::Unknown(said))))) => why = said,
                Ok(Some(Ok(Ok(reply)))) => return reply,
                Ok(Some(Ok(Err(error)))) => {
                    let said = format!("a name server cannot be reached: {}", printable::io_error(&error));
                    why = NoAddress { restriction: limits::restriction(&error), ..NoAddress::because(said) };
                }
                Ok(Some(Err(_)) | None) | Err(_) => {}
            }
        }
    }
    Reply::Unknown(why)
}

/// One question to one name server, over TCP where the answer is too long for a datagram.
async fn exchange(server: SocketAddr, first: Transport, query: &[u8], family: Rtype) -> io::Result<Reply> {
    if matches!(first, Transport::Datagram) {
        let local: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((local, 0)).await?;
        socket.connect(server).await?;
        socket.send(query).await?;
        let mut answer = [0; 4096];
        loop {
            let length = socket.recv(&mut answer).await?;
            match read(&answer[..length], query, family, Transport::Datagram) {
                Read::Reply(reply) => return Ok(reply),
                Read::Truncated => break,
                Read::Foreign => {}
            }
        }
    }
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).unwrap_or_default();
    stream.write_all(&[&length.to_be_bytes()[..], query].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    match read(&answer, query, family, Transport::Stream) {
        Read::Reply(reply) => Ok(reply),
        Read::Truncated | Read::Foreign => Err(io::Error::other("it answered something else")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use domain::base::iana::{Class, Rcode};
    use domain::base::message_builder::AnswerBuilder;
    use domain::base::name::ParsedName;
    use domain::base::{Message, MessageBuilder, Question, Record, Ttl};
    use domain::rdata::A;

    use super::*;
    use crate::hub::dns::error::Outlook;

    #[test]
    fn candidates_follow_search_and_ndots() {
        for (conf, name, candidates) in [
            ("", "hub", "hub"),
            ("search a b", "hub", "hub.a hub.b hub"),
            ("search a b", "hub.acme", "hub.acme hub.acme.a hub.acme.b"),
            ("search a. b\noptions ndots:5", "hub.acme.com", "hub.acme.com.a hub.acme.com.b hub.acme.com"),
            ("search .", "hub", "hub"),
            ("domain a\nnonsense\noptions ndots:none", "hub", "hub.a hub"),
        ] {
            let stub = Stub::configured(conf.as_bytes(), &Overrides::default());
            assert_eq!(stub.candidates(name).join(" "), candidates, "{conf:?} {name}");
        }
    }

    #[test]
    fn lines_are_read_as_glibc_reads_them_and_variables_come_after_them() {
        let overrides = |search: &str, options: &str| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Overrides { search: text(search), options: text(options) }
        };
        for (conf, search, options, servers, candidates) in [
            (" nameserver 10.0.0.1\n search a", "", "", "127.0.0.1:53 [::1]:53", "hub.acme"),
            ("nameserver 10.0.0.1\r\nsearch a\r\n", "", "", "127.0.0.1:53 [::1]:53", "hub.acme"),
            ("search a\noptions ndots:5\r\n", "", "", "127.0.0.1:53 [::1]:53", "hub.acme.a hub.acme"),
            ("search a\noptions ndots:5", "b c", "", "127.0.0.1:53 [::1]:53", "hub.acme.b hub.acme.c hub.acme"),
            ("search a\noptions ndots:5", "", "ndots:1", "127.0.0.1:53 [::1]:53", "hub.acme hub.acme.a"),
            ("nameserver 10.0.0.1\nsearch a", "", "ndots:2\nnameserver 10.0.0.2", "10.0.0.1:53", "hub.acme.a hub.acme"),
        ] {
            let stub = Stub::configured(conf.as_bytes(), &overrides(search, options));
            let read: Vec<_> = stub.servers.iter().map(ToString::to_string).collect();
            assert_eq!((&*read.join(" "), &*stub.candidates("hub.acme").join(" ")), (servers, candidates), "{conf:?}");
        }
    }

    #[test]
    fn name_servers_are_read_and_wrong_ones_are_passed_over() {
        for (conf, servers) in [
            ("", "127.0.0.1:53 [::1]:53"),
            ("nameserver 10.96.0.10", "10.96.0.10:53"),
            ("nameserver 10.0.0.1 # one\nnameserver ::1\nnameserver none\n", "10.0.0.1:53 [::1]:53"),
        ] {
            let servers_read: Vec<_> = Stub::configured(conf.as_bytes(), &Overrides::default())
                .servers
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(servers_read.join(" "), servers, "{conf:?}");
        }
    }

    /// A name server on loopback that answers each question, or not.
    fn serve(answer: impl Fn(&str, Rtype) -> Option<Rcode> + Send + 'static) -> SocketAddr {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        std::thread::spawn(move || {
            let mut packet = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut packet) {
                let asked = Message::from_slice(&packet[..length]).expect("a question");
                let question = asked.sole_question().expect("one question");
                let Some(rcode) = answer(&question.qname().to_string(), question.qtype()) else { continue };
                let reply = MessageBuilder::new_vec().start_answer(asked, rcode).expect("an answer");
                let _ = socket.send_to(&with_address(reply, &question, rcode), client);
            }
        });
        address
    }

    /// The answer, with the address 10.0.0.1 where there is no error.
    fn with_address(
        mut answer: AnswerBuilder<Vec<u8>>,
        question: &Question<ParsedName<&[u8]>>,
        rcode: Rcode,
    ) -> Vec<u8> {
        if rcode == Rcode::NOERROR {
            let address = Record::new(question.qname(), Class::IN, Ttl::ZERO, A::new(Ipv4Addr::new(10, 0, 0, 1)));
            answer.push(address).expect("an address");
        }
        answer.finish()
    }

    fn look_up(server: SocketAddr, name: &str) -> (Result<Found, NoAddress>, Duration) {
        let stub = Stub {
            servers: [server].into(),
            ..Stub::configured(b"search corp\noptions ndots:5", &Overrides::default())
        };
        let started = Instant::now();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        (runtime.block_on(stub.addresses(name)), started.elapsed())
    }

    #[test]
    fn a_candidate_is_settled_or_passed_over_as_glibc_does() {
        let ours = Ok(Found { name: "hub".into(), addresses: vec![IpAddr::from([10, 0, 0, 1])] });
        // A says that there is no such name in the search domain; AAAA says nothing.
        let server = serve(|name, family| match (name, family) {
            ("hub.corp", Rtype::A) => Some(Rcode::NXDOMAIN),
            ("hub", Rtype::A) => Some(Rcode::NOERROR),
            _ => None,
        });
        let (found, took) = look_up(server, "hub");
        assert!(found == ours && took < Duration::from_secs(2), "{found:?} {took:?}");
        // The search domain is silent: it is passed over when glibc would.
        let server = serve(|name, family| (name == "hub" && family == Rtype::A).then_some(Rcode::NOERROR));
        let (found, took) = look_up(server, "hub");
        assert_eq!(found, ours);
        assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&took), "{took:?}");
        let (found, _) = look_up(serve(|_, family| (family == Rtype::A).then_some(Rcode::NOERROR)), "hub");
        assert_eq!(found.map(|found| found.to_string()), Ok("10.0.0.1 (hub.corp)".into()));
        // Trouble is no word about the name.
        for rcode in [Rcode::SERVFAIL, Rcode::REFUSED] {
            let (found, _) = look_up(serve(move |_, _| Some(rcode)), "hub");
            assert_eq!(found.expect_err("trouble").outlook, Outlook::Open);
        }
        let (found, _) = look_up(serve(|_, _| Some(Rcode::NXDOMAIN)), "hub");
        assert_eq!(found.expect_err("no name").outlook, Outlook::Settled);
    }
}
