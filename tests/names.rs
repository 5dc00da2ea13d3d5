//! Names as they are found with other files in `/etc`: each test has a network and mounts of its own.

use std::time::Duration;

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
