//! Names as containers find them: the shipped image, which has no libc and no `/etc` of its own, and a real name server
//! (unbound) on a network of the test's own.

use std::path::Path;
use std::time::{Duration, Instant};

use testkit::container_hub::{ContainerHub, token};
use testkit::docker::Container;
use testkit::program::Run;

/// Where nobody listens, on the test's own network.
const DEAD: &str = "{subnet}.250";

/// The network's addresses are chosen by the engine: its first three numbers.
fn subnet(containers: &ContainerHub) -> String {
    let address = containers.hub.inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    address.rsplit_once('.').expect("an address").0.to_owned()
}

/// Starts unbound with these lines in its `server:` section. `{hub}` is the Hub's address.
fn name_server(containers: &ContainerHub, lines: &str) -> (Container, String) {
    let image = containers.docker.image("unbound", &[Path::new("/usr/sbin/unbound")]);
    let hub = containers.hub.inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    let mut conf = "server:\n interface: 0.0.0.0\n access-control: 0.0.0.0/0 allow\n username: \"\"\n chroot: \"\"\n directory: \"/\"\n pidfile: \"\"\n use-syslog: no\n do-daemonize: no\n module-config: \"iterator\"\n".to_owned();
    for line in lines.replace("{hub}", &hub).replace("{subnet}", &subnet(containers)).lines() {
        conf.push_str(&format!(" {}\n", line.trim()));
    }
    std::fs::write(containers.folder.path().join("unbound.conf"), conf).expect("a configuration");
    let mount = format!("{}:/conf:ro", containers.folder.path().display());
    let options = [
        "--network",
        &containers.network.name,
        "--volume",
        &mount,
        &image,
        "/usr/sbin/unbound",
        "-d",
        "-c",
        "/conf/unbound.conf",
    ];
    let server = containers.docker.start(&options);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !containers.docker.run(["logs", &server.name]).stderr.contains("start of service") {
        assert!(
            Instant::now() < deadline,
            "unbound does not start: {:?}",
            containers.docker.run(["logs", &server.name])
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let address = server.inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    (server, address)
}

/// Checks a token at `https://NAME` with this `resolv.conf`.
fn check(containers: &ContainerHub, resolv_conf: &str, name: &str, timeout: &str) -> (Run, Duration) {
    let file = containers.folder.path().join("resolv.conf");
    std::fs::write(&file, resolv_conf.replace("{subnet}", &subnet(containers))).expect("a file");
    let mount = format!("{}:/etc/resolv.conf:ro", file.display());
    let (variable, endpoint) = (token("write"), format!("https://{name}"));
    let started = Instant::now();
    let run = containers.check(
        &["--volume", &mount, "--env", &variable],
        &["--read", "acme/model", "--timeout", timeout, "--endpoint", &endpoint],
    );
    (run, started.elapsed())
}

#[testkit::test(slow, needs(DOCKER, HUB_EXAMPLE, UNBOUND))]
fn a_scratch_image_finds_names_as_a_cluster_has_them() {
    let containers = ContainerHub::open();
    let zone = "local-zone: \"cluster.local.\" static
        local-data: \"hub.ml.svc.cluster.local. A {hub}\"
        local-zone: \"hub.\" static
        local-data: \"hub. A {hub}\"
        local-zone: \"broken.\" always_refuse
        local-zone: \"mute.\" deny
        local-data: \"mute. A {hub}\"
        local-zone: \"silent.\" deny
        local-zone: \".\" static";
    let (_server, server) = name_server(&containers, zone);
    let good = format!("nameserver {server}\n");
    // The first run builds the image, and perhaps the binary: it is not measured.
    let _ = check(&containers, &good, "hub", "20s");
    let cluster = "search ml.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";
    for (case, conf, name, timeout, status) in [
        ("a name by itself", good.clone(), "hub", "20s", 0),
        ("the first search domain that has it", format!("{good}{cluster}"), "hub.ml", "20s", 0),
        ("behind all search domains", format!("{good}{cluster}"), "hub", "20s", 0),
        ("a search domain that fails", format!("{good}search broken\noptions ndots:5\n"), "hub", "20s", 0),
        ("the first name server is dead", format!("nameserver {DEAD}\n{good}"), "hub", "20s", 0),
        ("dead, and a long search list", format!("nameserver {DEAD}\n{good}{cluster}"), "hub", "20s", 0),
        ("nobody answers for AAAA", good.clone(), "mute", "20s", 0),
        ("a search domain that is silent", format!("{good}search silent\noptions ndots:5\n"), "hub", "30s", 0),
        ("no such name", good.clone(), "nowhere", "3s", 50),
        ("no name server at all", format!("nameserver {DEAD}\n"), "hub", "3s", 50),
    ] {
        let (run, took) = check(&containers, &conf, name, timeout);
        // The certificate is for `hub`: a name that was found and is another's ends there.
        let reached = if name == "hub" { status } else { 50 };
        assert_eq!(run.status, reached, "{case}: {run:?}");
        if status == 0 && name != "hub" {
            assert!(run.stderr.contains("its certificate is for another host name"), "{case}: {run:?}");
        }
        if status != 0 {
            assert!(run.stderr.contains("net-dns"), "{case}: {run:?}");
        }
        assert!(took < Duration::from_secs(20), "{case}: {took:?}");
        println!("{case}: {} ms with the container's start", took.as_millis());
    }
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE, UNBOUND))]
fn an_answer_too_long_for_a_datagram_comes_over_tcp() {
    let containers = ContainerHub::open();
    let many: Vec<_> = (1..=60).map(|at| format!("local-data: \"hub. A 127.0.{at}.1\"")).collect();
    let many = many.join("\n");
    let zone = format!("local-zone: \"hub.\" static\n{many}\nlocal-data: \"hub. A {{hub}}\"\nrrset-roundrobin: no");
    let (_server, server) = name_server(&containers, &zone);
    let (run, _) = check(&containers, &format!("nameserver {server}\n"), "hub", "20s");
    // Sixty addresses refuse before the one that answers: found only by whoever has read the whole list.
    assert_eq!(run.status, 0, "{run:?}");
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE, UNBOUND))]
fn an_address_that_is_dead_does_not_hide_the_one_that_lives() {
    let prefix = format!("fd00:f0f0:{:x}:", std::process::id() & 0xffff);
    let containers = ContainerHub::open_on(&["--ipv6", "--subnet", &format!("{prefix}:/64")]);
    let zone = "local-zone: \"hub.\" static
        local-data: \"hub. AAAA {prefix}:dead\"
        local-data: \"hub. A {subnet}.251\"
        local-data: \"hub. A {hub}\"
        rrset-roundrobin: no"
        .replace("{prefix}", &prefix);
    let (_server, server) = name_server(&containers, &zone);
    for conf in [format!("nameserver {server}\n"), format!("nameserver {server}\noptions no-aaaa\n")] {
        let (run, took) = check(&containers, &conf, "hub", "20s");
        assert_eq!(run.status, 0, "{conf}: {run:?}");
        println!("past dead addresses: {} ms", took.as_millis());
    }
}
