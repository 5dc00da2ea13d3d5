//! Networks that lose, refuse, delay and swallow, made by the kernel itself: each in a network namespace of its own.

use std::path::Path;
use std::time::Duration;

use testkit::fake_hub::FakeHub;
use testkit::netns;
use testkit::robustness::{Row, run_table};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(3);
const PATIENT: Duration = Duration::from_secs(20);

fn to(name: &'static str, address: &str, code: &'static str) -> Row {
    Row::new(name, &format!("https://{address}"), Path::new(""), 50, code)
}

#[testkit::test(needs(NETNS))]
fn a_host_without_a_route_cannot_be_reached() {
    let routes = [
        "ip route add blackhole 192.0.2.1",
        "ip route add unreachable 192.0.2.2",
        "ip route add prohibit 192.0.2.3",
        "ip -6 route add unreachable 2001:db8::2",
    ];
    netns::alone(&routes, || {
        #[rustfmt::skip]
        let rows = vec![
            to("a route to nowhere",      "192.0.2.1",       "net-unreachable"),
            to("an unreachable route",    "192.0.2.2",       "net-unreachable"),
            to("a prohibited route",      "192.0.2.3",       "net-unreachable"),
            to("no route at all",         "192.0.2.4",       "net-unreachable"),
            to("an unreachable IPv6",     "[2001:db8::2]",   "net-unreachable"),
            to("no IPv6 at all",          "[2001:db8::3]",   "net-unreachable"),
        ];
        run_table("route-none", LIMIT, rows);
    });
}

#[testkit::test(needs(NETNS, IPTABLES))]
fn a_firewall_that_drops_or_rejects_is_named_by_what_it_does() {
    let rules = [
        "ip addr add 192.0.2.0/24 dev lo",
        "iptables -A INPUT -d 192.0.2.1 -j DROP",
        "iptables -A INPUT -d 192.0.2.2 -p tcp -j REJECT --reject-with tcp-reset",
        "iptables -A INPUT -d 192.0.2.3 -j REJECT --reject-with icmp-port-unreachable",
        "iptables -A INPUT -d 192.0.2.4 -j REJECT --reject-with icmp-host-unreachable",
        "iptables -A INPUT -d 192.0.2.5 -j REJECT --reject-with icmp-net-unreachable",
        "iptables -A INPUT -d 192.0.2.6 -j REJECT --reject-with icmp-admin-prohibited",
        "iptables -A INPUT -d 192.0.2.7 -j REJECT --reject-with icmp-proto-unreachable",
    ];
    netns::alone(&rules, || {
        #[rustfmt::skip]
        let rows = vec![
            to("dropped",                 "192.0.2.1", "net-unreachable"),
            to("reset",                   "192.0.2.2", "net-refused"),
            to("port unreachable",        "192.0.2.3", "net-refused"),
            to("host unreachable",        "192.0.2.4", "net-unreachable"),
            to("net unreachable",         "192.0.2.5", "net-unreachable"),
            to("administratively",        "192.0.2.6", "net-unreachable"),
            to("protocol unreachable",    "192.0.2.7", "net-unreachable"),
            to("nobody listens",          "192.0.2.8", "net-refused"),
        ];
        run_table("route-firewall", LIMIT, rows);
    });
}

/// A Hub in the namespace, behind a rule, and what a run against it comes to.
fn behind(title: &'static str, rule: &str, limit: Duration, exit: i32, code: &'static str) {
    netns::alone(&["ip link set lo mtu 1500", rule], move || {
        // Nobody else is in this network: any port is free.
        let hub = FakeHub::serve(scenario::hub_state(), "127.0.0.1:8443", Some(testkit::certs::issue(&["localhost"])));
        run_table(title, limit, vec![Row::at(title, &hub, exit, code)]);
        assert!(struck() > 0, "{title}: the rule met no packet");
    });
}

/// How many packets the only rule of this network has struck, whether of `iptables` or of `tc`.
fn struck() -> u64 {
    let rule = netns::run("iptables -nvxL INPUT").expect("the rules");
    let queue = netns::run("tc -s qdisc show dev lo").expect("the queue");
    let packets = rule.lines().nth(2).and_then(|line| line.split_whitespace().next()?.parse().ok());
    let delayed = queue.split("overlimits ").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    packets.unwrap_or(0).max(delayed.unwrap_or(0))
}

#[testkit::test(needs(NETNS, IPTABLES))]
fn a_path_that_loses_every_fifth_packet_is_good_enough() {
    behind(
        "route-loss",
        "iptables -A INPUT -p tcp -m statistic --mode nth --every 5 --packet 0 -j DROP",
        PATIENT,
        0,
        "",
    );
}

#[testkit::test(needs(NETNS, IPTABLES, TC))]
fn a_path_of_a_modem_is_good_enough() {
    behind("route-slow", "tc qdisc add dev lo root tbf rate 64kbit burst 2000 latency 2s", PATIENT, 0, "");
}

#[testkit::test(needs(NETNS, IPTABLES))]
fn every_second_connection_is_refused_and_tried_again() {
    let rule =
        "iptables -A INPUT -p tcp --syn -m statistic --mode nth --every 2 --packet 0 -j REJECT --reject-with tcp-reset";
    behind("route-flapping", rule, PATIENT, 0, "|identity-unknown");
}

/// Small packets pass, and the handshake opens; the certificate is too large and never arrives.
#[testkit::test(needs(NETNS, IPTABLES))]
fn a_path_that_swallows_large_packets_ends_at_the_deadline() {
    behind("route-mtu", "iptables -A INPUT -p tcp -m length --length 500:65535 -j DROP", LIMIT, 50, "net-unreachable");
}

#[testkit::test(needs(NETNS, IPTABLES))]
fn a_path_that_dies_after_the_handshake_ends_at_the_deadline() {
    let rule = "iptables -A INPUT -p tcp --sport 8443 -m connbytes --connbytes 4: --connbytes-dir reply --connbytes-mode packets -j DROP";
    behind("route-dying", rule, LIMIT, 50, "net-timeout");
}

#[testkit::test(needs(NETNS, IPTABLES))]
fn a_middlebox_that_resets_what_is_said_is_an_interruption() {
    let rule = "iptables -A INPUT -p tcp --dport 8443 --tcp-flags PSH PSH -j REJECT --reject-with tcp-reset";
    behind("route-resets", rule, Duration::from_secs(8), 50, "net-interrupted");
}
