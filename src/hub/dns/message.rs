//! One question and one answer of DNS, as bytes.

use std::net::IpAddr;

use domain::base::iana::{Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name};
use domain::rdata::{A, Aaaa};

use crate::hub::dns::error::NoAddress;

/// How a name server is asked.
#[derive(Clone, Copy, Debug)]
pub enum Transport {
    Datagram,
    Stream,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Addresses(Vec<IpAddr>),
    /// The name has no address of this family.
    Nothing,
    /// The name does not exist, in any family (NXDOMAIN).
    NoSuchName,
    /// Every name server was asked, and none could tell; why.
    Unknown(NoAddress),
}

/// What a packet is to the one who asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    Reply(Reply),
    /// The answer is longer than this packet.
    Truncated,
    /// An answer to something else, or none.
    Foreign,
}

/// A question about the addresses of a name in this family; `None` where no name is like that.
pub fn query(id: u16, name: &str, family: Rtype) -> Option<Vec<u8>> {
    let name: Name<Vec<u8>> = name.parse().ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(id);
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((name, family)).ok()?;
    Some(message.finish())
}

/// The answer to `query`, looked at for addresses of `family`: those of the name that was asked for, or of the one that its aliases
/// lead to. Over a stream nothing is cut off, whatever the flag says.
pub fn read(answer: &[u8], query: &[u8], family: Rtype, over: Transport) -> Read {
    let (Ok(answer), Ok(query)) = (Message::from_slice(answer), Message::from_slice(query)) else {
        return Read::Foreign;
    };
    if !answer.is_answer(query) {
        return Read::Foreign;
    }
    if answer.header().tc() && matches!(over, Transport::Datagram) {
        return Read::Truncated;
    }
    // None where the aliases form a loop.
    let Some(owner) = answer.canonical_name() else { return Read::Reply(Reply::Nothing) };
    let addresses = answer.answer().map_err(drop).and_then(|records| {
        let mut found = Vec::new();
        for record in records {
            let record = record.map_err(drop)?;
            if record.owner() != owner || record.rtype() != family {
                continue;
            }
            let address: Option<IpAddr> = match family {
                Rtype::A => record.to_record::<A>().map_err(drop)?.map(|record| record.data().addr().into()),
                _ => record.to_record::<Aaaa>().map_err(drop)?.map(|record| record.data().addr().into()),
            };
            found.extend(address);
        }
        Ok(found)
    });
    // What is cut off may have said anything.
    let Ok(addresses): Result<Vec<IpAddr>, ()> = addresses else { return Read::Foreign };
    Read::Reply(match answer.header().rcode() {
        Rcode::NOERROR if !addresses.is_empty() => Reply::Addresses(addresses),
        Rcode::NOERROR => Reply::Nothing,
        Rcode::NXDOMAIN => Reply::NoSuchName,
        other => Reply::Unknown(NoAddress::for_now(format!("a name server answered {other}"))),
    })
}

/// An unpredictable number: with the random port, what keeps strangers from answering.
pub fn unpredictable() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness no TLS either: the handshake will say so.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    u16::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use domain::base::Record;
    use domain::base::iana::Class;

    use super::*;

    #[test]
    fn addresses_count_where_the_aliases_lead() {
        use domain::base::Ttl;
        use domain::rdata::Cname;
        let name = |text: &str| text.parse::<Name<Vec<u8>>>().expect("a name");
        let asked = query(7, "hub.acme.com", Rtype::A).expect("a question");
        let answer = |aliases: &[(&str, &str)], owner: &str, is_cut: bool| {
            let mut message = MessageBuilder::new_vec();
            message.header_mut().set_id(7);
            message.header_mut().set_qr(true);
            message.header_mut().set_tc(is_cut);
            let mut message = message.question();
            message.push((name("hub.acme.com"), Rtype::A)).expect("a question");
            let mut message = message.answer();
            for (from, to) in aliases {
                let alias = Record::new(name(from), Class::IN, Ttl::ZERO, Cname::new(name(to)));
                message.push(alias).expect("an alias");
            }
            let address = Record::new(name(owner), Class::IN, Ttl::ZERO, A::new(Ipv4Addr::LOCALHOST));
            message.push(address).expect("an address");
            message.finish()
        };
        let found = || Read::Reply(Reply::Addresses(vec![Ipv4Addr::LOCALHOST.into()]));
        let chain = [("hub.acme.com", "a.cdn"), ("a.cdn", "b.cdn")];
        let circle = [("hub.acme.com", "a.cdn"), ("a.cdn", "hub.acme.com")];
        for (case, bytes, over, expected) in [
            ("its own", answer(&[], "hub.acme.com", false), Transport::Datagram, found()),
            ("another name's", answer(&[], "evil.com", false), Transport::Datagram, Read::Reply(Reply::Nothing)),
            ("behind aliases", answer(&chain, "b.cdn", false), Transport::Datagram, found()),
            ("beside aliases", answer(&chain, "c.cdn", false), Transport::Datagram, Read::Reply(Reply::Nothing)),
            ("in a circle", answer(&circle, "a.cdn", false), Transport::Datagram, Read::Reply(Reply::Nothing)),
            ("cut off", answer(&[], "hub.acme.com", true), Transport::Datagram, Read::Truncated),
            ("said to be cut off, over TCP", answer(&[], "hub.acme.com", true), Transport::Stream, found()),
        ] {
            assert_eq!(read(&bytes, &asked, Rtype::A, over), expected, "{case}");
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
            ("no such name", answer(7, "hub.acme.com", 0, Rcode::NXDOMAIN), Read::Reply(Reply::NoSuchName)),
            ("too long", truncated(good.clone()), Read::Truncated),
            (
                "trouble",
                answer(7, "hub.acme.com", 0, Rcode::SERVFAIL),
                Read::Reply(Reply::Unknown(NoAddress::for_now("a name server answered SERVFAIL"))),
            ),
            ("a question", asked.clone(), Read::Foreign),
            ("nothing", Vec::new(), Read::Foreign),
            ("half a header", good[..6].to_vec(), Read::Foreign),
            ("half an answer", good[..good.len() - 2].to_vec(), Read::Foreign),
        ] {
            assert_eq!(read(&bytes, &asked, Rtype::A, Transport::Datagram), expected, "{case}");
        }
    }
}
