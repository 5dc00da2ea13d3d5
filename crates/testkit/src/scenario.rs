//! The usual state of the fake Hub, and the cases that are run against it: what is run, and what must come of it.

use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::fake_hub::fault::{Fault, Kind};
use crate::fake_hub::http::Response;
use crate::fake_hub::{Flavor, Gate, Grant, HubState, Membership, Repo, Token, User};
use crate::hub_response::HubResponse;
use crate::sentence::Sentence;
use crate::tokens;

/// A case: what the job has and needs, and the verdict.
pub struct Scenario {
    /// A sentence.
    pub name: &'static str,
    /// Behind the program's name; `{endpoint}` stands for the Hub of the scenario.
    pub args: &'static [&'static str],
    /// Besides `HF_ENDPOINT` and `SSL_CERT_FILE`; `{ca}` stands for the file with the CA of the scenario's Hub.
    pub variables: Vec<(&'static str, String)>,
    /// How this Hub differs from the usual one.
    pub setup: fn(&mut HubState),
    /// The status.
    pub exit: i32,
    /// The code that decides; for a pass, the warning that is given.
    pub code: &'static str,
    /// What the genuine Python client makes of it.
    pub client: Client,
}

/// What `huggingface_hub` does with the same token and the same needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Its exception means what our status says.
    Agrees,
    /// It ends as if with this status, on purpose not ours: why.
    Differs(i32, &'static str),
    /// There is nothing to ask it: why.
    NotAsked(&'static str),
}

use Client::{Agrees, Differs, NotAsked};

const LOCAL: Client = NotAsked("decided without the Hub; the client sends whatever it is given");
const NO_HUB: Client = NotAsked("no Hub answers; the client retries for a minute and raises a connection error");
const CREATION: Client = NotAsked("the client can only find out by creating the repo");
const AUDIT: Client = NotAsked("habits are not the client's business");
const IDENTITY: Client = NotAsked("the client has no question for it");

/// The usual Hub.
pub fn hub_state() -> HubState {
    let member = |org, role| Membership { org, role, restriction: None, groups: Vec::new() };
    let blocked =
        |org, restriction| Membership { org, role: "write", restriction: Some(restriction), groups: Vec::new() };
    let alice = User {
        name: "alice",
        orgs: vec![member("acme", "write"), member("lab", "contributor"), member("library", "read")],
    };
    let frank = User {
        name: "frank",
        orgs: vec![
            blocked("bank", "token-policy"),
            blocked("fort", "token-revoked"),
            blocked("bunker", "ip"),
            blocked("tower", "sso"),
            blocked("vault", "mfa"),
        ],
    };
    let token = |label: &'static str, user, grant| Token { secret: secret(label), user, name: label, grant };
    let fine = |scoped, reads_gated| Grant::FineGrained { scoped, global: vec!["discussion.write"], reads_gated };
    let oauth = |scopes, expires_at: &str| Grant::OAuth { scopes, expires_at: expires_at.into() };
    let repo = |kind, id| Repo { kind, id, is_private: false, creator: "bob", gate: None, is_disabled: false };
    let private = |kind, id| Repo { is_private: true, ..repo(kind, id) };
    let gated = |id| Repo { gate: Some(Gate { requests: vec![("alice", id_state(id))] }), ..repo("models", id) };
    HubState {
        users: vec![alice, frank],
        tokens: vec![
            token("write", "alice", Grant::Write),
            token("read", "alice", Grant::Read),
            token("narrow", "alice", fine(vec![("model", "acme/model", vec!["repo.content.read"])], false)),
            token(
                "fine",
                "alice",
                fine(
                    vec![
                        ("org", "acme", vec!["repo.content.read", "repo.write"]),
                        ("user", "alice", vec!["repo.content.read", "repo.write", "job.write"]),
                    ],
                    true,
                ),
            ),
            token(
                "login",
                "alice",
                oauth(vec!["openid", "read-repos", "write-repos", "manage-repos", "jobs"], &days_from_now(3)),
            ),
            token("app", "alice", oauth(vec!["openid", "profile"], &days_from_now(3))),
            token("endless", "alice", oauth(vec!["openid", "profile"], "")),
            token("publisher", "alice", Grant::Oidc("models/acme/model")),
            token("expired", "alice", Grant::Expired),
            token("frank", "frank", Grant::Write),
            token("frank fine", "frank", fine(vec![("org", "bank", vec!["repo.content.read", "repo.write"])], false)),
            token("old", "alice", aged("fineGrained", &days_from_now(-120))),
            token("careful", "alice", aged("fineGrained", &days_from_now(3))),
            token("sparse", "alice", Grant::Odd(json!({"type": "user", "name": "alice", "auth": {"type": "moon"}}))),
            token(
                "future",
                "alice",
                Grant::Odd(
                    json!({"type": "robot", "name": "alice", "orgs": [{"name": "acme", "roleInOrg": "emperor"}],
                "auth": {"type": "access_token", "accessToken": {"displayName": "future", "role": "quantum"}}}),
                ),
            ),
        ],
        repos: vec![
            private("models", "acme/model"),
            private("datasets", "acme/data"),
            private("models", "alice/model"),
            repo("spaces", "acme/app"),
            repo("kernels", "acme/kernel"),
            repo("models", "lab/theirs"),
            private("models", "library/model"),
            repo("models", "bob/public"),
            private("models", "bob/private"),
            Repo { is_disabled: true, ..repo("models", "bob/disabled") },
            repo("models", "openai-community/gpt2"),
            gated("meta/closed"),
            gated("meta/pending"),
            gated("meta/rejected"),
            gated("meta/reset"),
            gated("meta/accepted"),
            private("models", "bank/model"),
            private("models", "fort/model"),
            private("models", "bunker/model"),
            private("models", "tower/model"),
            private("models", "vault/model"),
        ],
        renamed: vec![
            ("models/gpt2", "models/openai-community/gpt2"),
            ("models/acme/old", "models/acme/model"),
            ("models/acme/moved", "spaces/acme/app"),
        ],
        ..HubState::default()
    }
}

fn id_state(id: &'static str) -> &'static str {
    id.trim_start_matches("meta/")
}

/// A token that is allowed to read what is in acme, and was made at a certain time.
fn aged(role: &str, created_at: &str) -> Grant {
    Grant::Odd(json!({"type": "user", "name": "alice", "orgs": [{"type": "org", "name": "acme", "roleInOrg": "write"}],
        "auth": {"type": "access_token", "accessToken": {"displayName": "aged", "role": role, "createdAt": created_at, "fineGrained":
        {"global": [], "canReadGatedRepos": false, "scoped": [{"entity": {"_id": "1", "type": "org", "name": "acme"}, "permissions": ["repo.content.read"]}]}}}}))
}

/// The usual state with so many public repos more, and the needs to read them.
pub fn crowd(count: usize) -> (HubState, Vec<String>) {
    let mut state = hub_state();
    let public = state.repos.iter().find(|repo| repo.id == "bob/public").expect("a public repo").clone();
    let names: Vec<_> = (0..count).map(|at| format!("bob/public-{at}")).collect();
    state.repos.extend(names.iter().map(|name| Repo { id: name.clone().leak(), ..public.clone() }));
    (state, names.iter().map(|name| format!("--read={name}")).collect())
}

/// The secret of a token of the usual state.
pub fn secret(label: &str) -> String {
    let scopes = |label: &str| {
        if label == "login" {
            json!({"scope": "openid read-repos write-repos manage-repos jobs"})
        } else {
            json!({"scope": ["openid", "profile"]})
        }
    };
    match label {
        "login" | "app" | "endless" => tokens::jwt("hf_oauth_", label, &scopes(label)),
        "publisher" => tokens::jwt("hf_jwt_", label, &json!({"exp": 4_102_444_800_u64})),
        _ => tokens::user(label),
    }
}

/// So many days and an hour from now, as whoami writes it.
fn days_from_now(days: i64) -> String {
    let hours = |count: i64| Duration::from_secs(count.unsigned_abs() * 3_600);
    let time =
        if days < 0 { SystemTime::now() - hours(days * 24 - 1) } else { SystemTime::now() + hours(days * 24 + 1) };
    humantime::format_rfc3339_millis(time).to_string()
}

fn usual(_: &mut HubState) {}

/// The documented shape of a job's record, with a token where it should not be.
fn with_a_job(state: &mut HubState) {
    let record = json!({"id": "0123456789abcdef", "createdAt": "2026-10-06T13:15:23.159Z", "environment": {"HF_TOKEN": secret("careful"), "A": "b"},
        "secrets": ["OTHER"], "flavor": "cpu-basic", "owner": {"id": "1", "name": "acme", "type": "org"}, "status": {"stage": "RUNNING", "message": null}});
    state.jobs.push(("acme", "0123456789abcdef", record));
}

fn rate_limited_whoami(state: &mut HubState) {
    state.faults.push(Fault::at("whoami", Kind::Instead(too_many(3_600))));
}

/// The quota of an account is used up for so many seconds.
pub fn too_many(seconds: u32) -> Response {
    HubResponse::rate_limited(seconds).into()
}

/// Every case, by the section of the interface it belongs to.
pub fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name, token: &str, args: &'static [&'static str], exit, code, client| {
        let variables = if token.is_empty() { Vec::new() } else { vec![("HF_TOKEN", secret(token))] };
        all.push(Scenario { name, args, variables, setup: usual, exit, code, client });
    };
    // ---- granted
    add("a read token reads its own private repo", "read", &["--read", "alice/model"], 0, "", Agrees);
    add(
        "a write token reads and pushes",
        "write",
        &["--read", "datasets/acme/data", "--write", "acme/model"],
        0,
        "",
        Agrees,
    );
    add(
        "a fine-grained token does what its scopes say",
        "fine",
        &["--read", "meta/accepted", "--write", "acme/model", "--permission", "job.write"],
        0,
        "",
        Agrees,
    );
    add("creating what exists is pushing to it", "write", &["--create", "acme/model"], 0, "", Agrees);
    add("creating under one's own name is inferred", "write", &["--create", "alice/new"], 0, "", CREATION);
    add("a contributor may create", "write", &["--create", "lab/new"], 0, "", CREATION);
    add(
        "a login token creates by its scope",
        "login",
        &["--create", "alice/new", "--permission", "job.write"],
        0,
        "",
        CREATION,
    );
    add("a sparse identity passes on what the Hub grants", "sparse", &["--write", "alice/model"], 0, "", Agrees);
    add("a role of the future passes on what the Hub grants", "future", &["--read", "acme/model"], 0, "", Agrees);
    // ---- warnings
    add(
        "a branch that is not there",
        "write",
        &["--write", "acme/model@dev"],
        0,
        "branch-not-found",
        NotAsked("auth_check takes no revision"),
    );
    add("a repo that was renamed is found", "read", &["--read", "acme/old"], 0, "repo-renamed", Agrees);
    add("an old canonical name is found", "read", &["--read", "gpt2"], 0, "repo-renamed", Agrees);
    add("a model that became a Space is found", "read", &["--read", "acme/moved"], 0, "repo-redirected-kind", Agrees);
    add(
        "a kernel has no auth-check, and its metadata states that it has no gate",
        "read",
        &["--read", "kernels/acme/kernel"],
        0,
        "",
        NotAsked("the client refuses kernels in auth_check"),
    );
    add(
        "a Trusted Publisher's token is unknown to whoami",
        "publisher",
        &["--write", "acme/model"],
        0,
        "identity-unknown",
        Differs(41, "the client takes whoami's 401 for a bad token; the granted push proves the opposite"),
    );
    add("a user token lasts unless whoami states an expiry", "write", &["--valid-for", "2d"], 0, "", IDENTITY);
    // ---- 41
    add(
        "a token that the Hub does not know",
        "gone",
        &["--read", "bob/public", "--write", "acme/model"],
        41,
        "token-rejected",
        Agrees,
    );
    add("a token that has expired", "expired", &["--read", "bob/public"], 41, "token-expired", Agrees);
    add("a login that ends before the job", "login", &["--valid-for", "30d"], 41, "token-expires-early", IDENTITY);
    // ---- 43
    add("a read token for a push", "read", &["--write", "acme/model"], 43, "write-denied-read-token", Agrees);
    add("a read token for a new repo", "read", &["--create", "alice/new"], 43, "create-denied-read-token", CREATION);
    add(
        "a fine-grained token without the right to push",
        "narrow",
        &["--write", "acme/model"],
        43,
        "write-denied-fine-grained",
        Agrees,
    );
    add(
        "a fine-grained token without the right to create",
        "narrow",
        &["--create", "alice/new"],
        43,
        "create-denied-fine-grained",
        CREATION,
    );
    add("pushing to a stranger's repo", "write", &["--write", "bob/public"], 43, "write-denied-not-member", Agrees);
    add(
        "creating under a mistyped owner",
        "write",
        &["--create", "acmee/new"],
        43,
        "create-denied-not-member",
        CREATION,
    );
    add(
        "a contributor pushes to another's repo",
        "write",
        &["--write", "lab/theirs"],
        43,
        "write-denied-org-role",
        Agrees,
    );
    add("a reader creates", "write", &["--create", "library/new"], 43, "create-denied-org-role", CREATION);
    add("a refusal that nothing explains", "sparse", &["--write", "bob/public"], 43, "write-denied", Agrees);
    add(
        "a refusal to create that nothing explains",
        "sparse",
        &["--create", "bob/public"],
        43,
        "create-denied",
        Agrees,
    );
    add(
        "an organization that lets in fine-grained tokens only",
        "frank",
        &["--read", "bank/model"],
        43,
        "org-policy-fine-grained-only",
        Agrees,
    );
    add(
        "an organization that has not approved the token",
        "frank fine",
        &["--read", "bank/model"],
        43,
        "org-policy-approval",
        Agrees,
    );
    add("an organization that revoked the token", "frank", &["--write", "fort/model"], 43, "org-token-revoked", Agrees);
    add(
        "an organization that allows certain networks",
        "frank",
        &["--read", "bunker/model"],
        43,
        "org-network",
        Agrees,
    );
    add("an organization that requires SSO", "frank", &["--read", "tower/model"], 43, "org-sso", Agrees);
    add("an organization that requires two factors", "frank", &["--read", "vault/model"], 43, "org-mfa", Agrees);
    add(
        "an app's token without the scope",
        "app",
        &["--read", "alice/model"],
        43,
        "token-scope",
        Differs(41, "the client passes the 401 on; whoami took the same token a moment before"),
    );
    add("a gate that was never asked at", "read", &["--read", "meta/closed"], 43, "repo-gated", Agrees);
    add("a gate where the request waits", "read", &["--read", "meta/pending"], 43, "repo-gated-pending", Agrees);
    add(
        "a gate where the request was rejected",
        "read",
        &["--read", "meta/rejected"],
        43,
        "repo-gated-rejected",
        Agrees,
    );
    add("a gate where the request was reset", "read", &["--read", "meta/reset"], 43, "repo-gated-reset", Agrees);
    add(
        "a gate that the fine-grained token may not pass",
        "narrow",
        &["--read", "meta/accepted"],
        43,
        "repo-gated-fine-grained",
        Agrees,
    );
    add("a repo that the Hub disabled", "read", &["--read", "bob/disabled"], 43, "repo-disabled", Agrees);
    add(
        "a permission that the token lacks",
        "narrow",
        &["--permission", "inference.serverless.write"],
        43,
        "permission-missing",
        IDENTITY,
    );
    add(
        "several failures: the first one decides",
        "read",
        &["--read", "meta/closed", "--write", "acme/model", "--read", "alice/none"],
        43,
        "repo-gated",
        Agrees,
    );
    // ---- 44
    add("a repo that is not there", "read", &["--read", "alice/none"], 44, "repo-not-found", Agrees);
    add("a repo that may be private", "read", &["--read", "bob/private"], 44, "repo-not-visible", Agrees);
    add(
        "a private repo outside the token's scope",
        "narrow",
        &["--read", "alice/model"],
        44,
        "repo-not-visible",
        Agrees,
    );
    let revision = NotAsked("auth_check takes no revision; tests/revisions.rs asks the client for one");
    add("a revision that is not there", "read", &["--read", "acme/model@v9"], 44, "revision-not-found", revision);
    add("a dataset asked for as a model", "read", &["--read", "acme/data"], 44, "repo-wrong-kind", Agrees);
    add("an owner that is mistyped", "write", &["--write", "acmee/model"], 44, "repo-owner-mistyped", Agrees);
    // ---- 50 from the identity
    add("an OAuth token whose end nobody states", "endless", &["--valid-for", "2d"], 50, "expiry-unknown", IDENTITY);
    add("a login token whose rights nobody lists", "sparse", &["--create", "acme/new"], 50, "right-unknown", CREATION);
    add(
        "a Trusted Publisher's token and nothing to ask",
        "publisher",
        &[],
        50,
        "token-unconfirmed",
        Differs(41, "the client takes whoami's 401 for a bad token"),
    );
    all.extend(local());
    all.extend(troubled());
    all
}

/// Decided before anything is sent.
fn local() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name, value: Option<String>, exit, code| {
        let variables = value.into_iter().map(|value| ("HF_TOKEN", value)).collect();
        all.push(Scenario {
            name,
            args: &["--read", "acme/model"],
            variables,
            setup: usual,
            exit,
            code,
            client: LOCAL,
        });
    };
    let good = secret("write");
    add("no token at all", None, 40, "token-missing");
    add("a placeholder that nothing replaced", Some("$HF_TOKEN".into()), 40, "token-placeholder");
    add("quotes around the token", Some(format!("\"{good}\"")), 40, "token-quoted");
    add("a token in base64", Some(encode(&good)), 40, "token-encoded");
    add(
        "an OAuth refresh token",
        Some(tokens::with_prefix("hf_oauth__refresh_", "refresh", 34)),
        40,
        "token-wrong-kind",
    );
    add("a line break behind the token", Some(format!("{good}\n")), 0, "token-whitespace");
    add("a token of an unusual length", Some(tokens::with_prefix("hf_", "long", 40)), 41, "token-rejected");
    // The forms are huggingface.co's. It is never asked: a token that passed would end as `hub-offline`.
    let mut at_huggingface = |name, value, code| {
        let variables =
            vec![("HF_TOKEN", value), ("HF_ENDPOINT", "https://huggingface.co".into()), ("HF_HUB_OFFLINE", "1".into())];
        all.push(Scenario {
            name,
            args: &["--read", "acme/model"],
            variables,
            setup: usual,
            exit: 40,
            code,
            client: LOCAL,
        });
    };
    at_huggingface("half a token", good[..9].into(), "token-malformed");
    at_huggingface("an organization's legacy token", tokens::with_prefix("api_org_", "org", 34), "token-organization");
    at_huggingface("a GitHub token", tokens::with_prefix("ghp_", "github", 36), "token-foreign");
    let mut audit = |name, token: &str, args, more: &[(&'static str, &str)], code| {
        let mut variables = vec![("HF_TOKEN", secret(token))];
        variables.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all.push(Scenario { name, args, variables, setup: with_a_job, exit: 0, code, client: AUDIT });
    };
    audit("a write token for a download", "write", &["--audit", "--read", "acme/model"], &[], "audit-overprivileged");
    audit("a token of last year", "old", &["--audit", "--read", "acme/model"], &[], "audit-old-token");
    audit(
        "a token in the job's environment",
        "careful",
        &["--audit", "--read", "acme/model"],
        &[("JOB_ID", "0123456789abcdef")],
        "audit-env-not-secret",
    );
    audit(
        "a classic token that does no more than it must",
        "write",
        &["--audit", "--write", "acme/model"],
        &[],
        "audit-account-token",
    );
    let mut with = |name, args, variables, exit, code| {
        all.push(Scenario { name, args, variables, setup: usual, exit, code, client: LOCAL });
    };
    with(
        "a token under another name",
        &["--read", "acme/model"],
        vec![("HF_API_TOKEN", good.clone())],
        40,
        "token-wrong-name",
    );
    with("a token file that is not there", &["--token-file", "/nonexistent/token"], vec![], 40, "token-unreadable");
    with(
        "the old name of the variable",
        &["--read", "acme/model"],
        vec![("HUGGING_FACE_HUB_TOKEN", good.clone())],
        0,
        "token-old-name",
    );
    with(
        "an ID token comes first",
        &["--read", "acme/model"],
        vec![("HF_TOKEN", good.clone()), ("HF_OIDC_RESOURCE", "acme/model".into())],
        0,
        "token-shadowed",
    );
    with(
        "a rank that is no number",
        &["--rank-zero-only"],
        vec![("HF_TOKEN", good.clone()), ("RANK", "first".into()), ("WORLD_SIZE", "8".into())],
        0,
        "rank-malformed",
    );
    with(
        "a client that may not send the token by itself",
        &["--read", "acme/model"],
        vec![("HF_TOKEN", good.clone()), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes".into())],
        0,
        "token-not-implicit",
    );
    with(
        "an endpoint that was set to nothing",
        &["--endpoint", "{endpoint}", "--read", "acme/model"],
        vec![("HF_TOKEN", good.clone()), ("HF_ENDPOINT", String::new())],
        0,
        "endpoint-empty",
    );
    with(
        "a CA certificate where the Python client does not look",
        &["--read", "acme/model"],
        vec![("HF_TOKEN", good.clone()), ("SSL_CERT_FILE", String::new()), ("CURL_CA_BUNDLE", "{ca}".into())],
        0,
        "ca-not-shared",
    );
    with(
        "a variable of ours with a slip of the finger",
        &["--read", "acme/model"],
        vec![("HF_TOKEN", good.clone()), ("HF_TOKEN_CHECK_WRTIE", "acme/model".into())],
        0,
        "variable-unknown",
    );
    with(
        "the Hub must not be asked",
        &["--read", "acme/model"],
        vec![("HF_TOKEN", good), ("HF_HUB_OFFLINE", "1".into())],
        50,
        "hub-offline",
    );
    all
}

/// The Hub, or the way to it, is in trouble.
fn troubled() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name, args: &'static [&'static str], setup: fn(&mut HubState), exit, code| {
        let variables = vec![("HF_TOKEN", secret("write"))];
        all.push(Scenario { name, args, variables, setup, exit, code, client: NO_HUB });
    };
    add(
        "whoami is rate-limited, and every need is granted",
        &["--read", "acme/model"],
        rate_limited_whoami,
        0,
        "identity-unknown",
    );
    add("whoami is rate-limited, and nothing else is asked", &[], rate_limited_whoami, 49, "hub-rate-limited");
    add(
        "the Hub is in trouble",
        &["--timeout", "1s"],
        |state| {
            state.faults.push(Fault::everywhere(Kind::Instead(Response::html(503, "<h1>Service unavailable</h1>"))));
        },
        50,
        "hub-error",
    );
    add(
        "a login page with status 200",
        &["--read", "acme/model", "--write", "acme/model"],
        |state| {
            state.faults.push(Fault::everywhere(Kind::Instead(Response::html(200, "<html>Please log in</html>"))));
        },
        50,
        "hub-unexpected",
    );
    add(
        "a login page instead of the needs, and a whoami that is rate-limited",
        &["--read", "acme/model", "--write", "acme/model"],
        |state| {
            rate_limited_whoami(state);
            state
                .faults
                .push(Fault::at("auth-check", Kind::Instead(Response::html(200, "<html>Please log in</html>"))));
        },
        49,
        "hub-rate-limited",
    );
    add(
        "a bare OK to every need, and a whoami that is rate-limited",
        &["--write", "acme/model"],
        |state| {
            rate_limited_whoami(state);
            state.faults.push(Fault::at("auth-check", Kind::Instead(Response::new(200, "text/plain", "OK"))));
        },
        49,
        "hub-rate-limited",
    );
    add(
        "a server that says OK to everything",
        &["--write", "acme/model"],
        |state| {
            state.faults.push(Fault::everywhere(Kind::Instead(Response::new(200, "text/plain", "OK"))));
        },
        50,
        "hub-unexpected",
    );
    add(
        "a mirror without auth-check cannot be asked about pushing",
        &["--write", "acme/model"],
        |state| state.without.push("auth-check"),
        50,
        "hub-not-a-hub",
    );
    add(
        "a mirror that says nothing about gates",
        &["--read", "acme/model"],
        |state| state.flavor = Flavor::Olah,
        0,
        "read-gates-unchecked",
    );
    add(
        "a gate that sees no token",
        &["--read", "meta/accepted"],
        |state| {
            let names = [("noun", "model"), ("id", "meta/accepted")];
            let gate = HubResponse::saying(401, Sentence::GateAnonymous, &names);
            state.faults.push(Fault::at("auth-check", Kind::Instead(gate.into())));
        },
        50,
        "token-not-delivered",
    );
    add(
        "a repo that is not for this region",
        &["--read", "acme/model"],
        |state| {
            let region = HubResponse::saying(403, Sentence::Region, &[("noun", "model")]);
            state.faults.push(Fault::at("auth-check", Kind::Instead(region.into())));
        },
        43,
        "repo-region",
    );
    add(
        "a Hub that sends the token elsewhere",
        &["--read", "acme/model"],
        |state| {
            let response =
                Response::new(302, "text/plain", "").with("Location", "https://elsewhere.example/api/whoami-v2");
            state.faults.push(Fault::everywhere(Kind::Instead(response)));
        },
        50,
        "hub-redirected",
    );
    add(
        "a server that never answers",
        &["--timeout", "1s"],
        |state| state.faults.push(Fault::everywhere(Kind::Silence)),
        50,
        "net-timeout",
    );
    add(
        "a connection that breaks",
        &["--timeout", "10s"],
        |state| {
            state
                .faults
                .push(Fault::everywhere(Kind::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec())));
        },
        50,
        "net-interrupted",
    );
    add(
        "a Hub that announces a change",
        &["--read", "acme/model"],
        |state| state.notice = Some("deprecation; This route will be removed in 2027."),
        0,
        "hub-deprecation",
    );
    all.push(Scenario {
        name: "a login page instead of the need of a Trusted Publisher's token",
        args: &["--write", "acme/model"],
        variables: vec![("HF_TOKEN", secret("publisher"))],
        setup: |state| {
            state
                .faults
                .push(Fault::at("auth-check", Kind::Instead(Response::html(200, "<html>Please log in</html>"))));
        },
        exit: 50,
        code: "token-unconfirmed",
        client: NO_HUB,
    });
    let mut elsewhere = |name, args, code, variables: Vec<(&'static str, String)>| {
        let variables = [vec![("HF_TOKEN", secret("write"))], variables].concat();
        all.push(Scenario { name, args, variables, setup: usual, exit: 50, code, client: NO_HUB });
    };
    elsewhere(
        "a name without an address",
        &["--timeout", "5s"],
        "net-dns",
        vec![("HF_ENDPOINT", "https://hub.invalid".into())],
    );
    elsewhere(
        "a port that nobody listens on",
        &["--timeout", "5s"],
        "net-refused",
        vec![("HF_ENDPOINT", "https://127.0.0.1:9".into())],
    );
    elsewhere(
        "an address without a route",
        &["--timeout", "5s"],
        "net-unreachable",
        vec![("HF_ENDPOINT", "https://255.255.255.255".into())],
    );
    elsewhere("a certificate of an unknown authority", &[], "net-tls", vec![("SSL_CERT_FILE", String::new())]);
    elsewhere(
        "a proxy that is not there",
        &["--timeout", "5s"],
        "net-proxy",
        vec![("HTTPS_PROXY", "http://127.0.0.1:9".into())],
    );
    all
}

pub fn encode(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}
