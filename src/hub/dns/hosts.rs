use std::io::BufRead;
use std::net::IpAddr;

/// The addresses that `hosts(5)` gives the name, read line by line: such a file may be huge.
pub fn addresses(hosts: impl BufRead, name: &str) -> Vec<IpAddr> {
    let address = |line: Vec<u8>| {
        let line = String::from_utf8_lossy(&line);
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    };
    hosts.split(b'\n').map_while(Result::ok).filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

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
}
