//! A stub resolver: the name servers, the search list and `ndots` of `resolv.conf(5)`, as glibc reads them, with every candidate name, both families and, where one is slow,
//! every name server asked at the same time.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use domain::base::iana::{Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name};
use domain::rdata::{A, Aaaa};
use resolv_conf::{Config, ScopedIp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::hub::dns::error::NoAddress;
use crate::model::printable;
use crate::process::limits;

/// How long a name server has, in each round, before the next one is asked as well. All that were asked are listened to
/// until the last round ends: a slow answer still counts.
const ROUNDS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// What the second family of addresses may take once the first is known (RFC 8305, section 3, with room for a container's
/// proxy): a firewall that drops AAAA questions must not cost the run.
const OTHER_FAMILY: Duration = Duration::from_millis(250);

const PORT: u16 = 53;

/// Whom to ask, and for which names.
#[derive(Debug)]
pub struct Stub {
    servers: Arc<[SocketAddr]>,
    search: Vec<String>,
    dots: usize,
    families: &'static [Rtype],
    first: Transport,
}

/// How a name server is asked.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Datagram,
    Stream,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reply {
    Addresses(Vec<IpAddr>),
    /// The name does not exist, or has no address of this family.
    Nothing,
    /// Every name server was asked, and none could tell; why.
    Unknown(NoAddress),
}

impl Stub {
    /// As `resolv.conf` says; what it says wrong is passed over. Without name servers, the one on this machine.
    pub fn configured(resolv_conf: &[u8]) -> Self {
        let (mut config, _) = Config::parse_with_errors(resolv_conf);
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
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let mut candidates: Vec<_> = self.candidates(name).into_iter().map(|name| self.start(&name)).collect();
        let mut unknown = None;
        for candidate in &mut candidates {
            match candidate.finish().await {
                Reply::Addresses(addresses) => return Ok(addresses),
                Reply::Nothing => {}
                Reply::Unknown(why) => unknown = Some(why),
            }
        }
        let servers: Vec<_> = self.servers.iter().map(|server| server.ip().to_string()).collect();
        let servers = servers.join(", ");
        Err(match unknown {
            Some(NoAddress { why, restriction }) => NoAddress { why: format!("{why} (asked {servers})"), restriction },
            None => NoAddress::because(format!("there is no such name, says {servers}")),
        })
    }

    /// The names to try, in order of preference: `search` and `ndots` as in `resolv.conf(5)`.
    fn candidates(&self, name: &str) -> Vec<String> {
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
                Some(Ok(Reply::Nothing) | Err(_)) => {}
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
    let mut why = NoAddress::because("no name server answered");
    for patience in ROUNDS {
        for &server in servers {
            let query = Arc::clone(&query);
            open.spawn(async move { exchange(server, first, &query, family).await });
            match timeout(patience, open.join_next()).await {
                Ok(Some(Ok(Ok(Reply::Unknown(said))))) => why = said,
                Ok(Some(Ok(Ok(reply)))) => return reply,
                Ok(Some(Ok(Err(error)))) => {
                    let said = format!("a name server cannot be reached: {}", printable::io_error(&error));
                    why = NoAddress { why: said, restriction: limits::restriction(&error) };
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
            match read(&answer[..length], query, family) {
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
    match read(&answer, query, family) {
        Read::Reply(reply) => Ok(reply),
        Read::Truncated | Read::Foreign => Err(io::Error::other("it answered something else")),
    }
}

/// What a packet is to the one who asked.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Reply(Reply),
    /// The answer is longer than this packet.
    Truncated,
    /// An answer to something else, or none.
    Foreign,
}

fn query(id: u16, name: &str, family: Rtype) -> Option<Vec<u8>> {
    let name: Name<Vec<u8>> = name.parse().ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(id);
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((name, family)).ok()?;
    Some(message.finish())
}

/// The answer to `query`, looked at for addresses of `family`; any record may carry them, behind whatever aliases.
fn read(answer: &[u8], query: &[u8], family: Rtype) -> Read {
    let (Ok(answer), Ok(query)) = (Message::from_slice(answer), Message::from_slice(query)) else {
        return Read::Foreign;
    };
    if !answer.is_answer(query) {
        return Read::Foreign;
    }
    if answer.header().tc() {
        return Read::Truncated;
    }
    let addresses = answer.answer().map_err(drop).and_then(|records| match family {
        Rtype::A => records.limit_to::<A>().map(|record| Ok(record.map_err(drop)?.data().addr().into())).collect(),
        _ => records.limit_to::<Aaaa>().map(|record| Ok(record.map_err(drop)?.data().addr().into())).collect(),
    });
    // What is cut off may have said anything.
    let Ok(addresses): Result<Vec<IpAddr>, ()> = addresses else { return Read::Foreign };
    Read::Reply(match answer.header().rcode() {
        Rcode::NOERROR if !addresses.is_empty() => Reply::Addresses(addresses),
        Rcode::NOERROR | Rcode::NXDOMAIN => Reply::Nothing,
        other => Reply::Unknown(NoAddress::because(format!("a name server answered {other}"))),
    })
}

/// An unpredictable number: with the random port, what keeps strangers from answering.
fn unpredictable() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness no TLS either: the handshake will say so.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    u16::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use domain::base::Record;
    use domain::base::iana::Class;

    use super::*;

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
            let stub = Stub::configured(conf.as_bytes());
            assert_eq!(stub.candidates(name).join(" "), candidates, "{conf:?} {name}");
        }
    }

    #[test]
    fn name_servers_are_read_and_wrong_ones_are_passed_over() {
        for (conf, servers) in [
            ("", "127.0.0.1:53 [::1]:53"),
            ("nameserver 10.96.0.10", "10.96.0.10:53"),
            ("nameserver 10.0.0.1 # one\nnameserver ::1\nnameserver none\n", "10.0.0.1:53 [::1]:53"),
        ] {
            let servers_read: Vec<_> =
                Stub::configured(conf.as_bytes()).servers.iter().map(ToString::to_string).collect();
            assert_eq!(servers_read.join(" "), servers, "{conf:?}");
        }
    }

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let asked = query(7, "hub.acme.com", Rtype::A).expect("a question");
        let answer = |id, name: &str, records: usize, rcode| {
            let name: Name<Vec<u8>> = name.parse().expect("a name");
            let mut message = MessageBuilder::new_vec();
            message.header_mut().set_id(id);
            message.header_mut().set_qr(true);
            message.header_mut().set_rcode(rcode);
            let mut message = message.question();
            message.push((&name, Rtype::A)).expect("a question");
            let mut message = message.answer();
            for _ in 0..records {
                message
                    .push(Record::new(&name, Class::IN, domain::base::Ttl::ZERO, A::new(Ipv4Addr::LOCALHOST)))
                    .expect("a record");
            }
            message.finish()
        };
        let truncated = |mut bytes: Vec<u8>| {
            bytes[2] |= 2;
            bytes
        };
        let address = Reply::Addresses(vec![Ipv4Addr::LOCALHOST.into()]);
        let good = answer(7, "hub.acme.com", 1, Rcode::NOERROR);
        for (case, bytes, expected) in [
            ("an address", good.clone(), Read::Reply(address.clone())),
            ("in other letters", answer(7, "HUB.acme.com", 1, Rcode::NOERROR), Read::Reply(address)),
            ("another number", answer(8, "hub.acme.com", 1, Rcode::NOERROR), Read::Foreign),
            ("another name", answer(7, "evil.acme.com", 1, Rcode::NOERROR), Read::Foreign),
            ("no address", answer(7, "hub.acme.com", 0, Rcode::NOERROR), Read::Reply(Reply::Nothing)),
            ("no such name", answer(7, "hub.acme.com", 0, Rcode::NXDOMAIN), Read::Reply(Reply::Nothing)),
            ("too long", truncated(good.clone()), Read::Truncated),
            (
                "trouble",
                answer(7, "hub.acme.com", 0, Rcode::SERVFAIL),
                Read::Reply(Reply::Unknown(NoAddress::because("a name server answered SERVFAIL"))),
            ),
            ("a question", asked.clone(), Read::Foreign),
            ("nothing", Vec::new(), Read::Foreign),
            ("half a header", good[..6].to_vec(), Read::Foreign),
            ("half an answer", good[..good.len() - 2].to_vec(), Read::Foreign),
        ] {
            assert_eq!(read(&bytes, &asked, Rtype::A), expected, "{case}");
        }
    }
}
