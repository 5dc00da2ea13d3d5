//! What stands before a Hub, or in its place: a genuine nginx in its moods, mirrors, and Hubs of others.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use testkit::certs;
use testkit::daemon::{self, Daemon};
use testkit::fake_hub::FakeHub;
use testkit::fake_hub::HubState;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::ports::ClosedPort;
use testkit::robustness::{Row, run_table};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(5);
/// Generous, and well before the deadline.
const AT_ONCE: Duration = Duration::from_secs(3);

/// A gateway's certificate for `localhost`.
struct Certificate {
    /// With its key.
    pem: String,
    ca_pem: String,
    /// The file of the CA, in a folder that lasts as long as this.
    ca: PathBuf,
    _folder: TempDir,
}

impl Certificate {
    fn new() -> Self {
        let identity = certs::issue(&["localhost"]);
        let folder = tempfile::tempdir().expect("a folder");
        let ca = certs::save(folder.path(), &identity.ca_pem);
        let pem = format!("{}{}", identity.certificate_pem, identity.key_pem);
        Self { pem, ca_pem: identity.ca_pem, ca, _folder: folder }
    }
}

/// nginx with TLS and HTTP/2 before `hub`; a path per mood.
fn nginx(hub: &FakeHub) -> (Daemon, ClosedPort, Certificate) {
    let certificate = Certificate::new();
    let pem = &certificate.pem;
    let (port, closed) = (hub.address.port(), ClosedPort::new());
    let dead = closed.number;
    let pass = format!("proxy_pass http://127.0.0.1:{port}/;");
    let html = "default_type text/html; return";
    let http = format!(
        r#"
limit_req_zone $binary_remote_addr zone=strict:1m rate=1r/m;
limit_req_zone $binary_remote_addr zone=quick:1m rate=5r/s;
limit_req_status 429;
server {{
    listen 127.0.0.1:PORT ssl http2;
    ssl_certificate FOLDER/pem;
    ssl_certificate_key FOLDER/pem;
    proxy_http_version 1.1;
    proxy_read_timeout 1s;
    location /hub/        {{ {pass} }}
    location /unbuffered/ {{ {pass} proxy_buffering off; }}
    location /old/        {{ {pass} proxy_http_version 1.0; }}
    location /gzip/       {{ {pass} gzip on; gzip_proxied any; gzip_types *; gzip_min_length 1; }}
    location /stripped/   {{ {pass} proxy_hide_header X-Request-Id; proxy_hide_header X-Powered-By; proxy_hide_header X-Error-Code; proxy_hide_header X-Error-Message; }}
    location /strict/     {{ {pass} limit_req zone=strict; }}
    location /quick/      {{ {pass} limit_req zone=quick; }}
    location /down/       {{ proxy_pass http://127.0.0.1:{dead}/; }}
    location /nobody/     {{ proxy_pass https://127.0.0.1:{port}/; }}
    location /portal/     {{ {html} 200 "<html>Please log in</html>"; }}
    location /ok/         {{ default_type text/plain; return 200 "OK"; }}
    location /json/       {{ default_type application/json; return 200 '{{"status":"ok"}}'; }}
    location /empty/      {{ return 200; }}
    location /closed/     {{ return 444; }}
    location /busy/       {{ {html} 503 "<html>Maintenance</html>"; add_header Retry-After 3600 always; }}
    location /login/      {{ return 302 /sign-in; }}
    location /elsewhere/  {{ return 301 https://elsewhere.test$request_uri; }}
    location /basic/      {{ {pass} auth_basic "staff"; auth_basic_user_file FOLDER/nobody; }}
    location /denied/     {{ deny all; }}
    location /network/    {{ {html} 511 "<html>Log in to the network</html>"; }}
    location /missing/    {{ {html} 404 "<html>No such page</html>"; }}
}}"#
    );
    let daemon = daemon::nginx(&http, &[("pem", pem), ("nobody", "")]);
    (daemon, closed, certificate)
}

#[testkit::test(needs(NGINX))]
fn nginx_before_the_hub_passes_its_answers_on_and_its_own_pages_decide_nothing() {
    let hub = FakeHub::start_plain(scenario::hub_state());
    let (nginx, _closed, Certificate { ca, .. }) = &nginx(&hub);
    let row = |path: &'static str, exit, code| {
        Row::new(path, &format!("https://localhost:{}/{path}", nginx.port), ca, exit, code)
    };
    #[rustfmt::skip]
    let rows = vec![
        row("hub",        0,  ""),
        row("unbuffered", 0,  ""),
        row("old",        0,  ""),
        row("gzip",       0,  ""),
        row("stripped",   0,  ""),
        row("hub",        43, "write-denied-not-member").needs(&["--write", "bob/public"]),
        row("hub",        0,  "repo-renamed").needs(&["--read", "acme/old"]),
        row("stripped",   50, "hub-not-a-hub").needs(&["--read", "acme/none"]),
        row("quick",      0,  "|identity-unknown"),
        row("strict",     49, "hub-rate-limited"),
        row("down",       50, "hub-error").says("answered 502"),
        row("nobody",     50, "hub-error"),
        row("portal",     50, "hub-unexpected").says("an HTML page"),
        row("ok",         50, "hub-unexpected"),
        row("json",       50, "hub-unexpected"),
        row("empty",      50, "hub-unexpected"),
        row("closed",     50, "net-interrupted"),
        row("busy",       50, "hub-error").says("retry after 60 min").within(AT_ONCE),
        row("login",      50, "hub-unexpected"),
        row("elsewhere",  50, "hub-redirected").says("it points to elsewhere.test"),
        row("basic",      50, "hub-unexpected").says("an HTML page"),
        row("denied",     50, "hub-unexpected").says("an HTML page"),
        row("network",    50, "hub-error").says("answered 511"),
        row("missing",    50, "hub-not-a-hub"),
        row("nowhere",    50, "hub-not-a-hub"),
    ];
    run_table("gateway-nginx", LIMIT, rows);
}

/// Where the servers behind haproxy are.
struct Backends {
    hub: u16,
    /// Nothing listens there.
    dead: u16,
    /// It takes requests and never answers.
    silent: u16,
}

/// haproxy with TLS and HTTP/2; a path per mood.
fn haproxy(backends: &Backends, pem: &str) -> Daemon {
    let Backends { hub, dead, silent } = backends;
    let proxies = format!(
        r#"
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 1s
    retries 0
frontend all
    bind 127.0.0.1:PORT ssl crt FOLDER/pem alpn h2,http/1.1
    http-request deny deny_status 403 if {{ path_beg /denied/ }}
    http-request deny deny_status 429 hdr Retry-After 1 if {{ path_beg /limited/ }}
    http-request deny deny_status 500 if {{ path_beg /broken/ }}
    http-request auth realm staff if {{ path_beg /basic/ }}
    http-request redirect location https://elsewhere.test/ if {{ path_beg /elsewhere/ }}
    http-request return status 200 content-type text/plain string OK if {{ path_beg /ok/ }}
    http-request return status 200 content-type text/html string "<html>Log in" if {{ path_beg /portal/ }}
    http-request silent-drop if {{ path_beg /dropped/ }}
    http-request del-header Authorization if {{ path_beg /anonymous/ }}
    http-request set-var(txn.mood) path,field(2,/)
    http-response del-header ^x- -m reg if {{ var(txn.mood) -m str stripped }}
    http-request replace-path ^/[a-z]+(/.*) \1
    use_backend dead if {{ var(txn.mood) -m str down }}
    use_backend silent if {{ var(txn.mood) -m str slow }}
    default_backend hub
backend hub
    http-reuse always
    server hub 127.0.0.1:{hub}
backend dead
    server dead 127.0.0.1:{dead}
backend silent
    server silent 127.0.0.1:{silent}
"#
    );
    daemon::haproxy(&proxies, &[("pem", pem)])
}

#[testkit::test(needs(HAPROXY))]
fn haproxy_before_the_hub_passes_its_answers_on_and_its_own_pages_decide_nothing() {
    let hub = FakeHub::start_plain(scenario::hub_state());
    let (certificate, closed) = (Certificate::new(), ClosedPort::new());
    let (pem, ca) = (&certificate.pem, &certificate.ca);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_port = silent.local_addr().expect("an address").port();
    let haproxy = haproxy(&Backends { hub: hub.address.port(), dead: closed.number, silent: silent_port }, pem);
    let row = |path: &'static str, exit, code| {
        Row::new(path, &format!("https://localhost:{}/{path}", haproxy.port), ca, exit, code)
    };
    #[rustfmt::skip]
    let rows = vec![
        row("hub",       0,  ""),
        row("hub",       43, "write-denied-not-member").needs(&["--write", "bob/public"]),
        row("hub",       44, "revision-not-found").needs(&["--read", "acme/model@a/b"]),
        row("stripped",  0,  ""),
        row("stripped",  50, "hub-not-a-hub").needs(&["--read", "acme/none"]),
        row("anonymous", 50, "token-not-delivered").needs(&["--read", "bob/public"]),
        row("denied",    50, "hub-unexpected").says("an HTML page"),
        row("limited",   49, "hub-rate-limited"),
        row("broken",    50, "hub-error").says("answered 500"),
        row("basic",     50, "hub-unexpected").says("an HTML page"),
        row("elsewhere", 50, "hub-redirected").says("it points to elsewhere.test"),
        row("ok",        50, "hub-unexpected"),
        row("portal",    50, "hub-unexpected").says("an HTML page"),
        row("dropped",   50, "net-interrupted|net-timeout"),
        row("down",      50, "hub-error").says("answered 503"),
        row("slow",      50, "hub-error").says("answered 504"),
    ];
    run_table("gateway-haproxy", LIMIT, rows);
}

/// TLS by stunnel, before a Hub that has none.
#[testkit::test(needs(STUNNEL))]
fn stunnel_before_the_hub_is_a_hub_with_tls() {
    let hub = FakeHub::start_plain(scenario::hub_state());
    let (certificate, closed) = (Certificate::new(), ClosedPort::new());
    let (pem, ca) = (&certificate.pem, &certificate.ca);
    let service = |port: u16, more: &str| {
        let settings =
            format!("[hub]\naccept = 127.0.0.1:PORT\nconnect = 127.0.0.1:{port}\ncert = FOLDER/pem\n{more}\n");
        daemon::stunnel(&settings, &[("pem", pem), ("ca", &certificate.ca_pem)])
    };
    let port = hub.address.port();
    let plain = service(port, "");
    let newest = service(port, "sslVersionMin = TLSv1.3");
    let older = service(port, "sslVersionMax = TLSv1.2");
    let down = service(closed.number, "");
    let strict = service(port, "requireCert = yes\nverifyChain = yes\nCAfile = FOLDER/ca");
    let row = |name, daemon: &Daemon, exit, code| {
        Row::new(name, &format!("https://localhost:{}", daemon.port), ca, exit, code)
    };
    #[rustfmt::skip]
    let rows = vec![
        row("the Hub",                        &plain,  0,  ""),
        row("a refusal of the Hub's",         &plain,  43, "write-denied-not-member").needs(&["--write", "bob/public"]),
        row("TLS 1.3 only",                   &newest, 0,  ""),
        row("TLS 1.2 only",                   &older,  0,  ""),
        row("nothing behind it",              &down,   50, "net-interrupted"),
        row("a client certificate is wanted", &strict, 50, "net-tls").says("client certificate"),
    ];
    run_table("gateway-stunnel", LIMIT, rows);
}

#[testkit::test]
fn a_server_that_says_when_to_come_back_is_obeyed() {
    let date = |seconds| {
        let time = std::time::SystemTime::now() + Duration::from_secs(seconds);
        httpdate::fmt_http_date(time)
    };
    let date_before = |seconds| httpdate::fmt_http_date(std::time::SystemTime::now() - Duration::from_secs(seconds));
    let hub = |times, status, name, value: String| {
        let mut state = scenario::hub_state();
        let answer = Response::html(status, "<html>Not now</html>").with(name, value);
        state.faults.push(Fault { times, ..Fault::at("auth-check", Kind::Instead(answer)) });
        FakeHub::start(state)
    };
    let skewed = |until: String, now: String| {
        let mut state = scenario::hub_state();
        let answer = Response::html(503, "<html>Not now</html>").with("Retry-After", until).with("Date", now);
        state.faults.push(Fault { times: 3, ..Fault::at("auth-check", Kind::Instead(answer)) });
        FakeHub::start(state)
    };
    let limit = |seconds| format!("\"api\";r=0;t={seconds}");
    let always = usize::MAX;
    #[rustfmt::skip]
    let cases = [
        ("429, a second",           hub(2, 429, "Retry-After", "1".into()),           0,  "",                 ""),
        ("429, a date",             hub(2, 429, "Retry-After", date(2)),              0,  "",                 ""),
        ("429, the window's end",   hub(2, 429, "RateLimit", limit(1)),               0,  "",                 ""),
        ("503, a second",           hub(2, 503, "Retry-After", "1".into()),           0,  "",                 ""),
        ("429, in an hour",         hub(always, 429, "Retry-After", "3600".into()),   49, "hub-rate-limited", "Try again in 60 min"),
        ("429, a date in an hour",  hub(always, 429, "Retry-After", date(3_590)),     49, "hub-rate-limited", "Try again in 59 min"),
        ("429, a window of an hour", hub(always, 429, "RateLimit", limit(3_600)),     49, "hub-rate-limited", "Try again in 60 min"),
        ("503, in an hour",         hub(always, 503, "Retry-After", "3600".into()),   50, "hub-error",        "retry after 60 min"),
        ("429, waits that are over", hub(3, 429, "Retry-After", "0".into()),          0,  "",                 ""),
        ("429, long ago",           hub(3, 429, "Retry-After", date_before(3_600)),   0,  "",                 ""),
        ("429, a window at its end", hub(3, 429, "RateLimit", limit(0)),              0,  "",                 ""),
        ("429, two windows",        hub(always, 429, "RateLimit", format!("{}, {}", limit(1), limit(900))), 49, "hub-rate-limited", "waiting for it would take 15 min, and --timeout is 5 s"),
        ("503, by a fast clock",    skewed(date(3_602), date(3_600)),                 0,  "",                 ""),
        ("503, by a slow clock",    skewed(date_before(3_598), date_before(3_600)),   0,  "",                 ""),
        ("503, never",              hub(always, 503, "Retry-After", "9".repeat(40)),  50, "hub-error",        ""),
    ];
    let rows = cases.iter().map(|(name, hub, exit, code, says)| {
        let row = Row::at(name, hub, *exit, code).says(says);
        // What heals is waited for; what does not heal in time is not.
        if says.is_empty() { row } else { row.within(AT_ONCE) }
    });
    run_table("gateway-hints", LIMIT, rows.collect());
    for (name, hub, exit, ..) in &cases {
        let asked = hub.count("auth-check");
        assert!(if *exit == 0 { asked >= 4 } else { asked >= 2 }, "{name}: asked {asked} times");
        assert!(*exit != 49 || asked == 2, "{name}: asked {asked} times, and told to wait for an hour");
    }
}

#[testkit::test]
fn a_server_whose_waits_are_over_is_asked_until_the_deadline_and_not_faster_than_any_other() {
    let mut state = scenario::hub_state();
    let answer = Response::html(429, "").with("Retry-After", "0").with("RateLimit", "\"api\";r=0;t=0");
    state.faults.push(Fault::at("auth-check", Kind::Instead(answer)));
    let hub = FakeHub::start(state);
    let started = std::time::Instant::now();
    run_table("gateway-no-hint", LIMIT, vec![Row::at("429, no wait", &hub, 49, "hub-rate-limited")]);
    assert!(started.elapsed() + Duration::from_secs(1) > LIMIT, "given up after {:?}", started.elapsed());
    let asked = hub.count("auth-check");
    assert!((6..50).contains(&asked), "two questions, asked {asked} times");
}

/// Many needs at once, by the access log of the genuine nginx: over which protocol, and how many connections.
#[testkit::test(needs(NGINX))]
fn nginx_is_asked_over_one_connection_where_it_speaks_http2_and_limits_of_its_own_do_no_harm() {
    let (state, needs) = scenario::crowd(30);
    let hub = FakeHub::start_plain(state);
    let certificate = Certificate::new();
    let (pem, ca) = (&certificate.pem, &certificate.ca);
    let port = hub.address.port();
    #[rustfmt::skip]
    let cases = [
        ("HTTP/2",                          "ssl http2", "",                                                       "HTTP/2.0", 1..=1),
        ("HTTP/2, a stream at a time",      "ssl http2", "http2_max_concurrent_streams 1;",                        "HTTP/2.0", 1..=1),
        ("HTTP/2, a request a connection",  "ssl http2", "keepalive_requests 1;",                                  "HTTP/2.0", 31..=31),
        ("HTTP/2, both",                    "ssl http2", "keepalive_requests 1; http2_max_concurrent_streams 1;",  "HTTP/2.0", 31..=31),
        ("HTTP/2, five requests",           "ssl http2", "keepalive_requests 5;",                                  "HTTP/2.0", 7..=31),
        ("HTTP/1.1",                        "ssl",       "",                                                       "HTTP/1.1", 2..=20),
        ("HTTP/1.1, a request a connection", "ssl",      "keepalive_requests 1;",                                  "HTTP/1.1", 31..=31),
    ];
    let (mut daemons, mut rows) = (Vec::new(), Vec::new());
    for (name, listen, limits, ..) in &cases {
        let http = format!(
            "log_format spoken '$server_protocol $connection'; server {{ listen 127.0.0.1:PORT {listen}; {limits} \
             access_log FOLDER/spoken spoken; ssl_certificate FOLDER/pem; ssl_certificate_key FOLDER/pem; \
             location / {{ proxy_pass http://127.0.0.1:{port}; }} }}"
        );
        let daemon = daemon::nginx(&http, &[("pem", pem)]);
        let row = Row::new(name, &format!("https://localhost:{}", daemon.port), ca, 0, "");
        rows.push(row.needs(&needs.iter().map(String::as_str).collect::<Vec<_>>()));
        daemons.push(daemon);
    }
    run_table("gateway-http2", LIMIT, rows);
    for ((name, .., protocol, connections), daemon) in cases.iter().zip(daemons) {
        let log = std::fs::read_to_string(daemon.folder.path().join("spoken")).expect("a log");
        let lines: Vec<_> = log.lines().filter_map(|line| line.split_once(' ')).collect();
        let over: BTreeSet<_> = lines.iter().map(|(_, connection)| connection).collect();
        assert!(lines.len() == 31 && lines.iter().all(|(spoken, _)| spoken == protocol), "{name}: {log}");
        assert!(connections.contains(&over.len()), "{name}: {} connections", over.len());
    }
}

/// A portal that lets whoami through, or a token that whoami does not know: still no page of a gateway is a grant.
#[testkit::test]
fn a_page_with_status_200_is_no_grant_whoever_whoami_is() {
    let with = |change: &dyn Fn(&mut HubState)| {
        let mut state = scenario::hub_state();
        change(&mut state);
        FakeHub::start(state)
    };
    let page = || Kind::Instead(Response::html(200, "<html>OK</html>"));
    let pages = |state: &mut HubState| state.faults.push(Fault::at("auth-check", page()));
    let limited =
        |state: &mut HubState| state.faults.push(Fault::at("whoami", Kind::Instead(scenario::too_many(3_600))));
    let broken = |state: &mut HubState| state.faults.push(Fault::at("whoami", Kind::Raw(Vec::new())));
    let (known, slow, dead) =
        (with(&pages), with(&|state| (pages(state), limited(state)).0), with(&|state| (pages(state), broken(state)).0));
    let publisher = scenario::secret("publisher");
    #[rustfmt::skip]
    let rows = vec![
        Row::at("a good whoami",           &known, 50, "hub-unexpected"),
        Row::at("a limited whoami",        &slow,  49, "hub-rate-limited"),
        Row::at("a whoami that breaks",    &dead,  50, "net-interrupted"),
        Row::at("a Trusted Publisher",     &known, 50, "token-unconfirmed").with("HF_TOKEN", &*publisher),
        Row::at("a Publisher, limited",    &slow,  49, "hub-rate-limited").with("HF_TOKEN", &*publisher),
    ];
    run_table("gateway-portals", LIMIT, rows);
}

/// `KohakuHub`, as its tests describe it: no auth-check; a missing repo is a 404 with `RepoNotFound` and no body, to
/// everybody; a bad token is `Invalid user token`.
#[testkit::test]
fn hubs_of_others_are_understood_as_far_as_they_answer() {
    let kohaku = |repo: Response, whoami: Option<Response>| {
        let mut state = scenario::hub_state();
        state.faults.push(Fault::at(
            "auth-check",
            Kind::Instead(Response::new(404, "application/json", r#"{"detail":"Not Found"}"#)),
        ));
        state.faults.push(Fault::at("/api/models/", Kind::Instead(repo)));
        state.faults.extend(whoami.map(|answer| Fault::at("whoami", Kind::Instead(answer))));
        FakeHub::start(state)
    };
    let json = |status, body: &str| Response::new(status, "application/json", body);
    let found = || json(200, r#"{"id":"acme/model","private":false,"siblings":[]}"#);
    let missing = || Response::new(404, "text/plain", "").with("X-Error-Code", "RepoNotFound");
    let stranger = || Some(json(401, r#"{"error":"Invalid user token"}"#));
    let (there, gone, strange) = (kohaku(found(), None), kohaku(missing(), None), kohaku(found(), stranger()));
    let silent = kohaku(json(500, "{}"), None);
    let everywhere = |answer: Response| {
        let mut state = scenario::hub_state();
        state.faults.push(Fault::everywhere(Kind::Instead(answer)));
        FakeHub::start(state)
    };
    let blocked = everywhere(Response::new(403, "text/plain", "Blocked by policy 7"));
    let forbidden = everywhere(json(403, r#"{"message":"Forbidden"}"#));
    let unauthorized = everywhere(json(401, r#"{"message":"Unauthorized"}"#));
    let portal = everywhere(Response::new(401, "text/plain", "session expired, log in to the portal"));
    let read = &["--read", "acme/model"];
    #[rustfmt::skip]
    let rows = vec![
        Row::at("a repo that is there",     &there,   0,  "read-gates-unchecked").needs(read),
        Row::at("a repo that is not",       &gone,    44, "repo-not-found").needs(read),
        Row::at("a push",                   &there,   50, "hub-not-a-hub").needs(&["--write", "acme/model"]),
        Row::at("a push to what is not",    &gone,    50, "hub-not-a-hub").needs(&["--write", "acme/model"]),
        Row::at("a bad token",              &strange, 41, "token-rejected").needs(read),
        Row::at("a bad token, no need",     &strange, 41, "token-rejected").needs(&[]),
        Row::at("a Hub in trouble",         &silent,  50, "hub-not-a-hub").needs(read),
        Row::at("a firewall's 403",         &blocked, 50, "hub-unexpected").needs(read),
        Row::at("a gateway's 403",          &forbidden, 50, "hub-unexpected").needs(read),
        Row::at("a gateway's 401",          &unauthorized, 50, "hub-unexpected").needs(read),
        Row::at("a portal's 401",           &portal,  50, "hub-unexpected").needs(read),
    ];
    run_table("gateway-other-hubs", LIMIT, rows);
}
