//! Names as they are found with other files in `/etc`: each test has a network and mounts of its own.

use std::time::Duration;

use testkit::certs;
use testkit::daemon;
use testkit::fake_hub::FakeHub;
use testkit::netns;
use testkit::robustness::{Row, run_table};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(5);

/// Plain HTTP is for this machine, and a name is this machine only where its address is.
#[testkit::test(needs(NETNS))]
fn plain_http_goes_to_a_loopback_address_and_not_to_a_name_that_sounds_like_one() {
    let hosts = "10.99.0.9 localhost elsewhere.localhost\n::1 both.localhost\n10.99.0.9 both.localhost\n\
                 127.0.0.5 here.localhost\n::ffff:127.0.0.1 mapped.localhost\n";
    netns::alone_with(&[("/etc/hosts", hosts)], &["ip addr add 10.99.0.9/32 dev lo"], || {
        let away = FakeHub::serve(scenario::hub_state(), "10.99.0.9:8080", None);
        let here = FakeHub::serve(scenario::hub_state(), "127.0.0.5:8080", None);
        let near = FakeHub::serve(scenario::hub_state(), "127.0.0.1:8080", None);
        let row = |name, host: &str, exit, code| Row::new(name, &format!("http://{host}:8080"), &away.ca, exit, code);
        let refusal = "has the address 10.99.0.9 here, which is not loopback";
        #[rustfmt::skip]
        let rows = vec![
            row("localhost is elsewhere",    "localhost",           50, "net-dns").says(refusal),
            row("a name of localhost's",     "elsewhere.localhost", 50, "net-dns").says(refusal),
            row("one address of two",        "both.localhost",      50, "net-dns").says(refusal),
            row("another loopback address",  "here.localhost",      0,  ""),
            row("an IPv4 address in IPv6",   "mapped.localhost",    0,  ""),
            row("a name without an entry",   "unlisted.localhost",  0,  ""),
        ];
        run_table("names-loopback", LIMIT, rows);
        assert_eq!(away.count(""), 0, "the token went out in plain text");
        assert!(here.count("") > 0 && near.count("") > 0);
        let allowed = ["--allow-http", "--read", "acme/model"];
        run_table("names-allowed", LIMIT, vec![row("allowed", "localhost", 0, "").needs(&allowed)]);
    });
}

/// Where another server may be answering: the name that was found in the place of the Hub's, and the address behind it.
#[testkit::test(needs(NETNS, DNSMASQ))]
fn the_name_and_the_address_that_were_found_are_said_where_another_server_may_answer() {
    let resolv_conf = "nameserver 127.0.0.1\nsearch home.example\noptions ndots:5\n";
    let hosts = "10.99.0.9 listed.test alias.test # other.test\n";
    let files = [("/etc/hosts", hosts), ("/etc/resolv.conf", resolv_conf)];
    netns::alone_with(&files, &["ip addr add 10.99.0.9/32 dev lo"], || {
        // Every name of the search domain is at home, as with a wildcard record.
        let _server = daemon::dnsmasq("address=/home.example/10.99.0.9\nhost-record=hub.test,10.99.0.9\n");
        let other = certs::issue(&["router.home.example"]);
        let router = FakeHub::serve(scenario::hub_state(), "10.99.0.9:8443", Some(other));
        let folder = tempfile::tempdir().expect("a folder");
        let stranger = certs::save(folder.path(), &certs::issue(&["hub.test"]).ca_pem);
        let row = |name, host: &str| Row::new(name, &format!("https://{host}:8443"), &router.ca, 50, "net-tls");
        let wrong = "its certificate is for another host name (router.home.example); connected to 10.99.0.9";
        #[rustfmt::skip]
        let rows = vec![
            row("found by the search list",  "hub.test").advises(format!("{wrong} (hub.test.home.example)")),
            row("in the hosts file",         "listed.test").advises(format!("{wrong} (listed.test)")),
            row("an alias there",            "alias.test").advises(format!("{wrong} (alias.test)")),
            row("in a comment there",        "other.test").advises(format!("{wrong} (other.test.home.example)")),
            row("without a search list",     "hub.test").with("RES_OPTIONS", "ndots:1").advises(format!("{wrong} (hub.test)")),
            row("another search list",       "hub").with("LOCALDOMAIN", "test").advises(format!("{wrong} (hub.test)")),
            row("an unknown authority",      "hub.test").with("SSL_CERT_FILE", stranger.display().to_string()).advises("(issuer \"loopback Hub CA\"); connected to 10.99.0.9 (hub.test.home.example)"),
            row("an address, not a name",    "10.99.0.9").advises("its certificate is for another host name (router.home.example) fix:"),
        ];
        run_table("names-found", LIMIT, rows);
    });
}
