//! Time: the Hub's clock decides whether a token lasts, not this machine's.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::fake_hub::{FakeHub, Grant, HubState, Token};
use testkit::{program, scenario, tokens};

/// An OAuth token that ends so many hours from now by this machine's clock, as the token itself says.
fn oauth(hours: i64) -> String {
    let end = moment(hours).duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    tokens::jwt("hf_oauth_", "timed", &json!({"exp": end.as_secs(), "scope": "openid read-repos"}))
}

/// So many hours from now by this machine's clock.
fn moment(hours: i64) -> SystemTime {
    let span = Duration::from_secs(hours.unsigned_abs() * 3_600);
    if hours < 0 { SystemTime::now() - span } else { SystemTime::now() + span }
}

/// A Hub whose clock is so many hours ahead of this machine's.
fn hub(ahead: i64) -> HubState {
    HubState { clock_ahead: ahead * 3_600, ..scenario::hub_state() }
}

/// The same, and it knows an OAuth token that ends so many hours from now by this machine's clock.
fn hub_with_token(ahead: i64, ends: i64) -> (HubState, String) {
    let mut state = hub(ahead);
    let expires_at = humantime::format_rfc3339_millis(moment(ends)).to_string();
    let secret = oauth(ends);
    let grant = Grant::OAuth { scopes: vec!["openid", "read-repos"], expires_at };
    state.tokens.push(Token { secret: secret.clone(), user: "alice", name: "timed", grant });
    (state, secret)
}

/// The exit status and the code of a run, and the report.
fn run(state: HubState, secret: &str, args: &[&str]) -> (i32, String, Value) {
    let hub = FakeHub::start(state);
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", secret),
    ]);
    let run = program::run(args.iter().chain(&["--format", "json"]).copied(), &variables);
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    (run.status, report["code"].as_str().unwrap_or_default().to_owned(), report)
}

#[testkit::test]
fn the_hubs_date_decides_how_long_an_oauth_token_lasts() {
    for (ahead, ends, args, status, code) in [
        // This machine is nine hours fast; eight hours are left.
        (-9, -1, &[][..], 0, ""),
        (-9, -1, &["--valid-for", "7h"], 0, ""),
        (-9, -1, &["--valid-for", "9h"], 41, "token-expires-early"),
        // This machine is three hours slow; one hour is left.
        (3, 4, &["--valid-for", "30m"], 0, ""),
        (3, 4, &["--valid-for", "3h"], 41, "token-expires-early"),
        // The Hub accepts a token that it says has expired. It does not last.
        (0, -1, &[], 0, ""),
        (0, -1, &["--valid-for", "1m"], 41, "token-expires-early"),
    ] {
        let (state, secret) = hub_with_token(ahead, ends);
        let (exit, found, report) = run(state, &secret, args);
        assert_eq!((exit, found.as_str()), (status, code), "{ahead} h, ends in {ends} h, {args:?}: {report:#}");
    }
}

#[testkit::test]
fn a_refusal_is_dated_by_the_hub_too() {
    for (ahead, ends, code) in
        [(-9, -1, "token-rejected"), (3, 1, "token-expired"), (0, -1, "token-expired"), (0, 1, "token-rejected")]
    {
        let (exit, found, report) = run(hub(ahead), &oauth(ends), &[]);
        assert_eq!((exit, found.as_str()), (41, code), "{ahead} h, ends in {ends} h: {report:#}");
    }
}

#[testkit::test]
fn where_whoami_has_no_date_any_other_response_has() {
    let (mut state, secret) = hub_with_token(3, 4);
    state.faults.push(Fault::at("whoami", Kind::Instead(Response::html(503, "busy"))));
    let (exit, code, report) = run(state, &secret, &["--read", "bob/public", "--valid-for", "3h", "--timeout", "1s"]);
    assert_eq!((exit, code.as_str()), (41, "token-expires-early"), "{report:#}");
}

#[testkit::test]
fn a_response_from_a_cache_is_older_than_its_age() {
    for (age, status) in [("36000", 41), ("0", 0)] {
        let (mut state, secret) = hub_with_token(0, 2);
        let ends = humantime::format_rfc3339(moment(2)).to_string();
        let body = json!({"type": "user", "name": "alice", "orgs": [], "auth": {"type": "oauth", "expiresAt": ends}});
        let response = Response::new(200, "application/json", body.to_string())
            .with("X-Powered-By", "huggingface-moon")
            .with("Date", httpdate::fmt_http_date(moment(-10)))
            .with("Age", age);
        state.faults.push(Fault::at("whoami", Kind::Instead(response)));
        let (exit, _, report) = run(state, &secret, &["--valid-for", "3h"]);
        assert_eq!(exit, status, "{age}: {report:#}");
    }
}

#[testkit::test]
fn without_any_date_an_accepted_token_has_not_expired() {
    for (ends, args, status, code) in [
        (-1, &[][..], 0, ""),
        (-1, &["--valid-for", "1h"], 50, "expiry-unknown"),
        (2, &["--valid-for", "1h"], 0, ""),
        (2, &["--valid-for", "3h"], 41, "token-expires-early"),
    ] {
        let (mut state, secret) = hub_with_token(0, ends);
        let ends = humantime::format_rfc3339(moment(ends)).to_string();
        let body = json!({"type": "user", "name": "alice", "orgs": [], "auth": {"type": "oauth", "expiresAt": ends}});
        let response =
            Response::new(200, "application/json", body.to_string()).with("X-Powered-By", "huggingface-moon");
        state.faults.push(Fault::at("whoami", Kind::Instead(response)));
        let (exit, found, report) = run(state, &secret, args);
        assert_eq!((exit, found.as_str()), (status, code), "ends at {ends}, {args:?}: {report:#}");
    }
}

#[testkit::test]
fn a_user_token_lasts_unless_an_expiry_is_stated() {
    let access = |change: Value| {
        let mut auth = json!({"type": "access_token", "accessToken": {"displayName": "ci", "role": "write"}});
        for (key, value) in change.as_object().expect("an object") {
            auth["accessToken"][key] = value.clone();
        }
        json!({"type": "user", "name": "alice", "orgs": [], "auth": auth})
    };
    let in_an_hour = humantime::format_rfc3339(moment(1)).to_string();
    for (identity, status, code) in [
        (access(json!({})), 0, ""),
        (access(json!({"role": "read"})), 0, ""),
        (access(json!({"expiresAt": null})), 0, ""),
        (access(json!({"role": "fineGrained", "fineGrained": {"scoped": []}})), 0, ""),
        (access(json!({"role": "quantum"})), 50, "expiry-unknown"),
        (access(json!({"expiresAt": 1_893_456_000})), 50, "expiry-unknown"),
        (access(json!({"expiresAt": "next year"})), 50, "expiry-unknown"),
        (access(json!({"expiresAt": in_an_hour})), 41, "token-expires-early"),
        (json!({"type": "user", "name": "alice", "orgs": [], "auth": {"type": "app_token"}}), 50, "expiry-unknown"),
        (json!({"type": "user", "name": "alice", "orgs": [], "auth": {"type": "oauth"}}), 50, "expiry-unknown"),
    ] {
        let mut state = hub(0);
        let secret = tokens::user("stated");
        let grant = Grant::Odd(identity.clone());
        state.tokens.push(Token { secret: secret.clone(), user: "alice", name: "stated", grant });
        let (exit, found, report) = run(state, &secret, &["--valid-for", "2d"]);
        assert_eq!((exit, found.as_str()), (status, code), "{identity}: {report:#}");
        let valid_for = &report["checks"][2];
        if status == 0 {
            assert_eq!(valid_for["basis"], "inferred", "{report:#}");
            assert_eq!(valid_for["summary"], "2 days: user access tokens do not expire on their own", "{report:#}");
            assert_eq!(report["warnings"], json!([]), "{report:#}");
        }
    }
}
