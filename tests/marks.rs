//! A verdict needs the Hub's own mark. Each row is a server that says the words of a Hub without being one, a Hub whose answers
//! contradict each other, or words that only look like a known sentence.

use std::time::Duration;

use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::fake_hub::{FakeHub, HubState};
use testkit::hub_response::HubResponse;
use testkit::robustness::{Row, run_table};
use testkit::scenario;
use testkit::sentence::Sentence;

const LIMIT: Duration = Duration::from_secs(5);
const READ: &[&str] = &["--read", "acme/model"];
const PUBLIC: &[&str] = &["--read", "bob/public"];
const WRITE: &[&str] = &["--write", "acme/model"];
const CREATE: &[&str] = &["--create", "alice/new"];
const NOTHING: &[&str] = &[];

/// A server that gives these answers where the path contains the text, and the Hub's own elsewhere.
fn hub(answers: &[(&'static str, Response)]) -> FakeHub {
    let mut state = scenario::hub_state();
    set(&mut state, answers);
    FakeHub::start(state)
}

fn set(state: &mut HubState, answers: &[(&'static str, Response)]) {
    state.faults.extend(answers.iter().map(|(at, answer)| Fault::at(at, Kind::Instead(answer.clone()))));
}

fn json(status: u16, body: &str) -> Response {
    Response::new(status, "application/json", body)
}

/// By huggingface.co.
fn marked(response: Response) -> Response {
    response.with("X-Powered-By", "huggingface-moon")
}

fn says(status: u16, sentence: Sentence, values: &[(&str, &str)]) -> Response {
    HubResponse::saying(status, sentence, values).marked().into()
}

fn anonymous() -> Response {
    says(401, Sentence::Anonymous, &[])
}

fn ok() -> Response {
    Response::new(200, "text/plain", "OK")
}

#[testkit::test]
fn what_bears_no_mark_is_neither_a_no_nor_a_yes() {
    let id = |response: Response| response.with("X-Request-Id", "5f1c2f3e");
    let cache = hub(&[("/api/models/", id(json(404, r#"{"error":"Repository not found in cache"}"#)))]);
    let said = hub(&[("/api/models/", id(json(404, r#"{"error":"Repository not found"}"#)))]);
    let mesh = hub(&[("", id(Response::new(403, "text/plain", "RBAC: access denied")))]);
    let envoy = hub(&[("auth-check", id(ok())), ("whoami", id(json(503, "{}")))]);
    let unauthorized = hub(&[("", id(json(401, r#"{"error":"Unauthorized"}"#)))]);
    let coded = hub(&[("", id(json(401, r#"{"code":401,"msg":"token not valid"}"#)))]);
    let known = hub(&[("whoami", json(401, r#"{"detail":"Invalid user token"}"#))]);
    #[rustfmt::skip]
    let rows = vec![
        Row::at("a cache without the repo",            &cache,        50, "hub-not-a-hub").needs(READ),
        Row::at("the same, for a new repo",            &cache,        50, "hub-not-a-hub").needs(CREATE),
        Row::at("the sentence of many servers",        &said,         50, "hub-not-a-hub").needs(READ),
        Row::at("the same, for a new repo",            &said,         50, "hub-not-a-hub").needs(CREATE),
        Row::at("a service mesh",                      &mesh,         50, "hub-unexpected").needs(READ),
        Row::at("a service mesh, no need",             &mesh,         50, "hub-unexpected").needs(NOTHING),
        Row::at("OK by a gateway, whoami in trouble",  &envoy,        50, "hub-error").needs(WRITE),
        Row::at("a 401 of somebody's",                 &unauthorized, 50, "hub-unexpected").needs(READ).says("the token may be"),
        Row::at("a 401 in another form",               &coded,        50, "hub-unexpected").needs(READ).says("token not valid"),
        Row::at("a 401 of another Hub's",              &known,        41, "token-rejected").needs(NOTHING),
    ];
    run_table("mark-none", LIMIT, rows);
}

#[testkit::test]
fn a_whoami_without_its_members_is_no_identity() {
    let error = json(200, r#"{"name":"UnauthorizedError","message":"jwt expired"}"#);
    let anybody = json(200, r#"{"type":"user","name":"anonymous"}"#);
    let (failed, open) = (hub(&[("whoami", error)]), hub(&[("whoami", anybody.clone())]));
    let bare = hub(&[("whoami", anybody), ("auth-check", ok())]);
    #[rustfmt::skip]
    let rows = vec![
        Row::at("an error with a name",                &failed, 50, "hub-unexpected").needs(NOTHING),
        Row::at("the same, strictly",                  &failed, 50, "hub-unexpected").needs(&["--strict"]),
        Row::at("anonymous, to any token",             &open,   50, "hub-unexpected").needs(NOTHING),
        Row::at("a need that the Hub grants",          &open,   0,  "identity-unknown").needs(WRITE),
        Row::at("a need that somebody grants",         &bare,   50, "hub-unexpected").needs(WRITE),
        Row::at("a creation to be inferred",           &open,   50, "hub-unexpected").needs(CREATE),
        Row::at("a permission",                        &open,   50, "hub-unexpected").needs(&["--permission", "job.write"]),
    ];
    run_table("mark-whoami", LIMIT, rows);
}

#[testkit::test]
fn answers_that_contradict_each_other_are_told_apart() {
    let gate = says(401, Sentence::GateAnonymous, &[("noun", "model"), ("id", "a/b")]);
    let gated = hub(&[("auth-check", gate)]);
    let repos = hub(&[("auth-check", anonymous())]);
    let whoami = hub(&[("whoami", anonymous())]);
    let refused = hub(&[("whoami", says(401, Sentence::InvalidCredentials, &[]))]);
    let everywhere = hub(&[("", anonymous())]);
    let limited = says(429, Sentence::RateLimitedAnonymous, &[("address", "192.0.2.1")]);
    let limited = hub(&[("whoami", limited.with("Retry-After", "3600"))]);
    let lost = hub(&[("whoami", Response::new(504, "text/plain", ""))]);
    let (login, publisher) = (scenario::secret("login"), scenario::secret("publisher"));
    #[rustfmt::skip]
    let rows = vec![
        Row::at("a gate that sees no token",           &gated,      50, "token-not-delivered").needs(READ),
        Row::at("the same, to an app's token",         &gated,      43, "token-scope").needs(READ).with("HF_TOKEN", &*login),
        Row::at("repos that see no token",             &repos,      50, "token-not-delivered").needs(READ),
        Row::at("the same, to push",                   &repos,      50, "token-not-delivered").needs(WRITE),
        Row::at("whoami refuses, a download is granted", &whoami,   50, "token-not-delivered").needs(PUBLIC),
        Row::at("the same, for an app's token",        &whoami,     50, "token-not-delivered").needs(PUBLIC).with("HF_TOKEN", &*login),
        Row::at("the same, for a Publisher's",         &whoami,     0,  "identity-unknown").needs(READ).with("HF_TOKEN", &*publisher),
        Row::at("the same, by the other sentence",     &refused,    50, "token-not-delivered").needs(PUBLIC),
        Row::at("whoami refuses, a push is granted",   &whoami,     0,  "identity-unknown").needs(WRITE).says("requires one"),
        Row::at("the same, by the other sentence",     &refused,    0,  "identity-unknown").needs(WRITE),
        Row::at("everything refuses",                  &everywhere, 41, "token-rejected").needs(READ),
        Row::at("whoami's limit, a public download",   &limited,    0,  "identity-unknown").needs(PUBLIC).says("is unknown"),
        Row::at("not found, and no whoami",            &lost,       50, "hub-error").needs(&["--read", "acme/none"]),
    ];
    run_table("mark-contradictions", LIMIT, rows);
}

#[testkit::test]
fn a_grant_counts_without_an_identity_only_if_the_hub_gave_it_to_this_token() {
    let lost = ("whoami", Response::new(504, "text/plain", ""));
    let with = |name, value: &str| hub(&[lost.clone(), ("auth-check", marked(ok()).with(name, value))]);
    let (warned, old) = (
        hub(&[
            lost.clone(),
            ("auth-check", marked(ok()).with("X-HF-Warning", "a; b").with("X-HF-Warning", "unauthenticated; c")),
        ]),
        with("Age", "86400"),
    );
    let (hit, fresh) = (with("X-Cache", "HIT"), with("Age", "0"));
    #[rustfmt::skip]
    let rows = vec![
        Row::at("the second of two warnings",          &warned, 50, "hub-error").needs(READ),
        Row::at("from a cache",                        &old,    50, "hub-error").needs(READ),
        Row::at("from a cache, as it says",            &hit,    50, "hub-error").needs(READ),
        Row::at("not from a cache",                    &fresh,  0,  "identity-unknown").needs(READ),
    ];
    run_table("mark-grants", LIMIT, rows);
}

#[testkit::test]
fn words_are_matched_whole_and_never_in_a_name() {
    let said = |status, text: &str| hub(&[("auth-check", HubResponse::refusal(status, text).marked().into())]);
    let associated = said(403, "You are not associated with this organization");
    let named = said(401, "There is no access to acme/expired-run");
    let sso = said(403, "Your organization acme requires SSO");
    let region =
        hub(&[("auth-check", Response::new(403, "text/plain", "This model is not available in your region."))]);
    let legal = hub(&[(
        "auth-check",
        marked(Response::new(451, "text/plain", "This dataset is not available in your country")),
    )]);
    let owner = said(403, "The organization sso has no such plan");
    #[rustfmt::skip]
    let rows = vec![
        Row::at("associated holds sso",                &associated, 43, "read-denied").needs(READ),
        Row::at("a repo called expired-run",           &named,      50, "token-not-delivered").needs(&["--read", "acme/expired-run"]),
        Row::at("an organization that requires it",    &sso,        43, "org-sso").needs(READ),
        Row::at("an organization called sso",          &owner,      43, "read-denied").needs(&["--read", "sso/model"]),
        Row::at("a region, without a mark",            &region,     43, "repo-region").needs(READ),
        Row::at("a country, by law",                   &legal,      43, "repo-region").needs(READ),
    ];
    run_table("mark-words", LIMIT, rows);
}
