//! `--rehearse CODE`: the real case without a token and without a network.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::design;
use crate::support::fault::{Fault, Kind};
use crate::support::http::Response;
use crate::support::program;
use crate::support::scenario::{self, secret};
use crate::support::server::Hub;
use crate::support::tokens;
use crate::verdicts::without_chance;

/// The status of every code, from the scenarios that really end with it.
fn statuses() -> BTreeMap<&'static str, i32> {
    scenario::all()
        .into_iter()
        .filter(|scenario| !scenario.code.is_empty())
        .map(|scenario| (scenario.code, scenario.exit))
        .rev()
        .collect()
}

#[test]
fn every_code_ends_as_the_real_case_does() {
    let statuses = statuses();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    for code in design::table() {
        let run = program::run(["--rehearse", &code, "--format", "json"], &[]);
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{code}: {error}: {run:?}"));
        assert!(validator.is_valid(&report), "{code}: {report:#}");
        assert_eq!(
            (report["rehearsal"].as_bool(), report["exit"].as_i64()),
            (Some(true), Some(i64::from(run.status))),
            "{code}"
        );
        let (decided, warned) = (report["code"].as_str(), report["warnings"][0]["code"].as_str());
        // One warning never stands alone: a login file is looked for where there is no token.
        let alone = if code == "token-ignored-file" { warned } else { decided.or(warned) };
        assert_eq!(alone, Some(code.as_str()), "{report:#}");
        if let Some(status) = statuses.get(code.as_str()) {
            assert_eq!(run.status, *status, "{code}");
        }
        let text = program::run(["--rehearse", &code], &[]).stderr;
        assert!(text.starts_with(&format!("hf-preflight: rehearsal of {code}: no token was read")), "{text}");
        assert!(!text.contains(['{', '}']), "a fact is missing: {text}");
    }
}

/// What makes a real run end with a code: the token, whoami, and the answer to everything else.
struct Real {
    code: &'static str,
    args: &'static [&'static str],
    token: String,
    whoami: Response,
    answer: Response,
    more: &'static [(&'static str, &'static str)],
}

fn whoami(access: &Value, orgs: &[(&str, &str, &[&str])]) -> Response {
    let orgs: Vec<_> = orgs
        .iter()
        .map(|(name, role, why)| json!({"name": name, "roleInOrg": role, "securityRestrictions": why}))
        .collect();
    let auth = if access.is_null() {
        json!({"type": "oauth"})
    } else {
        json!({"type": "access_token", "accessToken": access})
    };
    Response::new(
        200,
        "application/json",
        json!({"type": "user", "name": "alice", "orgs": orgs, "auth": auth}).to_string(),
    )
}

fn says(status: u16, code: &str, message: &str) -> Response {
    let response = Response::new(status, "application/json", json!({"error": message}).to_string())
        .with("X-Powered-By", "huggingface-moon");
    if code.is_empty() { response } else { response.with("X-Error-Code", code) }
}

fn encode(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The real cases, each with exactly what the rehearsal makes up.
fn real_cases() -> Vec<Real> {
    let read_only = || says(403, "", "You have read access but not the required permissions for this operation");
    let missing = || says(404, "RepoNotFound", "Repository not found");
    let ok = || Response::new(200, "text/plain", "OK").with("X-Powered-By", "huggingface-moon");
    let role = |role: &str| json!({"displayName": "ci", "role": role, "fineGrained": {"scoped": []}});
    let (write, read, fine) = (role("write"), role("read"), role("fineGrained"));
    let member: &[(&str, &str, &[&str])] = &[("acme", "write", &[])];
    let user = || secret("write");
    let denied = "Access denied.";
    let gate = |code: &'static str, message: &str| {
        (code, &["--read", "acme/model"][..], whoami(&read, &[]), says(403, "GatedRepo", message))
    };
    let rows = vec![
        ("read-denied", &["--read", "acme/model"][..], whoami(&write, member), read_only()),
        ("write-denied", &["--write", "acme/model"], whoami(&write, member), read_only()),
        ("create-denied", &["--create", "acme/model"], whoami(&write, member), read_only()),
        ("write-denied-read-token", &["--write", "acme/model"], whoami(&read, member), read_only()),
        ("create-denied-read-token", &["--create", "acme/model"], whoami(&read, member), read_only()),
        ("read-denied-fine-grained", &["--read", "acme/model"], whoami(&fine, member), read_only()),
        ("write-denied-fine-grained", &["--write", "acme/model"], whoami(&fine, member), read_only()),
        ("create-denied-fine-grained", &["--create", "acme/model"], whoami(&fine, member), read_only()),
        ("write-denied-not-member", &["--write", "acme/model"], whoami(&write, &[]), read_only()),
        ("create-denied-not-member", &["--create", "acme/model"], whoami(&write, &[]), read_only()),
        ("write-denied-org-role", &["--write", "acme/model"], whoami(&write, &[("acme", "read", &[])]), read_only()),
        ("create-denied-org-role", &["--create", "acme/model"], whoami(&write, &[("acme", "read", &[])]), read_only()),
        (
            "org-policy-fine-grained-only",
            &["--read", "acme/model"],
            whoami(&write, &[("acme", "write", &["token-policy"])]),
            says(403, "", denied),
        ),
        (
            "org-policy-approval",
            &["--read", "acme/model"],
            whoami(&fine, &[("acme", "write", &["token-policy"])]),
            says(
                403,
                "",
                "Due to the organization token policy, your token needs to be approved by the organization before you can access this resource.",
            ),
        ),
        (
            "org-token-revoked",
            &["--read", "acme/model"],
            whoami(&write, &[("acme", "write", &["token-revoked"])]),
            says(
                403,
                "",
                "Your token has been revoked by the organization administrator, you can no longer access organization resources. Please contact them for more information.",
            ),
        ),
        (
            "org-network",
            &["--read", "acme/model"],
            whoami(&write, &[("acme", "write", &["ip"])]),
            says(403, "", denied),
        ),
        ("org-sso", &["--read", "acme/model"], whoami(&write, &[("acme", "write", &["sso"])]), says(403, "", denied)),
        ("org-mfa", &["--read", "acme/model"], whoami(&write, &[("acme", "write", &["mfa"])]), says(403, "", denied)),
        gate(
            "repo-gated",
            "Access to model acme/model is restricted and you are not in the authorized list. Visit https://huggingface.co/acme/model to ask for access.",
        ),
        gate(
            "repo-gated-pending",
            "Your request to access model acme/model is awaiting a review from the repo authors.",
        ),
        gate("repo-gated-rejected", "Your request to access model acme/model has been rejected by the repo's authors."),
        gate(
            "repo-gated-reset",
            "Your request to access model acme/model has been reset by the repo's authors. Visit https://huggingface.co/acme/model to submit a new request.",
        ),
        (
            "repo-gated-fine-grained",
            &["--read", "acme/model"],
            whoami(&fine, member),
            says(
                403,
                "",
                "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
            ),
        ),
        (
            "repo-disabled",
            &["--read", "acme/model"],
            whoami(&write, member),
            says(403, "", "Access to this resource is disabled."),
        ),
        ("permission-missing", &["--permission", "job.write@acme"], whoami(&fine, member), ok()),
        ("repo-not-found", &["--read", "acme/model"], whoami(&write, member), missing()),
        ("repo-not-visible", &["--read", "acme/model"], whoami(&write, &[]), missing()),
        ("repo-owner-mistyped", &["--read", "acme/model"], whoami(&write, &[("acm", "write", &[])]), missing()),
        (
            "hub-not-a-hub",
            &["--write", "acme/model"],
            whoami(&write, member),
            says(404, "", "Sorry, we can't find the page you are looking for."),
        ),
        (
            "token-rejected",
            &["--read", "acme/model"],
            says(401, "", "Invalid username or password."),
            says(401, "", "Invalid username or password."),
        ),
        (
            "token-expired",
            &["--read", "acme/model"],
            says(401, "", "User Access Token \"ci\" is expired"),
            says(401, "", "User Access Token \"ci\" is expired"),
        ),
        ("hub-unexpected", &["--read", "acme/model"], Response::html(200, "<p>hello"), Response::html(200, "<p>hello")),
        ("expiry-unknown", &["--valid-for", "2d"], whoami(&write, member), ok()),
    ];
    let mut all: Vec<_> = rows
        .into_iter()
        .map(|(code, args, whoami, answer)| Real { code, args, token: user(), whoami, answer, more: &[] })
        .collect();
    let busy = || {
        says(429, "", "We had to rate limit you, you hit the quota of 1000 api requests per 5 minutes period.")
            .with("RateLimit", "\"api\";r=0;t=300")
    };
    let elsewhere = || Response::new(302, "text/plain", "").with("Location", "https://elsewhere.example/");
    let mut add = |code, args, token: &str, whoami, answer, more| {
        all.push(Real { code, args, token: token.into(), whoami, answer, more });
    };
    add("hub-rate-limited", &["--read", "acme/model"], &user(), busy(), busy(), &[]);
    add("hub-redirected", &["--read", "acme/model"], &user(), elsewhere(), elsewhere(), &[]);
    add("hub-error", &["--timeout", "1s"], &user(), Response::html(503, ""), Response::html(503, ""), &[]);
    add(
        "token-scope",
        &["--read", "acme/model"],
        &secret("app"),
        whoami(&Value::Null, member),
        says(401, "", "Invalid username or password."),
        &[],
    );
    add("token-unconfirmed", &[], &secret("publisher"), says(401, "", "Invalid username or password."), ok(), &[]);
    add(
        "identity-unknown",
        &["--read", "acme/model"],
        &secret("publisher"),
        says(401, "", "Invalid username or password."),
        ok(),
        &[],
    );
    add("hub-offline", &["--read", "acme/model"], &user(), ok(), ok(), &[("HF_HUB_OFFLINE", "1")]);
    add("net-dns", &["--timeout", "5s", "--endpoint", "https://hub.invalid"], &user(), ok(), ok(), &[]);
    add("net-refused", &["--timeout", "5s", "--endpoint", "https://127.0.0.1:9"], &user(), ok(), ok(), &[]);
    add("net-unreachable", &["--timeout", "5s", "--endpoint", "https://255.255.255.255"], &user(), ok(), ok(), &[]);
    add("net-proxy", &["--timeout", "5s"], &user(), ok(), ok(), &[("HTTPS_PROXY", "http://127.0.0.1:9")]);
    add("net-tls", &[], &user(), ok(), ok(), &[("SSL_CERT_FILE", "")]);
    add("token-missing", &["--read", "acme/model"], "", ok(), ok(), &[]);
    add("token-wrong-name", &[], "", ok(), ok(), &[("HF_API_TOKEN", "(a token)")]);
    add("token-placeholder", &[], "$HF_TOKEN", ok(), ok(), &[]);
    add("token-encoded", &[], &encode(&user()), ok(), ok(), &[]);
    add(
        "token-old-name",
        &["--read", "acme/model"],
        "",
        whoami(&write, member),
        ok(),
        &[("HUGGING_FACE_HUB_TOKEN", "(a token)")],
    );
    add("token-quoted", &[], &format!("\"{}\"", user()), ok(), ok(), &[]);
    add("token-wrong-kind", &[], &tokens::with_prefix("hf_oauth__refresh_", "refresh", 34), ok(), ok(), &[]);
    add("token-malformed", &[], "swordfish", ok(), ok(), &[]);
    add("token-organization", &[], &tokens::with_prefix("api_org_", "org", 34), ok(), ok(), &[]);
    add("token-foreign", &[], &tokens::with_prefix("ghp_", "github", 36), ok(), ok(), &[]);
    add("token-unreadable", &["--token-file", "/run/secrets/hf_token"], "", ok(), ok(), &[]);
    add("token-whitespace", &["--read", "acme/model"], &format!("{}\n", user()), whoami(&write, member), ok(), &[]);
    add(
        "token-unusual-length",
        &["--read", "acme/model"],
        &tokens::with_prefix("hf_", "long", 40),
        whoami(&write, member),
        ok(),
        &[],
    );
    add(
        "token-shadowed",
        &["--read", "acme/model"],
        &user(),
        whoami(&write, member),
        ok(),
        &[("HF_OIDC_RESOURCE", "acme/model")],
    );
    add(
        "rank-malformed",
        &["--rank-zero-only"],
        &user(),
        whoami(&write, member),
        ok(),
        &[("RANK", "one"), ("WORLD_SIZE", "8")],
    );
    add(
        "hub-deprecation",
        &["--read", "acme/model"],
        &user(),
        whoami(&write, member),
        ok().with("X-HF-Warning", "topic; This route will be removed"),
        &[],
    );
    add("audit-account-token", &["--audit", "--write", "acme/model"], &user(), whoami(&write, member), ok(), &[]);
    all
}

#[test]
fn byte_for_byte_it_prints_what_the_real_case_prints() {
    let mut wrong = Vec::new();
    for real in real_cases() {
        let mut world = scenario::world();
        world.faults.push(Fault::at("whoami", Kind::Instead(real.whoami)));
        world.faults.push(Fault::everywhere(Kind::Instead(real.answer)));
        let hub = Hub::start(world);
        let mut variables = program::variables([("HF_ENDPOINT", &hub.endpoint)]);
        let same_args = [&["--rehearse", real.code], real.args].concat();
        let rehearsed = program::run(same_args, &variables);
        variables.push(("SSL_CERT_FILE".into(), hub.ca.display().to_string()));
        variables.push(("HF_TOKEN".into(), real.token));
        for (name, value) in real.more {
            variables.retain(|(known, _)| known != name);
            variables.push(((*name).into(), if value.starts_with('(') { secret("write") } else { (*value).into() }));
        }
        variables.retain(|(_, value)| !value.is_empty());
        let happened = program::run(real.args.iter().copied(), &variables);
        let mark = format!("hf-preflight: rehearsal of {}: no token was read, and the Hub was not asked\n", real.code);
        let told = rehearsed.stderr.strip_prefix(&mark).unwrap_or(&rehearsed.stderr);
        let (told, happened_text) = (without_chance(told), without_chance(&happened.stderr));
        if (rehearsed.status, &told) != (happened.status, &happened_text) {
            wrong.push(format!(
                "==== {}\n-- rehearsed, {}\n{told}\n-- real, {}\n{happened_text}",
                real.code, rehearsed.status, happened.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_login_file_that_is_not_used_stands_beside_the_missing_token() {
    let run = program::run(["--rehearse", "token-ignored-file"], &[]);
    assert_eq!(run.status, 40, "{run:?}");
    for part in ["\ntoken-missing\n", "\nwarning: token-ignored-file\n"] {
        assert!(run.stderr.contains(part), "{part:?}: {run:?}");
    }
}

#[test]
fn the_command_runs_exactly_where_it_would() {
    let variables = program::variables([("PATH", "/bin")]);
    for (args, status, out) in [
        (&["--rehearse", "token-expired", "--", "echo", "ran"][..], 41, ""),
        (&["--rehearse", "repo-renamed", "--", "echo", "ran"], 0, "ran\n"),
        (&["--rehearse", "repo-renamed", "--strict", "--", "echo", "ran"], 51, ""),
        (&["--rehearse", "hub-error", "--", "echo", "ran"], 50, ""),
        (&["--rehearse", "hub-error", "--if-unavailable", "run", "--", "echo", "ran"], 0, "ran\n"),
    ] {
        let run = program::run(args.iter().copied(), &variables);
        assert_eq!((run.status, run.stdout.as_str()), (status, out), "{args:?}: {run:?}");
    }
}

#[test]
fn it_speaks_of_the_needs_that_were_given() {
    let run =
        program::run(["--read", "gpt2", "--write", "datasets/me/data", "--rehearse", "write-denied-org-role"], &[]);
    assert_eq!(run.status, 43);
    assert!(run.stderr.contains("The role of alice in me is too low to push to datasets/me/data."), "{run:?}");
    assert!(run.stderr.contains("ok    read      gpt2"), "{run:?}");
    let run = program::run(["--rehearse", "no-such-code"], &[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("--rehearse: \"no-such-code\" is no diagnosis; accepted: the codes that --explain lists"),
        "{run:?}"
    );
}
