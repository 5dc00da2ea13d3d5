//! Genuine proxies between the job and the Hub, and servers that only pretend to be one. The proxy's password is as secret
//! as the token.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use rcgen::{CertificateParams, SanType, date_time_ymd};
use serde_json::Value;

use testkit::certs;
use testkit::daemon::{self, Daemon};
use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::ports::ClosedPort;
use testkit::program;
use testkit::python;
use testkit::raw_server::RawServer;
use testkit::robustness::{Row, run_table, run_table_hiding};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(4);
/// What a password generator makes; as it must be written in a URL; and as it is sent.
const PASSWORD: &str = "p@ss:w%rd/7+x";
const ENCODED: &str = "p%40ss%3Aw%25rd%2F7%2Bx";
/// The wrong password is tried on an account of its own: squid remembers one password per account, right or wrong.
const ACCOUNTS: [(&str, &str); 2] = [("job", PASSWORD), ("guest", "another")];

fn forms() -> [String; 3] {
    [PASSWORD.into(), ENCODED.into(), BASE64_STANDARD.encode(format!("job:{PASSWORD}"))]
}

fn run_table_with_password(title: &str, rows: Vec<Row>) {
    run_table_hiding(title, LIMIT, rows, &forms().each_ref().map(String::as_str));
}

fn through(proxy: &Daemon, credentials: &str) -> String {
    format!("http://{credentials}127.0.0.1:{}", proxy.port)
}

#[testkit::test(needs(SQUID, OPENSSL))]
fn squid_lets_the_job_through_or_says_why_not() {
    let rules =
        "acl forbidden dst 127.0.0.9\nhttp_access deny forbidden\nhttp_access allow known\nhttp_access deny all";
    let squid = daemon::squid(rules, &ACCOUNTS);
    let hub = FakeHub::start(scenario::hub_state());
    let (good, wrong) = (format!("job:{ENCODED}@"), format!("guest:{ENCODED}@"));
    let row = |name, credentials: &str, endpoint: &str, exit, code| {
        Row::new(name, endpoint, &hub.ca, exit, code).with("HTTPS_PROXY", through(&squid, credentials))
    };
    let closed = ClosedPort::new();
    let (forbidden, dead) = ("https://127.0.0.9:8443", format!("https://localhost:{}", closed.number));
    let here = hub.endpoint.as_str();
    #[rustfmt::skip]
    let rows = vec![
        row("the right password",        &good,   here,      0,  "").says("pass"),
        row("a wrong password",          &wrong,  here,      50, "net-proxy").says("does not accept the user name and password it was sent (407)"),
        row("no password",               "",      here,      50, "net-proxy").says("requires a user name and password (407)"),
        row("a host that is forbidden",  &good,   forbidden, 50, "net-proxy").says("forbids 127.0.0.9:8443: it answered CONNECT with 403 Forbidden"),
        row("a Hub that is down",        &good,   &dead,     50, "net-proxy").says("it answered CONNECT with 503 Service Unavailable"),
    ];
    run_table_with_password("proxy-squid", rows);
    assert_eq!(hub.connections.load(Ordering::SeqCst), 1, "through the proxy, too, one connection carries everything");
}

/// Plain text through a proxy is for a Hub inside a network, and must be allowed. Only the proxy knows the name.
#[testkit::test(needs(SQUID, OPENSSL))]
fn squid_forwards_plain_requests_and_its_own_pages_decide_nothing() {
    let hosts = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(hosts.path(), "127.0.0.1 hub.test\n127.0.0.9 forbidden.test\n").expect("names");
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(hosts.path(), readable).expect("a file for all");
    let rules = format!(
        "hosts_file {}\nacl forbidden dst 127.0.0.9\nhttp_access deny forbidden\nhttp_access allow known\nhttp_access deny all",
        hosts.path().display()
    );
    let squid = daemon::squid(&rules, &ACCOUNTS);
    let hub = FakeHub::start_plain(scenario::hub_state());
    let good = format!("job:{ENCODED}@");
    let needs = ["--allow-http", "--read", "acme/model", "--write", "acme/model"];
    let row = |name, credentials: &str, host: &str, port: u16, exit, code| {
        let row = Row::new(name, &format!("http://{host}:{port}"), &hub.ca, exit, code).needs(&needs);
        row.with("HTTP_PROXY", through(&squid, credentials))
    };
    let closed = ClosedPort::new();
    let (port, dead) = (hub.address.port(), closed.number);
    #[rustfmt::skip]
    let rows = vec![
        row("the right password",        &good,       "hub.test",       port, 0,  "").says("pass"),
        row("a wrong password",          "guest:no@", "hub.test",       port, 50, "net-proxy").says("does not accept the user name and password it was sent (407)"),
        row("no password",               "",          "hub.test",       port, 50, "net-proxy").says("requires a user name and password (407)"),
        row("a host that is forbidden",  &good,       "forbidden.test", port, 50, "hub-unexpected").says("an HTML page"),
        row("a name that nobody knows",  &good,       "unknown.test",   port, 50, "hub-error"),
        row("a Hub that is down",        &good,       "hub.test",       dead, 50, "hub-error").says("answered 503"),
    ];
    run_table_with_password("proxy-squid-plain", rows);
    let seen: BTreeSet<_> =
        hub.log.lock().expect("the log").iter().map(|request| request.header("via").is_some()).collect();
    assert_eq!(seen, BTreeSet::from([true]), "every request came through squid");
}

#[testkit::test(needs(TINYPROXY))]
fn tinyproxy_lets_the_job_through_or_says_why_not() {
    let proxy = daemon::tinyproxy("BasicAuth job secret-of-tinyproxy\nConnectPort 443");
    let open = daemon::tinyproxy("");
    let hub = FakeHub::start(scenario::hub_state());
    let closed = ClosedPort::new();
    let dead = format!("https://localhost:{}", closed.number);
    let row = |name, proxy: String, endpoint: &str, exit, code| {
        Row::new(name, endpoint, &hub.ca, exit, code).with("https_proxy", proxy)
    };
    let here = hub.endpoint.as_str();
    let rows = vec![
        row("an open proxy", through(&open, ""), here, 0, "").says("pass"),
        row("a Hub that is down", through(&open, ""), &dead, 50, "net-proxy").says("does not connect to localhost:"),
        row("no password", through(&proxy, ""), here, 50, "net-proxy").says("(407)"),
        row("a wrong password", through(&proxy, "job:no@"), here, 50, "net-proxy").says("answered CONNECT with 401"),
        row("a port that is forbidden", through(&proxy, "job:secret-of-tinyproxy@"), here, 50, "net-proxy"),
    ];
    run_table_hiding("proxy-tinyproxy", LIMIT, rows, &["secret-of-tinyproxy"]);
}

#[testkit::test]
fn what_is_no_proxy_is_never_taken_for_a_hub() {
    let wrote = |bytes: &'static [u8]| {
        RawServer::raw(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(bytes));
            let _ = stream.read(&mut [0; 4096]);
        })
    };
    let wait = || std::thread::sleep(Duration::from_secs(60));
    let junk = RawServer::raw(|mut stream| while stream.write_all(b"HTTP/1.1 200 OK\r\nX-Junk: junk\r\n").is_ok() {});
    let tls = FakeHub::start(scenario::hub_state());
    let home = FakeHub::start(scenario::hub_state());
    let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n<html>log in</html>";
    let at = |server: &RawServer| format!("http://job:{ENCODED}@127.0.0.1:{}", server.port);
    let servers = [
        RawServer::raw(move |_stream| wait()),
        RawServer::raw(drop),
        wrote(b"HTTP/1.1 407 No\r\nContent-Type: text/html\r\n\r\n<html>"),
        wrote(b"HTTP/1.1 200 OK\r\n\r\n"),
        wrote(page),
        wrote(b"HTTP/1.1 302 Found\r\nLocation: https://portal.test/\r\n\r\n"),
        wrote(b"HTTP/1.1 100 Continue\r\n\r\n"),
        wrote(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
        wrote(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ];
    let closed = ClosedPort::new();
    let nobody = format!("http://job:{ENCODED}@127.0.0.1:{}", closed.number);
    #[rustfmt::skip]
    let cases = [
        ("a stall",                     at(&servers[0]),                                    "net-timeout",     "asked through the proxy 127.0.0.1:"),
        ("an end at once",              at(&servers[1]),                                    "net-proxy",       "closed the connection"),
        ("407 and HTML",                at(&servers[2]),                                    "net-proxy",       "(407)"),
        ("a tunnel to nowhere",         at(&servers[3]),                                    "net-interrupted", "; asked through the proxy 127.0.0.1:"),
        ("a login page",                at(&servers[4]),                                    "net-interrupted", "closed during the TLS handshake"),
        ("a redirect to a portal",      at(&servers[5]),                                    "net-proxy",       "does not connect to localhost:"),
        ("100 Continue",                at(&servers[6]),                                    "net-proxy",       "does not connect to localhost:"),
        ("SSH",                         at(&servers[7]),                                    "net-proxy",       "does not answer as an HTTP proxy"),
        ("a head without end",          at(&junk),                                          "net-proxy",       ""),
        ("nobody there",                nobody,                                             "net-proxy",       "refuses the connection"),
        ("a name without an address",   "http://proxy.invalid:3128".into(),                 "net-proxy",       "the proxy proxy.invalid:3128 (from HTTPS_PROXY) has no address here"),
        ("https:// to a plain proxy",   at(&servers[8]).replacen("http:", "https:", 1), "net-proxy",     "its address should begin with http://"),
        ("a proxy that is not trusted", format!("https://127.0.0.1:{}", tls.address.port()), "net-proxy",      "cannot be trusted"),
        ("a SOCKS proxy",               "socks5h://127.0.0.1:1080".into(),                  "net-proxy",       "names a SOCKS proxy"),
        ("a password with a #",         "http://job:pa#ssword@127.0.0.1:3128".into(),       "net-proxy",       "before its last @"),
    ];
    let row = |(name, proxy, code, says): (&'static str, String, &'static str, &'static str)| {
        Row::at(name, &home, 50, code).with("HTTPS_PROXY", proxy).says(says)
    };
    run_table_with_password("proxy-pretenders", cases.into_iter().map(row).collect());
    assert_eq!(home.log.lock().expect("the log").len(), 0, "nobody goes round the proxy");
}

/// Prints what the genuine client makes of each environment.
const DECIDE: &str = r#"
import base64, json, os, sys
import httpx2

def decide(target, variables):
    os.environ.clear()
    os.environ.update(variables)
    try:
        client = httpx2.Client(verify=False)
    except Exception:
        return "fails"
    pool = client._transport_for_url(httpx2.URL(target))._pool
    proxy = getattr(pool, "_proxy_url", None)
    if proxy is None:
        return "direct"
    scheme, host = proxy.scheme.decode(), proxy.host.decode()
    basic = [value for name, value in pool._proxy_headers if name == b"Proxy-Authorization"]
    credentials = base64.b64decode(basic[0][6:]).decode() + "@" if basic else ""
    port = proxy.port or {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{credentials}{f'[{host}]' if ':' in host else host}:{port}"

for line in sys.stdin:
    row = json.loads(line)
    print(json.dumps(decide(row[0], dict(row[1]))), flush=True)
"#;

/// The table that a unit test holds the program to.
#[testkit::test(needs(PYPI))]
fn the_genuine_python_client_chooses_the_proxy_that_the_table_says() {
    let python = python::with(&["huggingface_hub==2.4.0"]);
    let table = std::fs::read_to_string(program::root().join("src/hub/net/proxy.table")).expect("the table");
    let rows: Vec<_> = table.lines().filter(|line| !line.starts_with('#')).collect();
    let answers = python::answers(&python, DECIDE, &rows);
    assert!(answers.len() == rows.len() && rows.len() > 90, "{} of {}", answers.len(), rows.len());
    for (answer, row) in answers.iter().zip(rows) {
        let row: Value = serde_json::from_str(row).expect("a row");
        let expected = row.get(3).map_or(&row[2], |difference| &difference[0]);
        assert_eq!(answer, expected, "{row}");
    }
}

#[testkit::test]
fn no_proxy_and_loopback_go_round_the_proxy() {
    let trap = RawServer::raw(drop);
    let proxy = format!("http://127.0.0.1:{}", trap.port);
    let hub = FakeHub::start(scenario::hub_state());
    let plain = FakeHub::start_plain(scenario::hub_state());
    let port = hub.address.port();
    let except = |name, list: &str| Row::at(name, &hub, 0, "").with("ALL_PROXY", &*proxy).with("NO_PROXY", list);
    let rows = vec![
        except("the host", "other.test,localhost"),
        except("the host and its port", &format!("localhost:{port}")),
        except("everything", "*"),
        Row::new("a network", &format!("https://127.0.0.1:{port}"), &hub.ca, 0, "")
            .with("HTTPS_PROXY", &*proxy)
            .with("no_proxy", "10.0.0.0/8, 127.0.0.0/8"),
        Row::at("plain text to this machine", &plain, 0, "").with("HTTP_PROXY", &*proxy),
    ];
    run_table("proxy-exceptions", LIMIT, rows);
    assert_eq!(trap.connections.load(Ordering::SeqCst), 0, "the proxy is not asked");
    let rows = vec![Row::at("another host", &hub, 50, "net-proxy").with("ALL_PROXY", &*proxy).with("NO_PROXY", "host")];
    run_table("proxy-without-exception", LIMIT, rows);
    assert!(trap.connections.load(Ordering::SeqCst) > 0, "the proxy is asked");
}

/// A Hub, or what stands before it, may say the password back in any place.
#[testkit::test(needs(SQUID, OPENSSL))]
fn an_echo_of_the_proxys_password_is_not_repeated() {
    let rules = "http_access allow known\nhttp_access deny all";
    let proxy = daemon::squid(rules, &ACCOUNTS);
    let echo = forms().join(" and ");
    let whoami = serde_json::json!({"name": echo, "orgs": [{"name": echo, "roleInOrg": "write"}],
        "auth": {"accessToken": {"displayName": echo, "role": echo}}});
    let refusal = Response::new(403, "application/json", serde_json::json!({"error": echo}).to_string())
        .with("X-Request-Id", &*echo)
        .with("X-Error-Code", &*echo)
        .with("X-HF-Warning", format!("echo; {echo}"));
    let mut state = scenario::hub_state();
    state.faults.push(Fault::at("whoami", Kind::Instead(Response::new(200, "application/json", whoami.to_string()))));
    state.faults.push(Fault::at("auth-check", Kind::Instead(refusal)));
    let hub = FakeHub::start(state);
    let row = |name, exit, code| {
        Row::at(name, &hub, exit, code).with("HTTPS_PROXY", through(&proxy, &format!("job:{ENCODED}@")))
    };
    let mut rows = vec![row("text and JSON", 43, "read-denied").says("[redacted]")];
    rows.push(row("the links of an audit", 43, "read-denied").needs(&["--audit", "--read", "acme/model"]));
    run_table_with_password("proxy-echo", rows);
}

/// Each answer in the proxy's own terms, with something to do about it; what is final is asked about no more.
#[testkit::test]
fn the_answer_to_connect_is_named_with_a_fix_of_its_own() {
    let hub = FakeHub::start(scenario::hub_state());
    #[rustfmt::skip]
    let cases = [
        ("403",             "403 No", "",                                    true,  "forbids localhost:PORT: it answered CONNECT with 403 Forbidden", "Ask the administrators of the proxy to allow localhost:PORT; if this job can reach localhost directly, add it to NO_PROXY"),
        ("451",             "451 No", "",                                    true,  "with 451 Unavailable For Legal Reasons", "Ask the administrators of the proxy to allow localhost:PORT"),
        ("502",             "502 No", "",                                    false, "does not connect to localhost:PORT: it answered CONNECT with 502 Bad Gateway", "Ask the administrators of the proxy whether it can reach localhost:PORT"),
        ("504",             "504 No", "",                                    false, "with 504 Gateway Timeout", "Ask the administrators of the proxy whether it can reach"),
        ("429",             "429 No", "",                                    false, "with 429 Too Many Requests", "Ask the administrators of the proxy whether it can reach"),
        ("302",             "302 No", "Location: https://portal.test/\r\n",  false, "with 302 Found", "Ask the administrators of the proxy whether it can reach"),
        ("a long head",     "503 No", "X: LONG\r\n",                         false, "with 503 Service Unavailable", "Ask the administrators of the proxy whether it can reach"),
        ("201",             "201 Ok", "",                                    false, "with 201 Created, and hf-token-check takes only 200", "Ask the administrators of the proxy whether it can reach"),
        ("100 and 200",     "100 Continue\r\n\r\nHTTP/1.1 200 OK", "",           false, "with 200 OK, but in a form that hf-token-check does not take: after a 1xx, or with more than 8 KiB of headers", "Ask the administrators of the proxy whether it can reach"),
        ("407, no scheme",  "407 No", "",                                    true,  "does not accept the user name and password it was sent (407)", "Correct the user name and password in HTTPS_PROXY"),
        ("407, Basic",      "407 No", "Proxy-Authenticate: Digest a=\"Basic, b\"\r\nProxy-Authenticate: Basic realm=\"x\"\r\n", true, "does not accept the user name and password it was sent (407)", "Correct the user name"),
        ("407, Kerberos",   "407 No", "Proxy-Authenticate: Negotiate, NTLM\r\n", true, "requires a login (407) and offers only Negotiate, NTLM; a user name and password in the URL are sent as Basic", "Ask the administrators of the proxy for access with Basic or without a login"),
    ];
    let port = hub.address.port().to_string();
    let proxy = |status: &str, header: &str| {
        let header = header.replace("LONG", &"x".repeat(9000));
        let answer = format!("HTTP/1.1 {status}\r\n{header}Content-Length: 0\r\n\r\n");
        RawServer::raw(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer.as_bytes()));
            let _ = stream.read(&mut [0; 4096]);
        })
    };
    let proxies = cases.map(|(_, status, header, ..)| proxy(status, header));
    let rows = cases.iter().zip(&proxies).map(|((name, _, _, _, why, fix), proxy)| {
        let here = format!("http://job:{ENCODED}@127.0.0.1:{}", proxy.port);
        let row = Row::at(name, &hub, 50, "net-proxy").with("HTTPS_PROXY", here);
        row.advises(format!("{why} fix: {fix}").replace("PORT", &port))
    });
    run_table_with_password("proxy-answers", rows.collect());
    for ((name, _, _, is_final, ..), proxy) in cases.iter().zip(&proxies) {
        let asked = proxy.connections.load(Ordering::SeqCst);
        // Three questions, and the one that explains.
        assert!(if *is_final { asked <= 4 } else { asked > 4 }, "{name}: {asked} connections");
    }
}

/// Other servers where the proxy should be, and proxies whose TLS is wrong: each with a fix of its own.
#[testkit::test]
fn what_is_no_proxy_or_cannot_be_trusted_is_told_apart() {
    let hub = FakeHub::start(scenario::hub_state());
    let answering = |answer: &'static [u8]| {
        RawServer::raw(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer));
            let _ = stream.read(&mut [0; 4096]);
        })
    };
    let others = [
        ("SOCKS", answering(b"\x05\xff")),
        ("ssh", answering(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("redis", answering(b"-ERR unknown command 'CONNECT'\r\n")),
        ("icecast", answering(b"ICY 200 OK\r\n\r\n")),
    ];
    let tls = |change: fn(&mut CertificateParams)| {
        FakeHub::serve(scenario::hub_state(), "127.0.0.1:0", Some(certs::issue_for(&["localhost"], change)))
    };
    let expired = tls(|certificate| certificate.not_after = date_time_ymd(2020, 1, 1));
    let other_name =
        tls(|certificate| certificate.subject_alt_names = vec![SanType::DnsName("a.test".try_into().expect("a name"))]);
    let unknown = tls(|_| {});
    let row = |name, proxy: String, why: &str, fix: &str| {
        let row = Row::at(name, &hub, 50, "net-proxy").with("HTTPS_PROXY", proxy);
        row.advises(format!("{why} fix: {fix}"))
    };
    let at = |name, proxy: &FakeHub, why, fix| {
        let row = row(name, format!("https://localhost:{}", proxy.address.port()), why, fix);
        row.with("CURL_CA_BUNDLE", proxy.ca.display().to_string())
    };
    let correct = "Correct HTTPS_PROXY: it must be the address of a running HTTP proxy, http://HOST:PORT";
    let mut rows: Vec<_> = others
        .iter()
        .map(|(name, server)| {
            let why = "(from HTTPS_PROXY) does not answer as an HTTP proxy does";
            row(name, format!("http://127.0.0.1:{}", server.port), why, correct)
        })
        .collect();
    #[rustfmt::skip]
    rows.extend([
        at("expired",       &expired,    "its certificate has expired, or this machine's clock is wrong", "Check the clock with `date -u`; if it is right, the proxy's certificate must be renewed"),
        at("another name",  &other_name, "its certificate is for another host name (a.test)", "Correct HTTPS_PROXY: it must have the name that the proxy's certificate is for; or have the certificate reissued"),
        at("unknown",       &unknown,    "(issuer \"loopback Hub CA\"); CURL_CA_BUNDLE names /nonexistent, and no certificate can be read from it", "Name the CA certificate of the proxy in SSL_CERT_FILE").with("CURL_CA_BUNDLE", "/nonexistent"),
    ]);
    run_table("proxy-none", LIMIT, rows);
}

/// The question that only explains a failure carries the proxy's password, and never the token.
#[testkit::test]
fn a_proxy_is_never_shown_the_token() {
    let hub = FakeHub::start(scenario::hub_state());
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let ears = std::sync::Arc::clone(&heard);
    let proxy = RawServer::raw(move |mut stream| {
        let mut head = [0; 4096];
        let read = stream.read(&mut head).unwrap_or_default();
        ears.lock().expect("what was heard").push(String::from_utf8_lossy(&head[..read]).into_owned());
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    let here = format!("http://job:{ENCODED}@127.0.0.1:{}", proxy.port);
    run_table_with_password("proxy-token", vec![Row::at("403", &hub, 50, "net-proxy").with("HTTPS_PROXY", here)]);
    let heard = heard.lock().expect("what was heard");
    let target = format!("CONNECT localhost:{} HTTP/1.1\r\n", hub.address.port());
    assert!(heard.len() > 1, "{heard:?}");
    for head in heard.iter().map(|head| head.to_ascii_lowercase()) {
        assert!(head.starts_with(&target.to_ascii_lowercase()), "{head}");
        assert!(head.contains("proxy-authorization: basic ") && !head.contains("\r\nauthorization:"), "{head}");
    }
}
