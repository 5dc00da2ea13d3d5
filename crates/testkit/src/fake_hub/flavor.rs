//! Servers that jobs use as `HF_ENDPOINT` and that are not huggingface.co. Olah 0.5.4 and `KohakuHub` 2facb54b were run; the
//! answers of Nexus 3.95 and Artifactory 7.111 come from their source and documents. A real Olah is in `tests/mirrors.rs`.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::rules::{self, Path};
use super::state::{Flavor, HubState};
use crate::sentence::Sentence;

const JSON: &str = "application/json";

impl HubState {
    /// What this server answers.
    pub fn answer(&self, request: &Request) -> Response {
        let path = request.path.split('?').next().unwrap_or_default();
        let response = match path.strip_prefix(self.base) {
            Some(path) if !self.without.iter().any(|route| path.contains(route)) => {
                self.flavor.answer(self, path, request)
            }
            _ => rules::no_such_route(),
        };
        response.with("Date", httpdate::fmt_http_date(self.now()))
    }

    /// The time by this Hub's clock.
    fn now(&self) -> SystemTime {
        let ahead = Duration::from_secs(self.clock_ahead.unsigned_abs());
        if self.clock_ahead < 0 { SystemTime::now() - ahead } else { SystemTime::now() + ahead }
    }
}

impl Flavor {
    /// What such a server answers.
    fn answer(self, state: &HubState, path: &str, request: &Request) -> Response {
        let is_whoami = path == "/api/whoami-v2";
        match self {
            Self::HuggingFace => state.of_the_hub(path, request),
            Self::OlahWithoutItsHub => Response::new(504, "text/plain", ""),
            Self::Olah if is_whoami => state.of_the_hub(path, request),
            Self::Olah => olah(state, path, request),
            Self::Nexus => {
                let otherwise = Response::new(400, "text/html", "");
                mirrored(state, path, request, otherwise).with("Server", "Nexus/3.95.3-01 (COMMUNITY)")
            }
            Self::Artifactory => {
                let refused = |status, message| {
                    let body = json!({"errors": [{"status": status, "message": message}]});
                    Response::new(status, JSON, body.to_string())
                };
                let response = if state.knows(request) {
                    mirrored(state, path, request, refused(404, "Not Found"))
                } else {
                    refused(401, "Bad credentials").with("WWW-Authenticate", "Basic realm=\"Artifactory Realm\"")
                };
                response.with("X-JFrog-Version", "Artifactory/7.111.4").with("X-Request-ID", "5f1c0000aaaa")
            }
            Self::KohakuHub if is_whoami && state.knows(request) => Response::new(200, JSON, somebody().to_string()),
            Self::KohakuHub if is_whoami => {
                Response::new(401, JSON, json!({"detail": "Invalid user token"}).to_string())
            }
            Self::KohakuHub => kohaku(state, path, request),
        }
    }
}

/// A missing repo is a 401, a route that it does not have a 404 with the code of a missing repo, and a write a 405.
fn olah(state: &HubState, path: &str, request: &Request) -> Response {
    let coded = |status, sentence: Sentence| {
        let message = sentence.with(&[]);
        Response::new(status, JSON, json!({"error": message}).to_string())
            .with("x-error-code", "RepoNotFound")
            .with("x-error-message", message)
    };
    if request.method == "POST" {
        return Response::new(405, JSON, json!({"detail": "Method Not Allowed"}).to_string()).with("allow", "GET");
    }
    match rules::split(path) {
        // `/api/models/gpt2/auth-check` is the metadata of the repo `gpt2/auth-check` to it.
        Some(Path::Api { id, route: "/auth-check", .. }) if !id.contains('/') => coded(401, Sentence::RepoNotFound),
        Some(Path::Api { route: "", .. }) => mirrored(state, path, request, coded(401, Sentence::RepoNotFound)),
        // What the Hub says of a revision is passed on.
        Some(Path::Api { route, .. }) if route.starts_with(rules::REVISION) => {
            mirrored(state, path, request, rules::no_such_revision(&route[rules::REVISION.len()..]))
        }
        _ => mirrored(state, path, request, coded(404, Sentence::PageNotFound)),
    }
}

/// What a mirror has: metadata without a word about the gate, and files.
fn mirrored(state: &HubState, path: &str, request: &Request, otherwise: Response) -> Response {
    let Some(mirrored) = rules::split(path) else { return otherwise };
    let Some(repo) = state.visible(&mirrored, request) else { return otherwise };
    match mirrored {
        Path::Api { route, .. } if route.is_empty() || rules::is_a_revision(route) => {
            Response::new(200, JSON, repo.plain_metadata().to_string())
        }
        Path::File { .. } => rules::file(),
        Path::Api { .. } => otherwise,
    }
}

/// It has no `auth-check`, says so in two ways, and gives a repo that is not there a code without words.
fn kohaku(state: &HubState, path: &str, request: &Request) -> Response {
    let missing = Response::new(404, "text/plain", "").with("X-Error-Code", "RepoNotFound");
    match rules::split(path) {
        Some(Path::Api { kind: "spaces", route: "/auth-check" | "/auth-check/write", .. }) => {
            Response::new(501, JSON, json!({"error": "not supported by KohakuHub"}).to_string())
                .with("X-Error-Code", "NotImplemented")
        }
        Some(Path::Api { route: "/auth-check" | "/auth-check/write", .. }) | None => {
            Response::new(404, JSON, json!({"detail": "Not Found"}).to_string())
        }
        Some(_) => mirrored(state, path, request, missing),
    }
}

fn somebody() -> Value {
    json!({"type": "user", "id": "1", "name": "alice", "fullname": "alice", "orgs": [], "isPro": false,
        "site": {"name": "KohakuHub"}, "auth": {"type": "access_token", "accessToken": {"displayName": "token", "role": "write"}}})
}
