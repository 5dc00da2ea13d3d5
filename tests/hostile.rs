//! Servers that mean harm, or have lost their minds: no answer of theirs is a pass, nor a "no" that nobody said.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::http2_frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PUSH_PROMISE, RST_STREAM,
    WINDOW_UPDATE, endless as endless_body, fields, frame, number, server, settings,
};
use testkit::program;
use testkit::raw_server::RawServer;
use testkit::robustness::{Row, run_table};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(3);
const SECOND: Duration = Duration::from_secs(1);
/// Both of the Hub's marks.
const MARKS: &str = "X-Request-Id: 1\r\nX-Powered-By: huggingface-moon\r\n";
const TEXT: &str = "200 OK\r\nContent-Type: text/plain";
const JSON: &str = "200 OK\r\nContent-Type: application/json";

/// An honest Hub but for this, wherever the path holds `at`.
fn hub(at: &'static str, kind: Kind) -> FakeHub {
    let mut state = scenario::hub_state();
    state.faults.push(Fault::at(at, kind));
    FakeHub::start(state)
}

fn endless(start: impl Into<Vec<u8>>, again: impl Into<Vec<u8>>) -> Kind {
    Kind::Endless { start: start.into(), again: again.into(), pause: Duration::ZERO }
}

/// These bytes, then nothing, and the connection stays.
fn stall(start: impl Into<Vec<u8>>) -> Kind {
    Kind::Endless { start: start.into(), again: Vec::new(), pause: SECOND }
}

fn raw(bytes: impl Into<Vec<u8>>) -> Kind {
    Kind::Raw(bytes.into())
}

/// A head with the Hub's marks and a true length, and its body.
fn whole(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {head}\r\n{MARKS}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn answer(head: &str, body: impl AsRef<[u8]>) -> Kind {
    raw(whole(head, body))
}

fn run(title: &str, at: &'static str, cases: Vec<(&'static str, Kind, &'static str)>) {
    let hubs: Vec<_> = cases.into_iter().map(|(name, kind, code)| (name, hub(at, kind), code)).collect();
    run_table(title, LIMIT, hubs.iter().map(|(name, hub, code)| Row::at(name, hub, 50, code)).collect());
}

#[testkit::test]
fn heads_that_never_end_or_make_no_sense() {
    let ok = format!("HTTP/1.1 200 OK\r\n{MARKS}");
    let settings = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x06\0\0\0\0\0datadata";
    #[rustfmt::skip]
    let cases = vec![
        ("headers without end",          endless(&*ok, format!("X-Junk: {}\r\n", "a".repeat(900))), "net-interrupted|net-timeout"),
        ("one header without end",       endless(format!("{ok}X: "), "a".repeat(999)),              "net-interrupted|net-timeout"),
        ("a thousand headers",           raw(format!("{ok}{}\r\nOK", "X-A: b\r\n".repeat(1_000))),  "net-interrupted"),
        ("a reason without end",         endless("HTTP/1.1 200 ", "O".repeat(999)),                 "net-interrupted|net-timeout"),
        ("a reason of a megabyte",       answer(&format!("200 {}", "O".repeat(1 << 20)), "OK"),     "net-interrupted|net-timeout"),
        ("1xx without end",              endless("", "HTTP/1.1 100 Continue\r\n\r\n"),              "net-timeout"),
        ("early hints without end",      endless("", "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"),   "net-timeout"),
        ("a switch of protocols",        raw("HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nOK"), "hub-unexpected"),
        ("status 000",                   answer("000 No", "OK"),                                    "net-interrupted"),
        ("status 099",                   answer("099 No", "OK"),                                    "net-interrupted"),
        ("status 999",                   answer("999 Yes", "OK"),                                   "hub-unexpected"),
        ("status 2000",                  answer("2000 OK", "OK"),                                   "net-interrupted"),
        ("status -200",                  answer("-200 OK", "OK"),                                   "net-interrupted"),
        ("HTTP/9.9",                     raw(format!("HTTP/9.9 200 OK\r\n{MARKS}\r\nOK")),          "net-interrupted"),
        ("HTTP/0.9",                     raw("OK"),                                                 "net-interrupted"),
        ("HTTP/2 without being asked",   endless("", settings),                                     "net-interrupted"),
        ("SSH",                          raw("SSH-2.0-OpenSSH_9.2p1\r\n"),                          "net-interrupted"),
        ("SMTP",                         stall("220 mail.example ESMTP\r\n"),                       "net-interrupted"),
        ("noise",                        endless("", (0..=255).rev().collect::<Vec<u8>>()),         "net-interrupted"),
        ("NULs without end",             endless("", vec![0; 999]),                                 "net-interrupted"),
        ("a header name with a space",   raw(format!("{ok}X Y: z\r\n\r\nOK")),                      "net-interrupted"),
        ("a header name of a NUL",       raw(format!("{ok}\0: z\r\n\r\nOK")),                       "net-interrupted"),
        ("a header value of an escape",  raw(format!("{ok}X-Error-Message: \x1b[2J\r\n\r\nOK")),    "net-interrupted"),
        ("a header without a name",      raw(format!("{ok}: z\r\n\r\nOK")),                         "net-interrupted"),
        ("half a head",                  stall("HTTP/1.1 200 OK\r\nContent-Le"),                    "net-timeout"),
        ("nothing",                      Kind::Silence,                                             "net-timeout"),
        ("an end at once",               raw(""),                                                   "net-interrupted"),
    ];
    run("hostile-heads", "", cases);
}

/// As the Python client reads it.
#[testkit::test]
fn a_folded_header_is_read() {
    run_table(
        "hostile-folded",
        LIMIT,
        vec![Row::at("a folded header", &hub("auth-check", answer("200 OK\r\nX-A: b\r\n c", "OK")), 0, "")],
    );
}

#[testkit::test]
fn bodies_that_never_end_or_lie_about_their_length() {
    let head = |lines: &str| format!("HTTP/1.1 {TEXT}\r\n{MARKS}{lines}\r\n\r\n");
    let (chunked, huge) = (head("Transfer-Encoding: chunked"), head("Content-Length: 10000000000"));
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let missing = whole("404 No", "");
    #[rustfmt::skip]
    let cases = vec![
        ("10 GB, declared",               endless(&*huge, vec![b'a'; 65_536]),                       "hub-unexpected"),
        ("10 GB, in chunks",              endless(&*chunked, chunk),                                 "hub-unexpected"),
        ("10 GB, until the end",          endless(head("Connection: close"), vec![b'a'; 65_536]),    "hub-unexpected"),
        ("a megabyte of blanks, and OK",  answer(TEXT, format!("{}OK", " ".repeat(1 << 20))),        "hub-unexpected"),
        ("a byte a second",               Kind::Drip(whole(TEXT, "OK"), SECOND),                     "net-timeout"),
        ("10 GB at a byte a second",      Kind::Endless { start: huge.clone().into(), again: b"a".into(), pause: SECOND }, "net-timeout"),
        ("a byte short of a megabyte",    stall([huge.as_bytes(), &vec![b'a'; (1 << 20) - 1]].concat()), "net-timeout"),
        ("chunks of a byte",              endless(&*chunked, "1\r\na\r\n".repeat(999)),              "hub-unexpected|net-timeout"),
        ("an extension without end",      endless(format!("{chunked}1;"), "a=b;".repeat(99)),        "net-interrupted"),
        ("a chunk of more than 64 bits",  raw(format!("{chunked}1FFFFFFFFFFFFFFFF\r\nOK")),          "net-interrupted"),
        ("a chunk of 64 bits",            stall(format!("{chunked}FFFFFFFFFFFFFFFF\r\nOK")),         "net-timeout"),
        ("a chunk's size that is none",   raw(format!("{chunked}zz\r\nOK\r\n0\r\n\r\n")),            "net-interrupted"),
        ("trailers without end",          endless(format!("{chunked}0\r\n"), "X-A: b\r\n".repeat(99)), "net-interrupted"),
        ("two lengths",                   raw(format!("{}OK", head("Content-Length: 2\r\nContent-Length: 3"))), "net-interrupted"),
        ("a length of -1",                raw(format!("{}OK", head("Content-Length: -1"))),          "net-interrupted"),
        ("a length of words",             raw(format!("{}OK", head("Content-Length: two"))),         "net-interrupted"),
        ("a length of more than 64 bits", raw(format!("{}OK", head("Content-Length: 18446744073709551618"))), "net-interrupted"),
        ("shorter than it says",          raw(format!("{}OK", head("Content-Length: 3"))),           "net-interrupted"),
        ("a gzip bomb",                   answer(&format!("{JSON}\r\nContent-Encoding: gzip"), zeros_in_gzip(100)), "hub-unexpected"),
        ("a gzip bomb of an error",       answer("500 No\r\nContent-Encoding: gzip", zeros_in_gzip(100)), "hub-error"),
        ("a grant behind the answer",     stall([missing, whole(TEXT, "OK")].concat()),              "hub-not-a-hub"),
    ];
    run("hostile-bodies", "", cases);
}

#[testkit::test]
fn json_that_is_a_weapon() {
    let megabyte = 1 << 20;
    let json = |text: String| answer(JSON, text);
    let nested = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let list = |item: &str| format!("[{item}{}]", format!(",{item}").repeat(megabyte / (item.len() + 1) - 40));
    let utf16 = "{\"name\":\"alice\"}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    #[rustfmt::skip]
    let cases = vec![
        ("arrays 100,000 deep",           json(nested("[", "]")),                                    "hub-unexpected"),
        ("objects 80,000 deep",           json("{\"a\":".repeat(80_000)),                            "hub-unexpected"),
        ("arrays that never close",       json("[".repeat(megabyte)),                                "hub-unexpected"),
        ("a megabyte of small objects",   json(list("{\"\":0}")),                                    "hub-unexpected"),
        ("a megabyte of empty lists",     json(list("[]")),                                          "hub-unexpected"),
        ("a megabyte of numbers",         json(list("0")),                                           "hub-unexpected"),
        ("a megabyte of texts",           json(list("\"\"")),                                        "hub-unexpected"),
        ("a megabyte of organizations",   json(format!("{{\"name\":\"a\",\"orgs\":{}}}", list("{\"name\":\"a\"}"))), "hub-unexpected"),
        ("a name of a megabyte",          json(format!("{{\"name\":\"{}\"}}", "a".repeat(megabyte - 99))), "hub-unexpected"),
        ("a number of a megabyte",        json(format!("{{\"name\":{}}}", "9".repeat(megabyte - 99))), "hub-unexpected"),
        ("a number beyond all",           json("{\"name\":1e999999999}".into()),                     "hub-unexpected"),
        ("a name that is a number",       json("{\"name\":7}".into()),                               "hub-unexpected"),
        ("a name that is nothing",        json("{\"name\":\"\"}".into()),                            "hub-unexpected"),
        ("two names",                     json("{\"name\":\"alice\",\"name\":\"mallory\"}".into()),  "hub-unexpected"),
        ("text that is no UTF-8",         answer(JSON, b"{\"name\":\"\xff\xfe\"}"),                  "hub-unexpected"),
        ("half a surrogate",              json("{\"name\":\"\\ud800\"}".into()),                     "hub-unexpected"),
        ("UTF-16",                        answer(JSON, utf16),                                       "hub-unexpected"),
        ("JSON and something behind it",  json("{\"name\":\"alice\"} OK".into()),                    "hub-unexpected"),
    ];
    run("hostile-json", "", cases);
}

/// whoami is answered by the honest Hub, so that a grant of the needs would count.
#[testkit::test]
fn what_only_looks_like_a_grant() {
    let typed = |kind: &str| answer(&format!("200 OK\r\nContent-Type: {kind}"), "OK");
    #[rustfmt::skip]
    let cases = vec![
        ("OK as HTML",                 typed("text/html"),                                           "hub-unexpected"),
        ("OK as JSON",                 typed("application/json"),                                    "hub-unexpected"),
        ("OK as a picture",            typed("image/png"),                                           "hub-unexpected"),
        ("ok",                         answer(TEXT, "ok"),                                           "hub-unexpected"),
        ("OKAY",                       answer(TEXT, "OKAY"),                                         "hub-unexpected"),
        ("OK and a NUL",               answer(TEXT, "OK\0"),                                         "hub-unexpected"),
        ("a byte order mark and OK",   answer(TEXT, "\u{feff}OK"),                                   "hub-unexpected"),
        ("OK in wide letters",         answer(TEXT, "ＯＫ"),                                         "hub-unexpected"),
        ("true",                       answer(JSON, "true"),                                         "hub-unexpected"),
        ("OK with status 201",         answer("201 Created\r\nContent-Type: text/plain", "OK"),      "hub-unexpected"),
        ("OK with status 206",         answer("206 Partial\r\nContent-Type: text/plain", "OK"),      "hub-unexpected"),
        ("no content",                 raw(format!("HTTP/1.1 204 No Content\r\n{MARKS}\r\n")),       "hub-unexpected"),
        ("not modified",               raw(format!("HTTP/1.1 304 Not Modified\r\n{MARKS}\r\n")),     "hub-unexpected"),
        ("nothing, without a mark",    raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),          "hub-unexpected"),
        ("half of OK",                 raw(format!("HTTP/1.1 {TEXT}\r\n{MARKS}Content-Length: 2\r\n\r\nO")), "net-interrupted"),
        ("the repo's metadata",        answer(JSON, "{\"id\":\"acme/model\"}"),                      "hub-unexpected"),
    ];
    run("hostile-grants", "auth-check", cases);
}

#[testkit::test]
fn redirects_lead_nowhere_and_the_token_stays_at_home() {
    let trap = RawServer::raw(drop);
    let other = FakeHub::start(scenario::hub_state());
    let (port, there) = (trap.port, &other.endpoint);
    #[rustfmt::skip]
    let cases = [
        ("another port",              format!("{there}/api/whoami-v2"),                                "hub-redirected"),
        ("the same repo elsewhere",   format!("{there}/api/models/acme/model/auth-check"),             "hub-redirected"),
        ("a downgrade",               format!("http://localhost:{port}/api/models/acme/model"),        "hub-redirected"),
        ("no scheme",                 format!("//localhost:{port}/api/models/acme/model"),             "hub-redirected"),
        ("backslashes",               format!("\\\\localhost:{port}\\api\\models\\acme\\model"),       "hub-redirected"),
        ("a user like a host",        format!("https://localhost@localhost:{port}/api/models/a/b"),    "hub-redirected"),
        ("a file",                    "file:///etc/passwd".into(),                                     "hub-redirected"),
        ("a script",                  "javascript:alert(1)".into(),                                    "hub-redirected"),
        ("round and round",           "/api/models/acme/model/auth-check".into(),                      "hub-unexpected"),
        ("nothing",                   String::new(),                                                   "hub-unexpected"),
        ("a page for people",         "/login?next=/".into(),                                          "hub-unexpected"),
        ("out of the API",            "/api/models/../../../../etc/passwd".into(),                     "hub-unexpected"),
        ("60 KB",                     format!("/{}", "a".repeat(60_000)),                              "hub-unexpected"),
        ("no host",                   "https://".into(),                                               "hub-unexpected"),
    ];
    let to = |target: String| Kind::Instead(Response::new(307, "text/plain", "").with("Location", target));
    let hubs: Vec<_> = cases.into_iter().map(|(name, target, code)| (name, hub("", to(target)), code)).collect();
    // The other Hub is one that would be trusted.
    let rows = hubs
        .iter()
        .map(|(name, hub, code)| Row::at(name, hub, 50, code).with("CURL_CA_BUNDLE", other.ca.display().to_string()));
    run_table("hostile-redirects", LIMIT, rows.collect());
    assert_eq!(other.log.lock().expect("the log").len(), 0, "the other Hub is not asked");
    assert_eq!(trap.connections.load(Ordering::SeqCst), 0, "no connection leaves the origin");
}

#[testkit::test]
fn tls_that_breaks_off_or_is_none() {
    /// These bytes in answer to the client's first, then the end.
    fn once(bytes: &'static [u8]) -> RawServer {
        RawServer::raw(move |mut stream: TcpStream| {
            let _ = stream.read(&mut [0; 2048]).and_then(|_| stream.write_all(bytes));
        })
    }
    fn flood(bytes: &'static [u8]) -> RawServer {
        RawServer::raw(move |mut stream| while stream.write_all(bytes).is_ok() {})
    }
    fn silence(start: &'static [u8]) -> RawServer {
        RawServer::raw(move |mut stream| {
            let _ = stream.write_all(start);
            std::thread::sleep(Duration::from_secs(60));
        })
    }
    fn says(bytes: &'static [u8]) -> RawServer {
        RawServer::tls(|_| {}, move |stream| drop(stream.write_all(bytes).and_then(|()| stream.flush())))
    }
    #[rustfmt::skip]
    let cases = [
        ("an end at once",               RawServer::raw(drop),                                            "net-interrupted"),
        ("silence",                      silence(b""),                                               "net-unreachable"),
        ("half a record",                silence(b"\x16\x03\x03"),                                   "net-unreachable"),
        ("half a record, then the end",  once(b"\x16\x03\x03\x40\x00\x02"),                          "net-interrupted"),
        ("a record of 64 KiB",           once(b"\x16\x03\x03\xff\xff\x02"),                          "net-tls"),
        ("an alert",                     once(b"\x15\x03\x03\x00\x02\x02\x28"),                      "net-tls"),
        ("warnings without end",         flood(b"\x15\x03\x03\x00\x02\x01\x5a"),                     "net-tls"),
        ("handshakes without end",       flood(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00"),             "net-tls"),
        ("HTTP on the TLS port",         once(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"),      "net-tls"),
        ("SSH on the TLS port",          once(b"SSH-2.0-OpenSSH_9.2p1\r\n"),                         "net-tls"),
        ("noise",                        flood(&[0xa5; 4096]),                                       "net-tls"),
        ("an end after the request",     says(b""),                                                  "net-interrupted"),
        ("half an answer",               says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO"),     "net-interrupted"),
    ];
    let rows = cases.iter().map(|(name, server, code)| {
        Row::new(name, &format!("https://localhost:{}", server.port), &server.ca, 50, code)
    });
    run_table("hostile-tls", LIMIT, rows.collect());
}

/// Harm in the frames of HTTP/2. An answer that is understood all the same says `OK`, to whoami too: `hub-unexpected`.
#[testkit::test]
fn http2_that_breaks_its_rules_or_wears_the_client_down() {
    fn head(status: &[&str]) -> Vec<u8> {
        let status: Vec<_> = status.iter().map(|status| (":status", *status)).collect();
        fields(
            &[&status[..], &[("content-type", "text/plain"), ("x-request-id", "1"), ("x-powered-by", "moon")]].concat(),
        )
    }
    /// A grant, but for what stands in its head besides.
    fn grant(stream: u32, head: impl AsRef<[u8]>, body: &str) -> Vec<u8> {
        [frame(HEADERS, END_HEADERS, stream, head), frame(DATA, END_STREAM, stream, body)].concat()
    }
    fn headed(status: &'static [&str], more: &'static [(&str, &str)]) -> RawServer {
        server(settings(&[]), move |stream| grant(stream, [head(status), fields(more)].concat(), "OK"), "")
    }
    /// To every request, this.
    fn says(answer: impl Fn(u32) -> Vec<u8> + Send + Sync + 'static) -> RawServer {
        server(settings(&[]), answer, "")
    }
    /// A head, then this without end.
    fn floods(again: impl Into<Vec<u8>>) -> RawServer {
        server(settings(&[]), |stream| frame(HEADERS, END_HEADERS, stream, head(&["200"])), again)
    }
    fn starts(values: &[(u16, u32)]) -> RawServer {
        server(settings(values), |_| Vec::new(), "")
    }
    let grants = |start: Vec<u8>| server(start, |stream| grant(stream, head(&["200"]), "OK"), "");
    let goaway = |reason: u8, words: &str| {
        server(
            [settings(&[]), frame(GOAWAY, 0, 0, [&[0, 0, 0, 0, 0, 0, 0, reason], words.as_bytes()].concat())].concat(),
            |_| vec![],
            "",
        )
    };
    let reset = |reason: u8| says(move |stream| frame(RST_STREAM, 0, stream, [0, 0, 0, reason]));
    let unfinished = |stream| frame(HEADERS, 0, stream, head(&["200"]));
    let junk = fields(&[("x-junk", &"a".repeat(16_000))]);
    let megabyte = move |stream| {
        let junk = frame(CONTINUATION, 0, stream, &junk).repeat(64);
        [unfinished(stream), junk, frame(CONTINUATION, END_HEADERS, stream, ""), frame(DATA, END_STREAM, stream, "OK")]
            .concat()
    };
    // One field that is remembered, and a byte for each time that it is meant again.
    let bomb = |stream| {
        let field = [&[0x40, 1, b'x'], &number(3_900)[..], &[b'a'; 3_900], &[0xbe; 12_000]].concat();
        grant(stream, [head(&["200"]), field].concat(), "OK")
    };
    let push = |stream| {
        let request = fields(&[
            (":method", "GET"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", "/api/models/acme/model/auth-check"),
        ]);
        let promise = frame(PUSH_PROMISE, END_HEADERS, stream, [&2_u32.to_be_bytes()[..], &request].concat());
        [promise, grant(2, head(&["200"]), "OK"), grant(stream, head(&["200"]), "OK")].concat()
    };
    let window = |by: u32, times: usize| {
        says(move |stream| {
            [frame(WINDOW_UPDATE, 0, 0, by.to_be_bytes()).repeat(times), grant(stream, head(&["200"]), "OK")].concat()
        })
    };
    let over = |alpn: &'static [u8], bytes: &'static [u8]| {
        let change = |config: &mut rustls::ServerConfig| config.alpn_protocols = vec![alpn.to_vec()];
        RawServer::tls(change, move |stream| drop(stream.write_all(bytes).and_then(|()| stream.flush())))
    };
    #[rustfmt::skip]
    let cases = [
        ("SETTINGS without end",           floods(settings(&[])),                                    "net-timeout", ""),
        ("PING without end",               floods(frame(PING, 0, 0, b"datadata")),                   "net-timeout", ""),
        ("PRIORITY without end",           floods(frame(PRIORITY, 0, 1, [0; 5])),                    "net-timeout", ""),
        ("WINDOW_UPDATE without end",      floods(frame(WINDOW_UPDATE, 0, 1, [0, 0, 0, 1])),         "net-timeout", ""),
        ("unknown frames without end",     floods(frame(0x77, 0xff, 0, [7; 99])),                    "net-timeout", ""),
        ("empty DATA without end",         floods(frame(DATA, 0, 1, "")),                            "net-interrupted|net-timeout", ""),
        ("padding without end",            floods(frame(DATA, PADDED, 1, [&[255][..], &[0; 255]].concat())), "net-interrupted|net-timeout", ""),
        ("1xx without end",                server(settings(&[]), |_| vec![], frame(HEADERS, END_HEADERS, 1, fields(&[(":status", "103")]))), "net-timeout", ""),
        ("CONTINUATION without end",       server(settings(&[]), unfinished, frame(CONTINUATION, 0, 1, fields(&[("x-a", "b")]))), "net-interrupted", ""),
        ("empty CONTINUATION without end", server(settings(&[]), unfinished, frame(CONTINUATION, 0, 1, "")), "net-interrupted", ""),
        ("a head of a megabyte",           says(megabyte),                                           "net-interrupted", ""),
        ("an HPACK bomb",                  says(bomb),                                               "net-interrupted", ""),
        ("10 GB",                          endless_body(head(&["200"])),                             "hub-unexpected", ""),
        ("DATA beyond the windows",        floods(frame(DATA, 0, 1, [b'a'; 16_384])),                "net-interrupted", ""),
        ("every request reset",            reset(2),                                                 "net-interrupted", "INTERNAL_ERROR"),
        ("every request refused",          reset(7),                                                 "net-interrupted", "REFUSED_STREAM"),
        ("every request for HTTP/1.1",     reset(13),                                                "net-interrupted", "HTTP_1_1_REQUIRED"),
        ("GOAWAY at once",                 goaway(0, ""),                                            "net-interrupted", "GOAWAY, NO_ERROR"),
        ("GOAWAY at once, with words",     goaway(11, "\x1b[2J::error::x"),                         "net-interrupted", "GOAWAY, ENHANCE_YOUR_CALM"),
        ("a grant that is pushed",         says(push),                                               "net-interrupted", ""),
        ("a window of nothing more",       window(0, 1),                                             "net-interrupted", ""),
        ("a window beyond all",            window((1 << 31) - 1, 2),                                 "net-interrupted", ""),
        ("a frame of 16 MB",               says(|stream| [&[0xff, 0xff, 0xff, DATA, 0], &stream.to_be_bytes()[..], &vec![0; 70_000]].concat()), "net-interrupted", ""),
        ("a stream that nobody opened",    says(|stream| grant(stream + 98, head(&["200"]), "OK")),  "net-interrupted", ""),
        ("a stream of the server's",       says(|_| grant(2, head(&["200"]), "OK")),                 "net-interrupted", ""),
        ("DATA before HEADERS",            says(|stream| frame(DATA, END_STREAM, stream, "OK")),     "net-interrupted", ""),
        ("two heads",                      says(|stream| [frame(HEADERS, END_HEADERS, stream, head(&["404"])), grant(stream, head(&["200"]), "OK")].concat()), "net-interrupted", ""),
        ("no status",                      headed(&[], &[]),                                         "net-interrupted", ""),
        ("two statuses",                   headed(&["404", "200"], &[]),                             "net-interrupted", ""),
        ("a status of letters",            headed(&["yes"], &[]),                                    "net-interrupted", ""),
        ("a status behind the fields",     headed(&[], &[(":status", "200")]),                       "net-interrupted", ""),
        ("a field in capitals",            headed(&["200"], &[("X-A", "b")]),                        "net-interrupted", ""),
        ("a field of HTTP/1.1",            headed(&["200"], &[("transfer-encoding", "chunked")]),    "net-interrupted", ""),
        ("shorter than it says",           headed(&["200"], &[("content-length", "3")]),             "net-interrupted", ""),
        ("longer than it says",            headed(&["200"], &[("content-length", "1")]),             "net-interrupted", ""),
        ("an index that is none",          says(|stream| grant(stream, [0xff, 0xff, 0x03], "OK")),   "net-interrupted", ""),
        ("no SETTINGS, ever",              server("", |_| vec![], ""),                               "net-timeout", ""),
        ("no SETTINGS, and an answer",     grants(vec![]),                                           "hub-unexpected", ""),
        ("no stream at a time",            starts(&[(3, 0)]),                                        "net-timeout", ""),
        ("a window of 2 GiB",              starts(&[(4, 1 << 31)]),                                  "net-interrupted", ""),
        ("frames of a byte",               starts(&[(5, 1)]),                                        "net-interrupted", ""),
        ("a table of 4 GiB",               starts(&[(1, u32::MAX)]),                                 "net-timeout", ""),
        ("HTTP/1.1 where h2 was agreed",   over(b"h2", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"), "net-interrupted", ""),
        ("HTTP/2 where it was not",        over(b"http/1.1", b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x06\0\0\0\0\0datadata"), "net-interrupted", ""),
        ("a protocol that nobody offered", over(b"h3", b""),                                         "net-tls", ""),
    ];
    let rows = cases.iter().map(|(name, server, code, says)| {
        Row::new(name, &format!("https://localhost:{}", server.port), &server.ca, 50, code).says(says)
    });
    run_table("hostile-http2", LIMIT, rows.collect());
}

/// The kernel waits half a minute for a sign that what was sent arrived. A busy machine takes a while until nothing more fits in.
#[testkit::test(slow)]
fn a_peer_that_takes_nothing_in_is_told_from_one_that_is_not_there() {
    let deaf = server(settings(&[]), |_| vec![], frame(PING, 0, 0, b"datadata"));
    let row =
        Row::new("PING without end", &format!("https://localhost:{}", deaf.port), &deaf.ca, 50, "net-interrupted");
    run_table("hostile-deaf", Duration::from_secs(60), vec![row.says("nothing that was sent arrived")]);
}

/// Twelve answers at a time, and every one of them stops before its end.
#[testkit::test]
fn a_dozen_stalled_connections_cost_little_memory_and_no_time() {
    let huge = format!("HTTP/1.1 {TEXT}\r\nContent-Length: 10000000000\r\n\r\n");
    let objects = format!("[{}0]", "{\"\":0},".repeat(130_000));
    #[rustfmt::skip]
    let cases = [
        ("nothing at all",             Kind::Silence,                                                    "net-timeout"),
        ("a byte short of a megabyte", stall([huge.as_bytes(), &vec![b'a'; (1 << 20) - 1]].concat()),    "net-timeout"),
        ("a head that does not end",   stall(format!("HTTP/1.1 {TEXT}\r\n{}", "X-A: b\r\n".repeat(80))), "net-timeout"),
        ("headers of 300 KB",          stall(format!("HTTP/1.1 {TEXT}\r\nX-A: {}", "b".repeat(300_000))), "net-timeout"),
        ("a megabyte of objects",      answer(JSON, objects),                                            "hub-unexpected"),
    ];
    let needs: Vec<_> = (0..40).map(|at| format!("--read=bob/public-{at}")).collect();
    let needs: Vec<_> = needs.iter().map(String::as_str).collect();
    let hubs: Vec<_> = cases.into_iter().map(|(name, kind, code)| (name, hub("", kind), code)).collect();
    let rows = hubs.iter().map(|(name, hub, code)| Row::at(name, hub, 50, code).needs(&needs));
    let status = || fields(&[(":status", "200"), ("content-type", "text/plain")]);
    let long = move |stream| {
        let field = fields(&[("x-a", &"b".repeat(60_000))]);
        let parts = field.chunks(16_000).map(|part| frame(CONTINUATION, 0, stream, part)).collect::<Vec<_>>().concat();
        [frame(HEADERS, 0, stream, status()), parts, frame(CONTINUATION, END_HEADERS, stream, "")].concat()
    };
    #[rustfmt::skip]
    let servers = [
        ("heads over HTTP/2",          server(settings(&[]), move |stream| frame(HEADERS, END_HEADERS, stream, status()), ""), "net-timeout"),
        ("heads of 60 KB over HTTP/2", server(settings(&[]), long, ""),                                  "net-timeout"),
        ("10 GB over HTTP/2",          endless_body(status()),                                           "hub-unexpected"),
    ];
    let over_http2 = servers.iter().map(|(name, server, code)| {
        Row::new(name, &format!("https://localhost:{}", server.port), &server.ca, 50, code).needs(&needs)
    });
    run_table("hostile-crowds", LIMIT, rows.chain(over_http2).collect());
}

/// A genuine refusal, and a genuine identity, whose words must not act.
#[testkit::test]
fn words_of_a_server_never_act_on_a_terminal_or_a_log() {
    let evil = "\x1b[2J\x1b]0;owned\x07\r\n::error::x\n##[error]x\u{202e}\u{2028}\u{9b}31m\0\u{7f}%0A::error::x "
        .to_owned()
        + &"###[error]x ::error::x ".repeat(9);
    let refusal = Response::new(403, "application/json", serde_json::json!({"error": evil}).to_string());
    let whoami = serde_json::json!({"name": evil, "type": evil, "orgs": [{"name": evil, "roleInOrg": evil}],
        "auth": {"type": evil, "accessToken": {"displayName": evil, "role": evil, "createdAt": evil}}});
    for (name, at, answer, exit) in [
        ("a refusal", "auth-check", refusal, 43),
        ("an identity", "whoami", Response::new(200, "application/json", whoami.to_string()), 0),
    ] {
        let hub =
            hub(at, Kind::Instead(answer.with("X-Request-Id", "a\u{9b}2Jb").with("X-Powered-By", "huggingface-moon")));
        let row = Row::at(name, &hub, exit, "");
        for format in ["text", "json", "github"] {
            let run = program::run(["--read", "acme/model", "--verbose", "--format", format], &row.variables);
            assert_eq!(run.status, exit, "{name}, {format}: {run:?}");
            let all = format!("{}{}", run.stdout, run.stderr);
            let acts = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}');
            assert!(!all.contains(acts), "{name}, {format}: {all:?}");
            let commands = all.lines().filter(|line| line.trim_start().starts_with("::")).count();
            assert_eq!(commands, usize::from(format == "github"), "{name}, {format}: {all}");
            assert!(!all.contains("##["), "{name}, {format}: {all}");
            assert!(format != "github" || !all.contains("%0A::"), "{name}, {format}: {all}");
        }
    }
}

/// So many megabytes of zeros, made a thousand times smaller by the genuine gzip.
fn zeros_in_gzip(megabytes: u64) -> Vec<u8> {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip, which every Debian has");
    let mut input = gzip.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || {
        (0..megabytes).for_each(|_| input.write_all(&vec![0; 1 << 20]).expect("gzip reads"));
    });
    let output = gzip.wait_with_output().expect("gzip ends");
    writer.join().expect("a writer");
    assert!(output.status.success() && output.stdout.len() < 200_000);
    output.stdout
}
