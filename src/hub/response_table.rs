//! The printed table: what responses come to that no recording has, from a status, headers and a body to answers.

use std::fmt::{Debug, Write as _};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::hub::interpret::page::{Arrival, RawResponse};
use crate::hub::interpret::{self, Interpretation};
use crate::hub::request::Request;
use crate::model::author::Site;
use crate::model::endpoint::Endpoint;
use crate::model::question::{Ask, JobRef, RepoQuestion, RevisionQuestion, WhoAmI};
use crate::model::reply::Whoami;
use crate::model::repo::RepoRef;
use crate::model::revision::Revision;
use crate::model::sentence::Sentence;

const POWERED: &str = "x-powered-by: huggingface-moon";
const JSON: &str = "content-type: application/json";
const TEXT: &str = "content-type: text/plain";
const HTML: &str = "content-type: text/html";

/// A response of `Site::Elsewhere`, to a question that was put to this very address.
struct Response {
    status: u16,
    headers: Vec<String>,
    body: String,
    is_whole: bool,
}

impl Response {
    fn new(status: u16, headers: &[&str], body: impl Into<String>) -> Self {
        let headers = headers.iter().map(|line| (*line).into()).collect();
        Self { status, headers, body: body.into(), is_whole: true }
    }

    fn json(status: u16, headers: &[&str], body: &Value) -> Self {
        let headers: Vec<_> = headers.iter().copied().chain([JSON]).collect();
        Self::new(status, &headers, body.to_string())
    }

    fn raw(&self) -> RawResponse {
        let mut headers = HeaderMap::new();
        for line in &self.headers {
            let (name, value) = line.split_once(": ").expect("a header");
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        RawResponse { status: self.status, headers, body: self.body.clone().into_bytes(), is_whole: self.is_whole }
    }

    fn read<Q: Request>(&self, question: &Q, site: Site) -> Interpretation<Q> {
        interpret::read(question, &self.raw(), site, Arrival::Direct)
    }

    fn told(&self) -> String {
        let headers: Vec<_> = self.headers.iter().map(String::as_str).collect();
        let cut = if self.is_whole { "" } else { "…" };
        format!("{} [{}] {}{cut}", self.status, headers.join(", "), self.body.chars().take(160).collect::<String>())
    }
}

fn repo(name: &str) -> RepoRef {
    RepoRef::parse(name, &Endpoint::default()).expect("a repo")
}

fn question(ask: Ask) -> RepoQuestion {
    ask.about(repo("acme/model"))
}

fn revision() -> RevisionQuestion {
    RevisionQuestion { repo: repo("acme/model"), revision: Revision::parse("a/b").expect("a revision") }
}

fn job() -> JobRef {
    JobRef::new("acme", "6a").expect("a job")
}

/// Everything but the answer, as far as it is there.
fn facts<Q: Request>(read: &Interpretation<Q>) -> String {
    let mut facts = format!("{:?}", read.author);
    let named = [
        ("code", &read.error_code),
        ("message", &read.error_message),
        ("request", &read.request_id),
        ("detail", &read.detail),
        ("notice", &read.notice),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            let start: String = value.chars().take(60).collect();
            let _ = write!(facts, ", {name} ({}) {start:?}", value.len());
        }
    }
    facts
}

/// whoami's answer; an identity has a section of its own.
fn brief(answer: &Whoami) -> String {
    if let Whoami::Known(_) = answer { "Known".into() } else { format!("{answer:?}") }
}

fn row(table: &mut String, response: &Response) {
    let of = |site| {
        let answers = [Ask::Read, Ask::Write, Ask::Describe].map(|ask| {
            let read = response.read(&question(ask), site);
            format!("{:?}", read.answer)
        });
        let [read, write, describe] = answers;
        let both = if read == write { format!("read, write {read}") } else { format!("read {read}; write {write}") };
        let (whoami, job) = (response.read(&WhoAmI, site), response.read(&job(), site));
        let revision = response.read(&revision(), site).answer;
        let (identity, facts) = (brief(&whoami.answer), facts(&whoami));
        format!("{both}; describe {describe}; revision {revision:?}; whoami {identity}; job {:?} ({facts})", job.answer)
    };
    let (here, elsewhere) = (of(Site::HuggingFace), of(Site::Elsewhere));
    let _ = writeln!(table, "{}", response.told().trim_end());
    if here == elsewhere {
        let _ = writeln!(table, "  {here}");
    } else {
        let _ = writeln!(table, "  huggingface.co: {here}\n  elsewhere: {elsewhere}");
    }
}

/// Every status, with every mark.
fn statuses(table: &mut String) {
    table.push_str("# statuses and marks\n");
    let marks: [&[&str]; 8] = [
        &[],
        &[POWERED],
        &["x-powered-by: Express", "x-powered-by: HuggingFace-Sun"],
        &["x-error-code: RepoNotFound"],
        &["x-error-code: GatedRepo"],
        &["x-error-code: Moon"],
        &["x-error-message: Moon"],
        &["x-error-code: ", "x-error-message: "],
    ];
    let errors = [400, 401, 403, 404, 405, 407, 408, 409, 410, 418, 429, 451, 499, 500, 501, 503, 599, 600];
    for status in [200, 204, 206, 304].into_iter().chain(errors) {
        for headers in marks {
            row(table, &Response::new(status, headers, ""));
        }
    }
}

/// Every sentence, with every status that a refusal has.
fn sentences(table: &mut String) {
    table.push_str("\n# sentences\n");
    for sentence in Sentence::ALL {
        for status in [401, 403, 404, 451] {
            row(table, &Response::json(status, &[], &json!({"error": sentence.with(&[])})));
        }
    }
    table.push_str("\n# sentences in other words, and the names of a repo in them\n");
    for message in [
        "the organization only takes fine-grained tokens",
        "the organization has a policy: fine-grained",
        "the organization's members require fine-grained tokens",
        "the organization likes fine-grained tokens",
        "everybody requires fine-grained tokens",
        "your IP address is not allowed by the organization",
        "the organization has an ip allow list",
        "the organization requires SSO",
        "the organization requires single sign-on",
        "the organization requires two-factor authentication",
        "the organization requires MFA",
        "the organization is closed",
        "access to acme/model is disabled",
        "access to model acme/model is restricted and you are not in the authorized list",
        "the token of acme has expired",
    ] {
        for status in [401, 403] {
            row(table, &Response::json(status, &[POWERED], &json!({"error": message})));
        }
    }
}

/// The places of a sentence, codings, marks of caches, and what is said about a response that is none of the Hub's.
fn pages(table: &mut String) {
    table.push_str("\n# where a sentence stands\n");
    let bodies = [
        json!({"error": "Moon"}),
        json!({"error": ["Moon", 4, "sun"]}),
        json!({"error": {"message": "Moon"}}),
        json!({"error": {"code": "Moon"}}),
        json!({"error": null, "message": "Moon"}),
        json!({"error": " ", "error_description": "Moon"}),
        json!({"error": 4, "detail": "Moon"}),
        json!({"error": true, "msg": "Moon"}),
        json!({"errors": ["Moon", "sun"]}),
        json!({"errors": [{"message": "Moon"}]}),
        json!({"errors": []}),
        json!(["Moon"]),
        json!("Moon"),
        json!({}),
    ];
    for body in &bodies {
        row(table, &Response::json(403, &[POWERED], body));
    }
    row(table, &Response::json(403, &["x-error-message: of the header"], &json!({"error": "of the body"})));
    row(table, &Response::json(200, &["x-error-message: beside a success"], &json!({"error": "of the body"})));
    for body in ["Moon", "  ", "<moon>", " <moon>"] {
        row(table, &Response::new(403, &[TEXT, POWERED], body));
    }
    row(table, &Response::new(403, &[HTML, POWERED], "Moon"));
    row(table, &Response::new(403, &["content-encoding: gzip", POWERED], "Moon"));
    row(table, &Response::new(403, &[POWERED], "Moon ".repeat(1_000)));

    table.push_str("\n# bodies of a success\n");
    let ok = |headers: &[&str]| Response::new(200, headers, "OK");
    for headers in [
        &[POWERED, TEXT][..],
        &[POWERED],
        &[POWERED, "content-type: Text/Plain; charset=utf-8"],
        &[POWERED, JSON],
        &[POWERED, "content-type: application/xhtml+html"],
        &[POWERED, "content-encoding: "],
        &[POWERED, "content-encoding: IDENTITY"],
        &[POWERED, "content-encoding: zstd"],
        &[POWERED, "transfer-encoding: chunked"],
        &[POWERED, "transfer-encoding: gzip"],
        &[POWERED, "age: 1"],
        &[POWERED, "age: 0"],
        &[POWERED, "age:  0 "],
        &[POWERED, "x-cache: HIT"],
        &[POWERED, "x-cache: TCP_HIT"],
        &[POWERED, "cf-cache-status: hit"],
        &[POWERED, "cf-cache-status: MISS"],
        &[POWERED, "x-hf-warning: Unauthenticated; log in"],
        &[POWERED, "x-hf-warning: moon; gone soon"],
        &[POWERED, "x-hf-warning: gone soon", "x-hf-warning: second"],
        &[POWERED, "x-request-id: a", "x-amzn-trace-id: b", "x-amz-cf-id: c"],
        &[POWERED, "x-amzn-trace-id: b", "x-amz-cf-id: c"],
        &[POWERED, "x-amz-cf-id: c"],
    ] {
        row(table, &ok(headers));
    }
    for body in ["", " OK\r\n", "ok", "OK.", "<html>", "{}"] {
        row(table, &Response::new(200, &[POWERED], body));
        row(table, &Response::new(200, &[HTML], body));
    }
    for (status, headers) in [(200, &[POWERED][..]), (200, &[HTML]), (403, &[HTML]), (404, &[HTML]), (302, &[])] {
        row(table, &Response { is_whole: false, ..Response::new(status, headers, "") });
    }
    let values = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    for count in [20_000, 20_001] {
        let body = format!(r#"{{"id":"acme/model","gated":false,"siblings":{}}}"#, values(count - 4));
        let read = Response::new(200, &[JSON], body).read(&question(Ask::Describe), Site::Elsewhere);
        let _ = writeln!(table, "metadata of {count} values: {:?}", read.answer);
    }
}

/// What is read, from where, and where a redirect leads.
fn questions(table: &mut String) {
    fn one<Q: Request + Debug>(table: &mut String, question: &Q) {
        let _ = writeln!(
            table,
            "{} ({:?}): at most {} bytes, {} permits, {} attempts",
            question.path(),
            question.repo().map(ToString::to_string),
            question.longest_body(),
            question.permits(),
            Q::MOST_ATTEMPTS
        );
        for path in [
            "/api/whoami-v2",
            "/api/whoami",
            "/hub/api/whoami-v2",
            "/api/jobs/acme/6a",
            "/api/jobs/acme/7b",
            "/api/models/acme/other",
            "/api/models/acme/other/auth-check",
            "/api/datasets/acme/other/auth-check/write",
            "/api/datasets/acme/other/revision/a%2Fb",
            "/api/datasets/acme/other/revision/a",
            "/acme/other",
        ] {
            if let Some(question) = question.redirected(path) {
                let _ = writeln!(table, "  redirected to {path}: {}", question.path());
            }
        }
    }
    table.push_str("\n# questions\n");
    for ask in [Ask::Read, Ask::Write, Ask::Describe] {
        one(table, &question(ask));
    }
    one(table, &revision());
    one(table, &WhoAmI);
    one(table, &job());
}

/// Metadata of repos, and records of jobs.
fn records(table: &mut String) {
    table.push_str("\n# metadata\n");
    for body in [
        json!({"id": "acme/model", "gated": false}),
        json!({"id": "Acme/Model", "gated": false}),
        json!({"modelId": "acme/model", "gated": "auto"}),
        json!({"id": 4, "modelId": "acme/model"}),
        json!({"id": "acme/other", "gated": false}),
        json!({"_id": "6a", "gated": false}),
        json!({"_id": 6, "gated": false}),
        json!({"gated": false}),
        json!({"id": "acme/model", "disabled": true}),
        json!({"id": "acme/model", "disabled": "yes"}),
        json!({"id": "", "gated": false}),
        json!({"author": {"id": "acme/model"}}),
        json!({"id": "acme/model-2"}),
        json!({"sha": "id", "tags": ["\"id\": \"acme/model\""]}),
        json!([]),
    ] {
        let response = Response::json(200, &[], &body);
        let _ = writeln!(table, "{body}");
        for (name, headers) in
            [("", &[][..]), (" with the mark", &[POWERED]), (" in a coding", &["content-encoding: br"])]
        {
            let answer = Response::json(200, headers, &body).read(&revision(), Site::Elsewhere).answer;
            let _ = writeln!(table, "  Revision{name}: {answer:?}");
        }
        for name in ["acme/model", "model"] {
            for ask in [Ask::Describe, Ask::Read] {
                let question = ask.about(repo(name));
                for arrival in [Arrival::Direct, Arrival::Redirected] {
                    let read = interpret::read(&question, &response.raw(), Site::Elsewhere, arrival);
                    let answered = read.answered.map(|question| question.repo.to_string());
                    let _ = writeln!(table, "  {ask:?} {name}, {arrival:?}: {:?}, about {answered:?}", read.answer);
                }
            }
        }
    }
    table.push_str("\n# records of jobs\n");
    for body in [
        json!({"environment": {"HF_TOKEN": "x", "A": 4}}),
        json!({"environment": {}}),
        json!({"environment": []}),
        json!({"secrets": ["HF_TOKEN"]}),
    ] {
        let read = Response::json(200, &[], &body).read(&job(), Site::HuggingFace);
        let _ = writeln!(table, "{body}: {:?}", read.answer);
    }
}

fn identities(table: &mut String) {
    table.push_str("\n# identities\n");
    let auth = |auth: Value| json!({"type": "user", "name": "alice", "auth": auth});
    let access = |token: Value| auth(json!({"type": "access_token", "accessToken": token}));
    let fine = |scopes: Value| access(json!({"role": "fineGrained", "fineGrained": scopes}));
    let org = |org: Value| json!({"type": "user", "name": "alice", "orgs": [org], "auth": {"type": "oauth"}});
    let scope = |scope: Value| fine(json!({"scoped": [scope]}));
    for body in [
        auth(json!({"type": "oauth"})),
        auth(json!({"type": ""})),
        json!({"type": "", "name": "alice", "auth": {"type": "oauth"}}),
        json!({"type": "user", "name": "", "auth": {"type": "oauth"}}),
        auth(json!({"type": "oauth", "expiresAt": "2026-10-22T06:04:28.000Z"})),
        auth(json!({"type": "oauth", "expiresAt": 1})),
        auth(json!({"type": "oauth", "expiresAt": null, "resource": null})),
        auth(json!({"type": "oauth", "resource": {"sub": "x"}})),
        auth(json!({"type": "access_token", "accessToken": null})),
        access(json!({})),
        access(json!({"role": "read", "displayName": "ci", "createdAt": "2026-10-06T13:15:23.159Z"})),
        access(json!({"role": "write", "expiresAt": "2026-10-22T06:04:28Z"})),
        access(json!({"role": "god", "createdAt": "yesterday"})),
        access(json!({"role": "moon"})),
        access(json!({"role": "fineGrained"})),
        fine(json!(null)),
        fine(json!("all")),
        fine(json!({})),
        fine(json!({"canReadGatedRepos": true, "global": ["post.write", 4], "scoped": []})),
        fine(json!({"canReadGatedRepos": "yes", "global": "post.write", "scoped": {}})),
        scope(json!({"permissions": ["repo.write"]})),
        scope(json!({"entity": {}, "permissions": ["repo.write"]})),
        scope(json!({"entity": {"type": "org", "name": "acme"}})),
        scope(json!({"entity": {"type": "user", "name": "alice"}, "permissions": "repo.write"})),
        scope(
            json!({"entity": {"type": "model", "name": "acme/model"}, "permissions": ["repo.write"], "patterns": []}),
        ),
        scope(json!({"entity": {"type": "moon"}, "permissions": [4], "patterns": ["a/*"]})),
        scope(json!({"entity": {"type": "org"}, "permissions": [], "patterns": null})),
        json!({"type": "user", "name": "alice", "orgs": null, "auth": {"type": "oauth"}}),
        json!({"type": "user", "name": "alice", "orgs": "acme", "auth": {"type": "oauth"}}),
        org(json!({})),
        org(json!({"name": "acme"})),
        org(json!({"name": "acme", "roleInOrg": "admin", "securityRestrictions": []})),
        org(json!({"name": "acme", "roleInOrg": "write", "securityRestrictions": ["mfa", "token-policy", "sso"]})),
        org(json!({"name": "acme", "roleInOrg": "contributor", "securityRestrictions": ["ip", "token-revoked", 4]})),
        org(json!({"name": "acme", "roleInOrg": "read", "securityRestrictions": "mfa"})),
        org(json!({"name": "acme", "roleInOrg": "no_access", "securityRestrictions": {"mfa": true}})),
        org(json!({"name": "acme", "roleInOrg": "moon", "resourceGroups": [{"role": "write"}, {}]})),
        org(json!({"name": "acme", "resourceGroups": "moon"})),
    ] {
        let read = Response::json(200, &[POWERED], &body).read(&WhoAmI, Site::HuggingFace);
        let _ = writeln!(table, "{body}\n  {:?}", read.answer);
    }
}

#[test]
fn the_printed_responses_are_the_ones_under_review() {
    let mut table = String::new();
    statuses(&mut table);
    sentences(&mut table);
    pages(&mut table);
    questions(&mut table);
    records(&mut table);
    identities(&mut table);
    crate::env::hold_to_review("src/hub/responses.table", &table);
}
