//! What names are looked up by: the files of the machine, and the answers of name servers.

use std::net::IpAddr;

use domain::base::iana::Rtype;
use hf_token_check::internals::hub::LookupOverrides;
use hf_token_check::internals::hub::dns::message::{self, Read, Reply, Transport};
use hf_token_check::internals::hub::dns::stub::Stub;

const NAME: &str = "hub.example";

/// `/etc/resolv.conf`, then `LOCALDOMAIN`, then `RES_OPTIONS`, with a zero byte between two.
pub fn resolv_conf(data: &[u8]) {
    let mut parts = data.split(|b| *b == 0);
    let conf = parts.next().unwrap_or_default();
    let mut text = || parts.next().map(|part| String::from_utf8_lossy(part).into_owned());
    let overrides = LookupOverrides { search: text(), options: text() };
    let stub = Stub::configured(conf, &overrides);
    assert!((1..=3).contains(&stub.servers.len()), "{:?}", stub.servers);
    let candidates = stub.candidates(NAME);
    assert_eq!(candidates.iter().filter(|name| *name == NAME).count(), 1, "{candidates:?}");
    let is_below = |name: &String| name.strip_prefix(NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    assert!(candidates.iter().all(is_below), "{candidates:?}");
}

/// `/etc/hosts`. An address comes from a line that has the name.
pub fn hosts(data: &[u8]) {
    let found = hf_token_check::internals::hub::dns::hosts::addresses(data, NAME);
    let lines = data
        .split(|b| *b == b'\n')
        .filter(|line| line.windows(NAME.len()).any(|part| part.eq_ignore_ascii_case(NAME.as_bytes())));
    assert!(found.len() <= lines.count(), "{found:?}");
}

/// The answer of a name server. The first byte says over what it came, and whether it is put behind the header and the question
/// that an answer has to repeat.
pub fn dns_message(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let over = if choice & 1 == 0 { Transport::Datagram } else { Transport::Stream };
    let family = if choice & 2 == 0 { Rtype::A } else { Rtype::AAAA };
    let asked = message::query(7, NAME, family).expect("a question");
    let answer = match rest.split_at_checked(4) {
        Some((flags, records)) if choice & 4 == 0 => {
            let header = [&asked[..2], &[flags[0] | 0x80, flags[1]], &[0, 1, 0, flags[2], 0, flags[3], 0, 0]].concat();
            [&header, &asked[12..], records].concat()
        }
        _ => rest.to_vec(),
    };
    match message::read(&answer, &asked, family, over) {
        Read::Reply(Reply::Addresses(addresses)) => {
            assert!(!addresses.is_empty(), "no address is no answer");
            assert!(addresses.iter().all(|it: &IpAddr| it.is_ipv4() == (family == Rtype::A)), "{addresses:?}");
        }
        Read::Truncated => assert!(matches!(over, Transport::Datagram), "nothing is cut off over a stream"),
        Read::Reply(Reply::Nothing | Reply::NoSuchName | Reply::Unknown(_)) | Read::Foreign => {}
    }
}
