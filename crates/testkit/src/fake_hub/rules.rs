//! The Hub's rules, as far as they concern tokens: who may see, read and push to what, and what the Hub says to everybody
//! else. Where the Hub's own words were recorded or documented, these are the words. `answer` is the whole contract.

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::state::{Grant, HubState, Membership, Repo, Token, User};
use crate::hub_response::HubResponse;
use crate::sentence::Sentence;

/// Who asks.
enum Caller<'a> {
    Nobody,
    Rejected,
    Known(&'a Token, &'a User),
}

impl HubState {
    /// What is offered in the TLS handshake, the first choice first: as the `CloudFront` before huggingface.co does.
    pub fn protocols(&self) -> &'static [&'static str] {
        let breaks_bytes = self.faults.iter().any(|fault| fault.kind.is_of_bytes());
        if breaks_bytes || self.without.contains(&"h2") { &["http/1.1"] } else { &["h2", "http/1.1"] }
    }

    /// What the Hub answers, with its marks.
    pub(super) fn of_the_hub(&self, path: &str, request: &Request) -> Response {
        let response = self.route(path, request);
        let response = match self.notice {
            Some(notice) => response.with("X-HF-Warning", notice),
            None => response,
        };
        response
            .with("X-Request-Id", "Root=1-6a000000-000000000000000000000001")
            .with("X-Powered-By", "huggingface-moon")
            .with("RateLimit", "\"api\";r=499;t=295")
            .with("RateLimit-Policy", "\"fixed window\";\"api\";q=500;w=300")
    }

    /// Whether the request has a token that this server knows.
    pub(super) fn knows(&self, request: &Request) -> bool {
        matches!(self.caller(request), Caller::Known(..))
    }

    /// The repo of a path, by its old name too, if the caller sees it.
    pub(super) fn visible(&self, path: &Path<'_>, request: &Request) -> Option<&Repo> {
        let (Path::Api { kind, id, .. } | Path::File { kind, id }) = path;
        let moved = self.moved(kind, id).unwrap_or_else(|| format!("{kind}/{id}"));
        self.repos.iter().find(|repo| repo.full() == moved && Self::sees(&self.caller(request), repo))
    }

    fn route(&self, path: &str, request: &Request) -> Response {
        let caller = self.caller(request);
        if let Caller::Known(Token { grant: Grant::Expired, name, .. }, _) = &caller {
            return says(401, Sentence::TokenExpired, &[("token", name)]);
        }
        if path == "/api/whoami-v2" {
            return match caller {
                Caller::Known(Token { grant: Grant::Oidc(_), .. }, _) | Caller::Nobody | Caller::Rejected => {
                    says(401, Sentence::Anonymous, &[])
                }
                Caller::Known(token, user) => {
                    Response::new(200, "application/json; charset=utf-8", whoami(token, user).to_string())
                }
            };
        }
        if let Some(job) = path.strip_prefix("/api/jobs/") {
            return self.job(job, &caller);
        }
        let Some(place) = split(path) else { return no_such_route() };
        if matches!(caller, Caller::Rejected) {
            return says(401, Sentence::InvalidCredentials, &[]);
        }
        let (kind, id, route) = match place {
            Path::Api { kind, id, route } => (kind, id, route),
            Path::File { kind, id } => {
                let repo = self.repos.iter().find(|repo| repo.kind == kind && repo.id == id);
                return repo.map_or_else(
                    || invisible(&caller),
                    |repo| Self::refusal_to_read(&caller, repo).unwrap_or_else(file),
                );
            }
        };
        if let Some(target) = self.moved(kind, id) {
            let target = format!("/api/{target}{route}");
            return HubResponse::moved_to(&target).into();
        }
        let repo = self.repos.iter().find(|repo| repo.kind == kind && repo.id == id);
        match (route, repo) {
            ("", Some(repo)) if Self::sees(&caller, repo) => metadata(repo),
            (route, Some(repo)) if route.starts_with(REVISION) && Self::sees(&caller, repo) => {
                if is_a_revision(route) {
                    metadata(repo)
                } else {
                    no_such_revision(&route[REVISION.len()..])
                }
            }
            ("/auth-check" | "/auth-check/write", _) if kind == "kernels" => no_such_route(),
            ("/auth-check", Some(repo)) => Self::refusal_to_read(&caller, repo).unwrap_or_else(ok),
            ("/auth-check/write", Some(repo)) => {
                let refused = Self::refusal_to_read(&caller, repo).or_else(|| Self::refusal_to_write(&caller, repo));
                refused.unwrap_or_else(ok)
            }
            ("" | "/auth-check" | "/auth-check/write", _) => invisible(&caller),
            (route, _) if route.starts_with(REVISION) => invisible(&caller),
            _ => no_such_route(),
        }
    }

    fn job(&self, path: &str, caller: &Caller<'_>) -> Response {
        let Caller::Known(_, user) = caller else { return says(401, Sentence::Anonymous, &[]) };
        let belongs = |owner: &str| user.name == owner || user.membership(owner).is_some();
        let job = self.jobs.iter().find(|(owner, id, _)| path == format!("{owner}/{id}") && belongs(owner));
        match job {
            Some((_, _, record)) => Response::new(200, "application/json; charset=utf-8", record.to_string()),
            None => HubResponse::refusal(404, "Job not found").into(),
        }
    }

    fn caller(&self, request: &Request) -> Caller<'_> {
        let Some(header) = request.header("authorization") else { return Caller::Nobody };
        let secret = header.strip_prefix("Bearer ").unwrap_or_default();
        let known = self.tokens.iter().find(|token| token.secret == secret);
        match known.and_then(|token| Some((token, self.users.iter().find(|user| user.name == token.user)?))) {
            Some((token, user)) => Caller::Known(token, user),
            None => Caller::Rejected,
        }
    }

    /// Renamed, canonical, or written in another case: the Hub redirects with a relative address.
    fn moved(&self, kind: &str, id: &str) -> Option<String> {
        let full = format!("{kind}/{id}");
        if let Some((_, target)) = self.renamed.iter().find(|(old, _)| *old == full) {
            return Some((*target).into());
        }
        let same = |repo: &&Repo| repo.kind == kind && repo.id != id && repo.id.eq_ignore_ascii_case(id);
        self.repos.iter().find(same).map(|repo| format!("{}/{}", repo.kind, repo.id))
    }

    fn sees(caller: &Caller<'_>, repo: &Repo) -> bool {
        if !repo.is_private {
            return true;
        }
        let Caller::Known(token, user) = caller else { return false };
        let belongs =
            user.name == repo.owner() || user.membership(repo.owner()).is_some_and(|org| org.role != "no_access");
        let reaches = match &token.grant {
            Grant::FineGrained { .. } => token.covers(repo, &["repo.content.read", "repo.write"]),
            Grant::Oidc(bound) => *bound == repo.full(),
            Grant::Read | Grant::Write | Grant::OAuth { .. } | Grant::Odd(_) | Grant::Expired => true,
        };
        belongs && reaches
    }

    fn refusal_to_read(caller: &Caller<'_>, repo: &Repo) -> Option<Response> {
        if let Caller::Known(token, user) = caller {
            let blocked = user.membership(repo.owner()).and_then(|org| org.restriction);
            if let Some(restriction) = blocked.filter(|_| repo.is_private) {
                return Some(organization_says(restriction, &token.grant));
            }
            match &token.grant {
                Grant::Oidc(bound) if *bound != repo.full() => {
                    return Some(says(401, Sentence::Anonymous, &[]));
                }
                Grant::OAuth { scopes, .. } if repo.is_private && !scopes.contains(&"read-repos") => {
                    return Some(says(401, Sentence::Anonymous, &[]));
                }
                _ => {}
            }
        }
        if !Self::sees(caller, repo) {
            return Some(invisible(caller));
        }
        if repo.is_disabled {
            return Some(says(403, Sentence::Disabled, &[]));
        }
        let gate = repo.gate.as_ref()?;
        let (noun, page) = (repo.noun(), repo.page());
        let names = [("noun", noun), ("id", repo.id), ("page", &page)];
        let Caller::Known(token, user) = caller else {
            return Some(says(401, Sentence::GateAnonymous, &names));
        };
        if user.name == repo.owner() || user.membership(repo.owner()).is_some() {
            return None;
        }
        if matches!(token.grant, Grant::FineGrained { reads_gated: false, .. }) {
            return Some(says(403, Sentence::GateFineGrained, &[]));
        }
        let state = gate.requests.iter().find(|(name, _)| *name == user.name).map_or("none", |(_, state)| state);
        let sentence = match state {
            "accepted" => return None,
            "pending" => Sentence::GatePending,
            "rejected" => Sentence::GateRejected,
            "reset" => Sentence::GateReset,
            _ => Sentence::GateClosed,
        };
        Some(says(403, sentence, &names))
    }

    fn refusal_to_write(caller: &Caller<'_>, repo: &Repo) -> Option<Response> {
        let Caller::Known(token, user) = caller else {
            return Some(says(401, Sentence::Anonymous, &[]));
        };
        let person = user.name == repo.owner()
            || user.membership(repo.owner()).is_some_and(|org| match org.role {
                "admin" | "write" => true,
                "contributor" => repo.creator == user.name,
                _ => false,
            });
        let token_may = match &token.grant {
            Grant::Write | Grant::Odd(_) => true,
            Grant::Oidc(bound) => {
                return (*bound != repo.full()).then(|| says(401, Sentence::Anonymous, &[]));
            }
            Grant::FineGrained { .. } => token.covers(repo, &["repo.write"]),
            Grant::OAuth { scopes, .. } if !scopes.contains(&"write-repos") => {
                return Some(says(401, Sentence::Anonymous, &[]));
            }
            Grant::OAuth { .. } => true,
            Grant::Read | Grant::Expired => false,
        };
        (!person || !token_may).then(|| says(403, Sentence::ReadOnly, &[]))
    }
}

impl User {
    fn membership(&self, org: &str) -> Option<&Membership> {
        self.orgs.iter().find(|membership| membership.org == org)
    }
}

impl Token {
    fn covers(&self, repo: &Repo, permissions: &[&str]) -> bool {
        let Grant::FineGrained { scoped, .. } = &self.grant else { return false };
        scoped.iter().any(|(kind, name, granted)| {
            let applies = (*name == repo.id && *kind == repo.noun())
                || (*name == repo.owner() && matches!(*kind, "user" | "org"));
            applies && permissions.iter().any(|permission| granted.contains(permission))
        })
    }
}

impl Repo {
    fn owner(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    fn full(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }

    fn noun(&self) -> &str {
        self.kind.trim_end_matches('s')
    }

    fn page(&self) -> String {
        let prefix = if self.kind == "models" { String::new() } else { format!("{}/", self.kind) };
        format!("https://huggingface.co/{prefix}{}", self.id)
    }

    /// Public even where the files are gated.
    fn metadata(&self) -> Value {
        let mut metadata = self.plain_metadata();
        metadata["gated"] = if self.gate.is_some() { json!("manual") } else { json!(false) };
        metadata["disabled"] = json!(self.is_disabled);
        metadata
    }

    /// As a mirror tells it.
    pub(super) fn plain_metadata(&self) -> Value {
        json!({"_id": "111111111111111111111111", "id": self.id, "modelId": self.id, "sha": COMMIT, "private": self.is_private,
            "siblings": [{"rfilename": "config.json"}]})
    }
}

/// A place that has to do with a repo.
pub(super) enum Path<'a> {
    /// `/api/models/owner/name/auth-check`. A name may stand without an owner.
    Api { kind: &'a str, id: &'a str, route: &'a str },
    /// `/owner/name/resolve/main/config.json`, `/datasets/owner/name/resolve/…`
    File { kind: &'a str, id: &'a str },
}

/// The only commit of every repo.
const COMMIT: &str = "0000000000000000000000000000000000000000";
/// How the route of a revision begins; a slash in the revision is written `%2F`.
pub(super) const REVISION: &str = "/revision/";
/// The names of that commit in every repo.
const REVISIONS: [&str; 4] = ["main", "v1.0", "refs%2Fpr%2F1", COMMIT];

/// Whether the route is that of a revision that every repo has.
pub(super) fn is_a_revision(route: &str) -> bool {
    route.strip_prefix(REVISION).is_some_and(|revision| REVISIONS.contains(&revision))
}

/// Takes a path apart.
pub(super) fn split(path: &str) -> Option<Path<'_>> {
    let is_kind = |kind: &str| ["models", "datasets", "spaces", "kernels"].contains(&kind);
    let is_id = |id: &str| !id.is_empty() && id.split('/').count() <= 2;
    let Some(rest) = path.strip_prefix("/api/") else {
        let (full, _) = path.strip_prefix('/')?.split_once("/resolve/")?;
        let (kind, id) = full.split_once('/').filter(|(kind, _)| is_kind(kind)).unwrap_or(("models", full));
        return is_id(id).then_some(Path::File { kind, id });
    };
    let (kind, rest) = rest.split_once('/').filter(|(kind, _)| is_kind(kind))?;
    let routes = ["/auth-check/write", "/auth-check"];
    let at_a_route = || routes.iter().find_map(|route| rest.strip_suffix(route)).map(str::len);
    let at = rest.find(REVISION).or_else(at_a_route).unwrap_or(rest.len());
    let (id, route) = rest.split_at(at);
    is_id(id).then_some(Path::Api { kind, id, route })
}

/// A file of a repo, with the headers that the Python client downloads by.
pub(super) fn file() -> Response {
    Response::new(200, "text/plain; charset=utf-8", "{}\n")
        .with("ETag", "\"0123456789abcdef0123456789abcdef01234567\"")
        .with("X-Repo-Commit", COMMIT)
}

fn metadata(repo: &Repo) -> Response {
    Response::new(200, "application/json; charset=utf-8", repo.metadata().to_string())
}

/// `huggingface_hub` knows it by the code; the message is that of a commit to a missing revision.
pub(super) fn no_such_revision(revision: &str) -> Response {
    let refusal = HubResponse::refusal(404, &format!("Invalid rev id: {revision}"));
    Response::from(refusal).with("X-Error-Code", "RevisionNotFound")
}

fn ok() -> Response {
    Response::from(HubResponse::granted()).with("ETag", "W/\"2-nOO9QiTIwXgNtWtBJezz8kv3SLc\"")
}

fn says(status: u16, sentence: Sentence, values: &[(&str, &str)]) -> Response {
    HubResponse::saying(status, sentence, values).into()
}

/// A repo that is not there, or not for this caller: the Hub does not tell these apart.
fn invisible(caller: &Caller<'_>) -> Response {
    match caller {
        Caller::Known(Token { grant: Grant::Oidc(_), .. }, _) | Caller::Nobody | Caller::Rejected => {
            says(401, Sentence::Anonymous, &[])
        }
        Caller::Known(..) => says(404, Sentence::RepoNotFound, &[]),
    }
}

pub(super) fn no_such_route() -> Response {
    HubResponse::no_such_route().into()
}

/// Two of these are documented verbatim; for the others no text is known, and these are guesses.
fn organization_says(restriction: &str, grant: &Grant) -> Response {
    match restriction {
        "token-policy" if matches!(grant, Grant::FineGrained { .. }) => says(403, Sentence::OrganizationApproval, &[]),
        "token-revoked" => says(403, Sentence::OrganizationRevoked, &[]),
        _ => HubResponse::refusal(403, "Access denied.").into(),
    }
}

fn whoami(token: &Token, user: &User) -> Value {
    if let Grant::Odd(object) = &token.grant {
        return object.clone();
    }
    let orgs: Vec<_> = user.orgs.iter().map(|org| {
        let mut object = json!({"type": "org", "id": "000000000000000000000002", "name": org.org, "fullname": org.org,
            "email": null, "canPay": false, "avatarUrl": "/avatars/0.svg", "roleInOrg": org.role});
        if !org.groups.is_empty() {
            let group = |role: &&str| json!({"id": "000000000000000000000004", "name": "team", "role": role});
            object["resourceGroups"] = org.groups.iter().map(group).collect();
        }
        if let Some(restriction) = org.restriction {
            object["securityRestrictions"] = json!([restriction]);
        }
        object
    }).collect();
    let auth = match &token.grant {
        Grant::OAuth { expires_at, .. } if expires_at.is_empty() => json!({"type": "oauth"}),
        Grant::OAuth { expires_at, .. } => json!({"type": "oauth", "expiresAt": expires_at}),
        grant => {
            let mut access = json!({"displayName": token.name, "createdAt": "2026-10-06T13:15:23.159Z", "role": match grant {
                Grant::Read => "read",
                Grant::FineGrained { .. } => "fineGrained",
                Grant::Write | Grant::OAuth { .. } | Grant::Oidc(_) | Grant::Expired | Grant::Odd(_) => "write",
            }});
            if let Grant::FineGrained { scoped, global, reads_gated } = grant {
                let scoped: Vec<_> = scoped.iter().map(|(kind, name, permissions)| {
                    json!({"entity": {"_id": "000000000000000000000003", "type": kind, "name": name}, "permissions": permissions})
                }).collect();
                access["fineGrained"] = json!({"canReadGatedRepos": reads_gated, "global": global, "scoped": scoped});
            }
            json!({"type": "access_token", "accessToken": access})
        }
    };
    let mut object = json!({"type": "user", "id": "000000000000000000000001", "name": user.name, "fullname": user.name,
        "isPro": false, "avatarUrl": "/avatars/0.svg", "orgs": orgs, "auth": auth});
    if matches!(token.grant, Grant::Read | Grant::Write) {
        object["email"] = json!(format!("{}@example.com", user.name));
        object["emailVerified"] = json!(true);
        object["canPay"] = json!(false);
        object["billingMode"] = json!("prepaid");
        object["periodEnd"] = json!(1_793_491_200);
    }
    object
}
