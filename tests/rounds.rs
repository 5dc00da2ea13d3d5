//! How the Hub is asked: whoami once, everything at once, and a second round only for what failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::HubState;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::process;
use testkit::program::{self, Run};
use testkit::raw_server::RawServer;
use testkit::relay::{self, Relay};
use testkit::scenario::{self, crowd, too_many};

fn ask(hub: &FakeHub, token: &str, args: &[&str]) -> Run {
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret(token)),
    ]);
    program::run(args.iter().copied(), &variables)
}

fn hub(change: impl FnOnce(&mut HubState)) -> FakeHub {
    let mut state = scenario::hub_state();
    change(&mut state);
    FakeHub::start(state)
}

fn paths(hub: &FakeHub) -> Vec<String> {
    hub.log.lock().expect("the log").iter().map(|request| request.path.clone()).collect()
}

#[testkit::test]
fn twelve_needs_take_as_long_as_one() {
    let hub = hub(|state| state.faults.push(Fault::everywhere(Kind::Late(Duration::from_secs(1)))));
    let needs: Vec<_> =
        ["--read", "acme/model", "--write", "acme/model", "--read", "alice/model", "--write", "alice/model"]
            .into_iter()
            .chain([
                "--read",
                "datasets/acme/data",
                "--write",
                "datasets/acme/data",
                "--read",
                "spaces/acme/app",
                "--write",
                "spaces/acme/app",
            ])
            .chain([
                "--read",
                "bob/public",
                "--read",
                "meta/accepted",
                "--read",
                "openai-community/gpt2",
                "--create",
                "acme/model",
            ])
            .collect();
    let started = Instant::now();
    let run = ask(&hub, "write", &needs);
    let elapsed = started.elapsed();
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(paths(&hub).len(), 13);
    // In sequence it would take 13 s; the margin is for a busy machine.
    assert!(elapsed < Duration::from_secs(4), "{elapsed:?}");
}

fn ask_all(hub: &FakeHub, needs: &[String]) -> Run {
    ask(hub, "read", &needs.iter().map(String::as_str).collect::<Vec<_>>())
}

fn loaded(count: &AtomicUsize) -> usize {
    count.load(Ordering::SeqCst)
}

#[testkit::test]
fn one_connection_carries_any_number_of_needs_where_the_hub_speaks_http2() {
    for count in [0, 1, 10, 100] {
        let (state, needs) = crowd(count);
        let hub = FakeHub::start(state);
        let run = ask_all(&hub, &needs);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!((loaded(&hub.connections), paths(&hub).len()), (1, count + 1), "{count} needs");
    }
}

/// Over HTTP/1.1 a few connections are made that turn out not to be needed: one that came free was faster.
#[testkit::test]
fn at_most_twelve_questions_are_in_flight() {
    let (mut state, needs) = crowd(50);
    state.faults.push(Fault::everywhere(Kind::Late(Duration::from_millis(200))));
    let without = HubState { without: vec!["h2"], ..state.clone() };
    for (name, hub, most) in [
        ("HTTP/2", FakeHub::start(state.clone()), 1),
        ("HTTP/1.1 over TLS", FakeHub::start(without), 16),
        ("plain text", FakeHub::start_plain(state), 16),
    ] {
        let run = ask_all(&hub, &needs);
        assert_eq!((run.status, paths(&hub).len()), (0, 51), "{name}: {run:?}");
        let (peak, connections) = (loaded(&hub.peak), loaded(&hub.connections));
        assert!((2..=12).contains(&peak) && connections <= most, "{name}: {peak} over {connections}");
    }
}

/// A Hub that is far: one more round trip would show.
#[testkit::test]
fn eleven_needs_cost_no_round_trip_that_one_does_not() {
    const ROUND_TRIP: Duration = Duration::from_millis(400);
    let took = |count: usize| {
        let (state, needs) = crowd(count);
        let mut hub = FakeHub::start(state);
        let relay = Relay::to(hub.address, ROUND_TRIP);
        hub.endpoint = format!("https://localhost:{}", relay.port);
        let started = Instant::now();
        let run = ask_all(&hub, &needs);
        assert_eq!((run.status, loaded(&hub.connections)), (0, 1), "{run:?}");
        started.elapsed()
    };
    // TCP, TLS, the questions. What comes on top of that is the machine's.
    for count in [1, 11] {
        let took = took(count);
        assert!(took >= ROUND_TRIP * 3 && took < ROUND_TRIP * 4, "{count} needs: {took:?}");
    }
}

/// It accepts and never answers. The others try after a second, and the question that hung goes their way.
#[testkit::test]
fn a_first_connection_that_hangs_keeps_the_others_waiting_for_a_second() {
    for without in [&[][..], &["h2"]] {
        let (mut state, needs) = crowd(11);
        state.without.extend(without);
        let mut hub = FakeHub::start(state);
        let (there, first) = (hub.address, AtomicBool::new(true));
        let door = RawServer::raw(move |client| {
            if first.swap(false, Ordering::SeqCst) {
                return std::thread::sleep(Duration::from_secs(60));
            }
            relay::carry(&client, there, Duration::ZERO, &Arc::default());
        });
        hub.endpoint = format!("https://localhost:{}", door.port);
        let started = Instant::now();
        let run = ask_all(&hub, &needs);
        let took = started.elapsed();
        assert_eq!(run.status, 0, "{without:?}: {run:?}");
        assert!(took > Duration::from_secs(1) && took < Duration::from_secs(3), "{without:?}: {took:?}");
    }
}

#[testkit::test]
fn whoami_is_asked_once_and_a_repo_that_is_granted_once() {
    let hub = hub(|_| {});
    assert_eq!(ask(&hub, "write", &["--read", "acme/model", "--write", "acme/model"]).status, 0);
    let mut paths = paths(&hub);
    paths.sort();
    assert_eq!(
        paths,
        ["/api/models/acme/model/auth-check", "/api/models/acme/model/auth-check/write", "/api/whoami-v2"]
    );
}

#[testkit::test]
fn a_second_round_asks_only_about_what_failed() {
    let hub = hub(|_| {});
    assert_eq!(ask(&hub, "write", &["--read", "acme/model", "--write", "acme/data"]).status, 44);
    let mut paths = paths(&hub);
    paths.sort();
    assert_eq!(
        paths,
        [
            "/api/datasets/acme/data/auth-check",
            "/api/models/acme/data/auth-check/write",
            "/api/models/acme/model/auth-check",
            "/api/spaces/acme/data/auth-check",
            "/api/whoami-v2",
        ]
    );
}

#[testkit::test]
fn a_whoami_that_is_rate_limited_is_not_asked_again_where_nothing_hangs_on_it() {
    let hub = hub(|state| state.faults.push(Fault::at("whoami", Kind::Instead(too_many(1)))));
    assert_eq!(ask(&hub, "write", &["--write", "acme/model"]).status, 0);
    assert_eq!(hub.count("whoami"), 1);
}

#[testkit::test]
fn a_whoami_that_is_rate_limited_is_asked_twice_more_where_the_verdict_hangs_on_it() {
    let hub = hub(|state| state.faults.push(Fault::at("whoami", Kind::Instead(too_many(1)))));
    assert_eq!(ask(&hub, "write", &["--create", "acme/new"]).status, 49);
    assert_eq!(hub.count("whoami"), 3);
    let healed =
        self::hub(|state| state.faults.push(Fault { times: 1, ..Fault::at("whoami", Kind::Instead(too_many(1))) }));
    assert_eq!(ask(&healed, "write", &["--create", "acme/new"]).status, 0);
    assert_eq!(healed.count("whoami"), 2);
}

#[testkit::test]
fn a_wait_that_would_pass_the_deadline_is_not_begun() {
    let hub = hub(|state| state.faults.push(Fault::everywhere(Kind::Instead(too_many(3_600)))));
    let started = Instant::now();
    let run = ask(&hub, "write", &["--read", "acme/model"]);
    assert_eq!(run.status, 49, "{run:?}");
    assert!(run.stderr.contains("Try again in 60 min"), "{run:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[testkit::test]
fn trouble_that_heals_is_waited_for() {
    let hub = hub(|state| {
        state.faults.push(Fault { times: 3, ..Fault::everywhere(Kind::Instead(Response::html(502, "bad gateway"))) });
    });
    let run = ask(&hub, "write", &["--read", "acme/model"]);
    assert_eq!(run.status, 0, "{run:?}");
}

#[testkit::test]
fn a_question_whose_connection_ended_is_asked_again_at_once() {
    let closed = Fault { times: 1, ..Fault::at("whoami", Kind::Raw(Vec::new())) };
    let hub = hub(|state| state.faults.push(closed));
    let run = ask(&hub, "write", &["--read", "acme/model", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.status, report["identity"]["name"].as_str()), (0, Some("alice")), "{report:#}");
    assert_eq!(hub.count("whoami"), 2);
}

/// The connection stands, and nothing comes over it any more: another one is tried long before the deadline.
#[testkit::test(slow)]
fn a_question_that_was_swallowed_is_asked_again_over_another_connection() {
    let swallowed = Fault { times: 1, ..Fault::at("auth-check", Kind::Silence) };
    let hub = hub(|state| state.faults.push(swallowed));
    let started = Instant::now();
    let run = ask(&hub, "write", &["--timeout", "25s", "--read", "acme/model"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(hub.count("auth-check"), 2);
}

#[testkit::test]
fn a_server_whose_http2_is_broken_is_asked_over_http1() {
    // INTERNAL_ERROR, CANCEL, HTTP_1_1_REQUIRED
    for code in [2, 8, 13] {
        let hub = hub(|state| state.faults.push(Fault::everywhere(Kind::Http2Error(code))));
        let run = ask(&hub, "write", &["--read", "acme/model", "--write", "acme/model", "--strict"]);
        assert_eq!(run.status, 0, "{code}: {run:?}");
    }
}

#[testkit::test]
fn what_whoami_came_to_outweighs_a_second_try_that_the_deadline_cut_off() {
    let hub = hub(|state| {
        // The question, and its repetition at once.
        state.faults.push(Fault { times: 2, ..Fault::at("whoami", Kind::Raw(Vec::new())) });
        state.faults.push(Fault::at("whoami", Kind::Silence));
    });
    let run = ask(&hub, "write", &["--timeout", "3s", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.status, report["code"].as_str()), (50, Some("net-interrupted")), "{report:#}");
    assert_eq!(hub.count("whoami"), 3);
}

#[testkit::test]
fn a_refusal_to_read_without_words_is_general() {
    for (token, code) in [("write", "read-denied"), ("narrow", "read-denied-fine-grained")] {
        let hub = hub(|state| {
            state.faults.push(Fault::at(
                "auth-check",
                Kind::Instead(Response::new(403, "application/json", "{\"error\":\"Authorization error.\"}")),
            ));
        });
        let run = ask(&hub, token, &["--read", "datasets/acme/data", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
        assert_eq!((run.status, report["code"].as_str()), (43, Some(code)), "{report:#}");
    }
}

#[testkit::test]
fn a_mirror_without_auth_check_is_asked_for_the_metadata() {
    let hub = hub(|state| state.without.push("auth-check"));
    let run = ask(&hub, "write", &["--read", "acme/model", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.status, report["warnings"].as_array().map(Vec::len)), (0, Some(0)), "{report:#}");
    assert_eq!(ask(&hub, "write", &["--read", "acme/none"]).status, 44);
    assert_eq!(ask(&hub, "write", &["--read", "meta/closed"]).status, 50);
    assert_eq!(ask(&hub, "write", &["--read", "bob/disabled"]).status, 43);
    assert_eq!(ask(&hub, "write", &["--write", "acme/model"]).status, 50);
}

#[testkit::test]
fn a_renamed_repo_is_judged_by_the_owner_that_it_has_now() {
    let hub = hub(|state| state.renamed.push(("models/alice/gone", "models/bob/public")));
    let run = ask(&hub, "write", &["--write", "alice/gone", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.status, report["code"].as_str()), (43, Some("write-denied-not-member")), "{report:#}");
    assert_eq!(report["warnings"][0]["code"], "repo-renamed");
}

#[testkit::test]
fn an_endpoint_may_have_a_path() {
    let hub = hub(|state| state.base = "/api/huggingfaceml/hub");
    let mut proxied = FakeHub::start(scenario::hub_state());
    proxied.endpoint = format!("{}/api/huggingfaceml/hub/", hub.endpoint);
    proxied.ca.clone_from(&hub.ca);
    // The Hub behind it redirects to its own root; the question is put again below the path.
    let run = ask(&proxied, "write", &["--write", "acme/old", "--read", "gpt2"]);
    assert_eq!(run.status, 0, "{run:?}");
}

/// `docker run --pids-limit 1`, without Docker: a user of its own that may have one thread.
#[testkit::test(needs(ONE_THREAD_USER))]
fn a_process_that_may_not_have_a_second_thread_checks_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let hub = FakeHub::start_plain(scenario::hub_state());
    let folder = tempfile::tempdir().expect("a folder");
    let open = |path: &std::path::Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755));
    let program = folder.path().join("hf-token-check");
    std::fs::copy(program::path(), &program).expect("a copy that everybody may run");
    open(folder.path()).and_then(|()| open(&program)).expect("a program for all");
    let mut check = std::process::Command::new(&program);
    check.args(["--read", "acme/model"]).env_clear().stdin(std::process::Stdio::null());
    check.env("HF_ENDPOINT", &hub.endpoint).env("HF_TOKEN", scenario::secret("write"));
    let run = program::finish(process::with_one_thread(&mut check, process::unused_user()));
    assert_eq!(run.status, 0, "{run:?}");
}
