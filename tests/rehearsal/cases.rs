//! For every code, what makes a real run end with it: the environment, the files, and what the Hub says.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::hub_response::HubResponse;
use testkit::scenario::{self, encode, secret};
use testkit::sentence::Sentence;
use testkit::tokens;

/// A real case. Unless a row says otherwise, alice's write token is in `HF_TOKEN`, she writes for acme, and all is granted.
pub struct Case {
    pub code: &'static str,
    /// Behind the program's name; `{endpoint}` stands for the Hub of the case.
    pub args: &'static [&'static str],
    /// `~` stands for the folder of the case, which is `HOME` and where the program starts. An empty value unsets.
    pub variables: Vec<(&'static str, String)>,
    /// In that folder: name, mode and text.
    pub files: Vec<(&'static str, u32, String)>,
    /// What the Hub says, the first that fits first.
    pub faults: Vec<Fault>,
    /// What the Hub shows of itself.
    pub certificate: Certificate,
    /// How many descriptors the process may have.
    pub open_files: Option<u64>,
    /// What it runs on.
    pub machine: Machine,
    whoami: Kind,
    answer: Kind,
}

/// The certificate of a Hub.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    Good,
    Expired,
}

/// What a case runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    AsItIs,
    /// In a mount namespace that hides the machine's CA certificates.
    WithoutCaStore,
}

impl Case {
    /// Everything that the Hub says.
    pub fn hub(&self) -> Vec<Fault> {
        let rest = [Fault::at("whoami", self.whoami.clone()), Fault::everywhere(self.answer.clone())];
        self.faults.iter().cloned().chain(rest).collect()
    }

    fn token(self, value: impl Into<String>) -> Self {
        self.set("HF_TOKEN", value)
    }

    /// Where the forms of huggingface.co's tokens are required. The Hub itself is never asked: a token that passed would end as
    /// `hub-offline`.
    fn at_huggingface(self) -> Self {
        self.set("HF_ENDPOINT", "https://huggingface.co").set("HF_HUB_OFFLINE", "1")
    }

    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn expired(self) -> Self {
        Self { certificate: Certificate::Expired, ..self }
    }

    fn without_ca_store(self) -> Self {
        Self { machine: Machine::WithoutCaStore, ..self }
    }

    fn open_files(self, most: u64) -> Self {
        Self { open_files: Some(most), ..self }
    }

    fn file(mut self, name: &'static str, mode: u32, text: impl Into<String>) -> Self {
        self.files.push((name, mode, text.into()));
        self
    }

    /// Whose token it is.
    fn whoami(self, response: Response) -> Self {
        Self { whoami: Kind::Instead(response), ..self }
    }

    /// What is said of every need.
    fn needs(self, response: Response) -> Self {
        Self { answer: Kind::Instead(response), ..self }
    }

    /// What is said where the path holds this.
    fn at(mut self, path: &'static str, response: Response) -> Self {
        self.faults.push(Fault::at(path, Kind::Instead(response)));
        self
    }

    /// What happens to every request.
    fn always(self, kind: Kind) -> Self {
        Self { whoami: kind.clone(), answer: kind, ..self }
    }
}

fn case(code: &'static str, args: &'static [&'static str]) -> Case {
    let (whoami, answer) = (Kind::Instead(alice(&role("write"), MEMBER)), Kind::Instead(ok()));
    let variables = vec![("HF_TOKEN", secret("write")), ("HOME", "~".into())];
    Case {
        code,
        args,
        variables,
        files: Vec::new(),
        faults: Vec::new(),
        certificate: Certificate::Good,
        open_files: None,
        machine: Machine::AsItIs,
        whoami,
        answer,
    }
}

/// Every case; a code may have several.
#[rustfmt::skip]
pub fn all() -> Vec<Case> {
    let (write, read, fine) = (role("write"), role("read"), role("fineGrained"));
    let user = || secret("write");
    let said = |kind: fn() -> Response| Kind::Instead(kind());
    vec![
        // ---- 40
        case("token-missing", READ).token(""),
        case("token-missing", &[]).token(""),
        case("token-wrong-name", &[]).token("").set("HF_API_TOKEN", user()),
        case("token-placeholder", &[]).token("$HF_TOKEN"),
        case("token-quoted", &[]).token(format!("\"{}\"", user())),
        case("token-encoded", &[]).token(encode(&user())),
        case("token-wrong-kind", &[]).token(tokens::with_prefix("hf_oauth__refresh_", "refresh", 34)),
        case("token-malformed", &[]).token("swordfish").at_huggingface(),
        case("token-organization", &[]).token(tokens::with_prefix("api_org_", "org", 34)).at_huggingface(),
        case("token-foreign", &[]).token(tokens::with_prefix("ghp_", "github", 36)).at_huggingface(),
        case("token-unreadable", &["--token-file", "/run/secrets/hf_token"]).token(""),
        case("token-unreadable", WRITE).token("").set("HF_TOKEN_PATH", "~/none"),
        // ---- 41
        case("token-rejected", READ).always(said(anonymous)),
        case("token-rejected", &["--write", "acme/model", "--valid-for", "1h", "--permission", "job.write"]).always(said(anonymous)),
        case("token-expired", READ).always(said(expired)),
        case("token-expires-early", &["--valid-for", "2d"]).token(secret("login")).whoami(app(5, MEMBER)),
        case("token-expires-early", &["--valid-for", "2h"]).token(secret("login")).whoami(app(1, MEMBER)),
        // ---- 43
        case("read-denied", READ).needs(read_only()),
        case("write-denied", WRITE).needs(read_only()),
        case("create-denied", CREATE).needs(read_only()),
        case("write-denied-read-token", WRITE).whoami(alice(&read, MEMBER)).needs(read_only()),
        case("write-denied-read-token", &["--write", "acme/model", "--permission", "job.write@acme"]).whoami(alice(&read, MEMBER)).needs(read_only()),
        case("write-denied", &["--read", "acme/model", "--write", "acme/model", "--valid-for", "2d"]).at("/auth-check/write", read_only()),
        case("create-denied-read-token", CREATE).whoami(alice(&read, MEMBER)).needs(read_only()),
        case("read-denied-fine-grained", READ).whoami(alice(&fine, MEMBER)).needs(read_only()),
        case("write-denied-fine-grained", WRITE).whoami(alice(&fine, MEMBER)).needs(read_only()),
        case("create-denied-fine-grained", CREATE).whoami(alice(&fine, MEMBER)).needs(read_only()),
        case("write-denied-not-member", WRITE).whoami(alice(&write, &[])).needs(read_only()),
        case("create-denied-not-member", CREATE).whoami(alice(&write, &[])).needs(read_only()),
        case("write-denied-org-role", WRITE).whoami(alice(&write, &[("acme", "read", "")])).needs(read_only()),
        case("create-denied-org-role", CREATE).whoami(alice(&write, &[("acme", "read", "")])).needs(read_only()),
        case("org-policy-fine-grained-only", READ).whoami(alice(&write, &[("acme", "write", "token-policy")])).needs(denied()),
        case("org-policy-approval", READ).whoami(alice(&fine, &[("acme", "write", "token-policy")])).needs(says(403, Sentence::OrganizationApproval)),
        case("org-token-revoked", READ).whoami(alice(&write, &[("acme", "write", "token-revoked")])).needs(says(403, Sentence::OrganizationRevoked)),
        case("org-network", READ).whoami(alice(&write, &[("acme", "write", "ip")])).needs(denied()),
        case("org-sso", READ).whoami(alice(&write, &[("acme", "write", "sso")])).needs(denied()),
        case("org-mfa", READ).whoami(alice(&write, &[("acme", "write", "mfa")])).needs(denied()),
        case("token-scope", READ).token(secret("app")).whoami(app(720, MEMBER)).needs(anonymous()),
        case("token-scope", &["--permission", "job.write"]).token(secret("app")).whoami(app(720, MEMBER)),
        case("repo-gated", READ).whoami(alice(&read, &[])).needs(says(403, Sentence::GateClosed)),
        case("repo-gated-pending", READ).whoami(alice(&read, &[])).needs(says(403, Sentence::GatePending)),
        case("repo-gated-rejected", READ).whoami(alice(&read, &[])).needs(says(403, Sentence::GateRejected)),
        case("repo-gated-reset", READ).whoami(alice(&read, &[])).needs(says(403, Sentence::GateReset)),
        case("repo-gated-fine-grained", READ).whoami(alice(&fine, MEMBER)).needs(says(403, Sentence::GateFineGrained)),
        case("repo-disabled", READ).needs(says(403, Sentence::Disabled)),
        case("repo-region", READ).needs(says(403, Sentence::Region)),
        case("permission-missing", &["--permission", "job.write@acme"]).whoami(alice(&fine, MEMBER)),
        // ---- 44
        case("repo-not-found", READ).needs(missing()),
        case("repo-not-visible", READ).whoami(alice(&write, &[])).needs(missing()),
        case("repo-wrong-kind", READ).at("/datasets/acme/model/", ok()).needs(missing()),
        case("repo-wrong-kind", &["--write", "datasets/acme/model"]).at("/models/acme/model/", ok()).needs(missing()),
        case("repo-owner-mistyped", READ).whoami(alice(&write, &[("acm", "write", "")])).needs(missing()),
        // ---- 49 and 50
        case("hub-rate-limited", READ).always(said(busy)),
        case("hub-error", &["--timeout", "1s"]).always(said(broken)),
        case("hub-error", &["--timeout", "1s", "--read", "acme/model", "--create", "acme/model"]).always(said(broken)),
        case("hub-unexpected", READ).always(said(portal)),
        case("revision-not-found", &["--read", "acme/model@v1.0"]).at("/revision/", no_revision("v1.0")),
        case("revision-not-found", &["--write", "acme/model", "--read", "datasets/acme/data@a/b"]).at("/revision/", no_revision("a/b")),
        case("revision-unknown", &["--read", "acme/model@v1.0"]).at("/revision/", no_such_route()),
        case("branch-not-found", &["--write", "acme/model@dev"]).at("/revision/", no_revision("dev")),
        case("hub-not-a-hub", WRITE).needs(no_such_route()),
        case("hub-not-a-hub", READ).needs(no_such_route()),
        case("hub-redirected", READ).always(said(elsewhere)),
        case("hub-offline", READ).set("HF_HUB_OFFLINE", "1"),
        case("hub-offline", &["--read", "acme/model", "--permission", "job.write", "--valid-for", "1h"]).set("HF_HUB_OFFLINE", "1"),
        case("right-unknown", CREATE).token(silent_about_scopes()).whoami(app(720, MEMBER)).needs(missing()),
        case("expiry-unknown", &["--valid-for", "2d"]).token(silent_about_scopes()).whoami(whoami(&json!({"type": "oauth"}), MEMBER)),
        case("token-not-delivered", READ).needs(gate_to_nobody()),
        case("token-not-delivered", WRITE).needs(gate_to_nobody()),
        case("token-unconfirmed", &[]).token(bound_to_a_repo()).whoami(anonymous()),
        case("token-unconfirmed", &["--timeout", "1s", "--write", "acme/model"]).token(bound_to_a_repo()).whoami(anonymous()).needs(broken()),
        case("net-dns", &["--timeout", "5s", "--endpoint", "https://hub.invalid"]),
        case("net-refused", &["--timeout", "5s", "--endpoint", "https://127.0.0.1:9"]),
        case("net-refused", &["--timeout", "5s", "--endpoint", "https://127.0.0.1:9", "--read", "gpt2", "--valid-for", "1h", "--permission", "job.write"]),
        case("net-unreachable", &["--timeout", "5s", "--endpoint", "https://255.255.255.255"]),
        case("net-tls", &[]).expired(),
        case("net-proxy", &["--timeout", "5s"]).set("HTTPS_PROXY", "http://127.0.0.1:9"),
        case("net-timeout", &["--timeout", "1s"]).always(Kind::Silence),
        case("net-timeout", &["--timeout", "1s", "--write", "acme/model"]).always(Kind::Silence),
        case("net-interrupted", &["--timeout", "10s"]).always(half()),
        case("env-restricted", &[]).open_files(4),
        case("env-restricted", &["--write", "acme/model", "--valid-for", "2d", "--permission", "job.write"]).open_files(4),
        // ---- warnings
        case("token-whitespace", READ).token(format!("{}\n", user())),
        case("token-unusual-length", READ).token(tokens::with_prefix("hf_", "long", 40)),
        case("token-old-name", READ).token("").set("HUGGING_FACE_HUB_TOKEN", user()),
        case("token-ignored-file", READ).token("").file(".cache/huggingface/token", 0o600, user()),
        case("token-shadowed", READ).set("HF_OIDC_RESOURCE", "acme/model"),
        case("identity-unknown", READ).token(bound_to_a_repo()).whoami(anonymous()),
        case("read-gates-unchecked", READ).at("/auth-check", no_such_route()).needs(described()),
        case("repo-renamed", &["--audit", "--strict", "--read", "acme/model"]).at("/acme/model/", moved("/api/models/acme/new-name/auth-check")),
        case("repo-renamed", READ).at("/acme/model/", moved("/api/models/acme/new-name/auth-check")),
        case("repo-renamed", WRITE).at("/acme/model/", moved("/api/models/acme/new-name/auth-check/write")),
        case("repo-redirected-kind", READ).at("/models/acme/model/", moved("/api/spaces/acme/model/auth-check")),
        case("token-not-implicit", READ).set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"),
        case("ca-not-shared", READ).set("SSL_CERT_FILE", "").set("CURL_CA_BUNDLE", "{ca}"),
        // The certificate of the test's Hub has to be named somewhere, which is a warning of its own.
        case("ca-store-missing", &["--read", "acme/model", "--", "/bin/true"]).set("SSL_CERT_FILE", "").set("CURL_CA_BUNDLE", "{ca}").without_ca_store(),
        case("endpoint-empty", &["--endpoint", "{endpoint}", "--read", "acme/model"]).set("HF_ENDPOINT", " "),
        case("variable-unknown", READ).set("HF_TOKEN_CHECK_WRTIE", "acme/model"),
        case("rank-malformed", &["--rank-zero-only"]).set("RANK", "one").set("WORLD_SIZE", "8"),
        case("hub-deprecation", READ).needs(ok().with("X-HF-Warning", "topic; This route will be removed")),
        // ---- warnings of --audit
        case("audit-overprivileged", AUDIT).whoami(alice(&aged(30, &["discussion.write", "post.write"]), MEMBER)),
        case("audit-old-token", AUDIT).whoami(alice(&aged(120, &[]), MEMBER)),
        case("audit-env-not-secret", AUDIT).whoami(alice(&aged(30, &[]), MEMBER)).set("JOB_ID", "0123abcd").at("/jobs/alice/0123abcd", job()).at("/jobs/", missing()),
        case("audit-hardcoded", AUDIT_OF_A_COMMAND).whoami(alice(&aged(30, &[]), MEMBER)).file("train.py", 0o600, format!("token = \"{}\"\n", user())),
        case("audit-exposed-file", AUDIT).whoami(alice(&aged(30, &[]), MEMBER)).token("").set("HF_TOKEN_PATH", "~/token").file("token", 0o644, user()),
        case("audit-account-token", &["--audit", "--write", "acme/model"]),
        case("audit-account-token", AUDIT).whoami(alice(&read, MEMBER)),
        case("audit-account-token", &["--audit"]).whoami(alice(&read, MEMBER)),
    ]
}

const READ: &[&str] = &["--read", "acme/model"];
const WRITE: &[&str] = &["--write", "acme/model"];
const CREATE: &[&str] = &["--create", "acme/model"];
const AUDIT: &[&str] = &["--audit", "--read", "acme/model"];
const AUDIT_OF_A_COMMAND: &[&str] = &["--audit", "--read", "acme/model", "--", "true", "train.py"];

/// Organization, role and restriction.
type Member = (&'static str, &'static str, &'static str);
const MEMBER: &[Member] = &[("acme", "write", "")];

/// What the Hub says of the repo in question.
fn says(status: u16, sentence: Sentence) -> Response {
    let names =
        [("noun", "model"), ("id", "acme/model"), ("page", "https://huggingface.co/acme/model"), ("token", "ci")];
    HubResponse::saying(status, sentence, &names).marked().into()
}

fn denied() -> Response {
    HubResponse::refusal(403, "Access denied.").marked().into()
}

fn ok() -> Response {
    HubResponse::granted().marked().into()
}

fn described() -> Response {
    HubResponse::object(&json!({"id": "acme/model"})).into()
}

fn read_only() -> Response {
    says(403, Sentence::ReadOnly)
}

fn anonymous() -> Response {
    says(401, Sentence::Anonymous)
}

fn expired() -> Response {
    says(401, Sentence::TokenExpired)
}

fn missing() -> Response {
    says(404, Sentence::RepoNotFound)
}

fn no_revision(revision: &str) -> Response {
    HubResponse::saying(404, Sentence::RevisionNotFound, &[("revision", revision)]).marked().into()
}

fn no_such_route() -> Response {
    HubResponse::no_such_route().into()
}

fn gate_to_nobody() -> Response {
    says(401, Sentence::GateAnonymous)
}

fn busy() -> Response {
    scenario::too_many(300)
}

fn broken() -> Response {
    Response::html(503, "")
}

fn portal() -> Response {
    Response::html(200, "<p>hello")
}

fn elsewhere() -> Response {
    Response::new(302, "text/plain", "").with("Location", "https://elsewhere.example/")
}

fn moved(to: &'static str) -> Response {
    HubResponse::moved_to(to).into()
}

fn half() -> Kind {
    Kind::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec())
}

/// The job's record, with the token where everybody sees it.
fn job() -> Response {
    let record = json!({"id": "0123abcd", "environment": {"HF_TOKEN": "(a token)"}, "secrets": []});
    Response::new(200, "application/json", record.to_string())
}

/// A Trusted Publisher's.
fn bound_to_a_repo() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    tokens::jwt("hf_jwt_", "publisher", &json!({"exp": now.as_secs() + 3_600}))
}

fn silent_about_scopes() -> String {
    tokens::jwt("hf_oauth_", "silent", &json!({}))
}

/// A token of this role, a month old.
fn role(role: &str) -> Value {
    json!({"displayName": "ci", "role": role, "createdAt": hours_from_now(-30 * 24), "fineGrained": {"scoped": []}})
}

/// A fine-grained token that reads acme/model, and may do this everywhere.
fn aged(days: i64, global: &[&str]) -> Value {
    let scope = json!({"entity": {"type": "model", "name": "acme/model"}, "permissions": ["repo.content.read"]});
    json!({"displayName": "ci", "role": "fineGrained", "createdAt": hours_from_now(-days * 24),
        "fineGrained": {"scoped": [scope], "global": global}})
}

fn alice(access: &Value, orgs: &[Member]) -> Response {
    whoami(&json!({"type": "access_token", "accessToken": access}), orgs)
}

/// alice through an app, for so many hours and a minute.
fn app(hours: i64, orgs: &[Member]) -> Response {
    whoami(&json!({"type": "oauth", "expiresAt": hours_from_now(hours)}), orgs)
}

fn whoami(auth: &Value, orgs: &[Member]) -> Response {
    let org = |(name, role, why): &Member| {
        let restrictions: Vec<_> = Some(why).filter(|why| !why.is_empty()).into_iter().collect();
        json!({"name": name, "roleInOrg": role, "securityRestrictions": restrictions})
    };
    let orgs: Vec<_> = orgs.iter().map(org).collect();
    let body = json!({"type": "user", "name": "alice", "orgs": orgs, "auth": auth});
    Response::new(200, "application/json", body.to_string()).with("X-Powered-By", "huggingface-moon")
}

/// So many hours from now and a minute away from the next one, as whoami writes it.
fn hours_from_now(hours: i64) -> String {
    let span = Duration::from_secs(hours.unsigned_abs() * 3_600 + 59);
    let time = if hours < 0 { SystemTime::now() - span } else { SystemTime::now() + span };
    humantime::format_rfc3339_millis(time).to_string()
}
