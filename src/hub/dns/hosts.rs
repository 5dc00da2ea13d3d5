use std::io::{BufRead, Read};
use std::net::IpAddr;

/// So much of the file is read.
const MOST: u64 = 1 << 27;

/// So much of a line counts.
const LONGEST_LINE: u64 = 1 << 16;

/// So many addresses of a name are enough: no run has the time to try more.
const MOST_ADDRESSES: usize = 64;

/// The addresses that `hosts(5)` gives the name, read line by line: such a file may be huge, and so may a line of it.
pub fn addresses(hosts: impl BufRead, name: &str) -> Vec<IpAddr> {
    let mut hosts = hosts.take(MOST);
    let lines = std::iter::from_fn(|| next_line(&mut hosts));
    lines.filter_map(|line| address(&line, name)).take(MOST_ADDRESSES).collect()
}

/// The next line, up to the last word that is whole; `None` at the end, or where nothing can be read.
fn next_line(hosts: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    hosts.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok().filter(|length| *length > 0)?;
    if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
        hosts.skip_until(b'\n').ok()?;
        line.truncate(line.iter().rposition(|b| is_space(char::from(*b))).unwrap_or_default());
    }
    Some(line)
}

fn address(line: &[u8], name: &str) -> Option<IpAddr> {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split('#').next()?.split(is_space).filter(|word| !word.is_empty());
    let address = words.next()?.parse().ok()?;
    words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
}

/// As glibc has it: a no-break space, which copying from a page brings along, belongs to the word.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::net::IpAddr;

    use super::{LONGEST_LINE, MOST_ADDRESSES};

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
            assert_eq!(super::addresses(&hosts[..], name), expected, "{name}");
        }
    }

    #[test]
    fn white_space_is_what_glibc_takes_for_it() {
        for (hosts, is_found) in [
            ("10.0.0.1 hub\r\n", true),
            (" \t10.0.0.1\thub", true),
            ("10.0.0.1\x0bhub\x0c", true),
            ("10.0.0.1 hub\u{a0}\n", false),
            ("10.0.0.1\u{a0}hub", false),
            ("10.0.0.1 \u{2003}hub", false),
            ("\u{feff}10.0.0.1 hub", false),
            ("10.0.0.1 hub.", false),
            ("10.0.0.1 hub\0", false),
            ("10.1 hub", false),
        ] {
            assert_eq!(!super::addresses(hosts.as_bytes(), "hub").is_empty(), is_found, "{hosts:?}");
        }
    }

    #[test]
    fn a_line_or_a_file_that_is_huge_is_read_as_far_as_it_may_matter() {
        let line = |length: u64| format!("10.0.0.1 {} hub", "x".repeat(usize::try_from(length).expect("a length")));
        let space = LONGEST_LINE - 14;
        for (length, is_found) in [(space, true), (space + 1, false), (3 * LONGEST_LINE, false)] {
            let hosts = format!("{}\n10.0.0.2 hub", line(length));
            let found = super::addresses(hosts.as_bytes(), "hub");
            let found: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, if is_found { vec!["10.0.0.1", "10.0.0.2"] } else { vec!["10.0.0.2"] }, "{length}");
        }
        // A name that was cut off is not another name.
        let cut = format!("{}bub", line(space + 1));
        assert!(super::addresses(cut.as_bytes(), "hub").is_empty());
        let many = "10.0.0.1 hub\n".repeat(1000);
        assert_eq!(super::addresses(many.as_bytes(), "hub").len(), MOST_ADDRESSES);
        assert!(super::addresses(BufReader::new(std::io::repeat(0)), "hub").is_empty());
    }
}
