//! One function from an HTTP answer to an [`Answer`]. Texts of the Hub are matched here and nowhere else, loosely, and
//! every match falls back to the general answer of its status.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::hub::whoami;
use crate::model::answer::{Answer, Gate, Policy};
use crate::model::identity::Identity;
use crate::model::question::Question;
use crate::model::reply::JobRecord;
use crate::model::sentence::{Sentence, Wording, Words};

/// A body of more values is no answer of the Hub's. In memory each takes up to a hundred times what it takes in the body.
const MOST_VALUES: usize = 20_000;

/// An HTTP answer as it came.
#[derive(Debug)]
pub struct RawResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// False where the body was too long to be read to its end.
    pub is_whole: bool,
}

/// What an answer says.
#[derive(Debug)]
pub struct Interpretation {
    pub answer: Answer,
    pub identity: Option<Box<Identity>>,
    pub job: Option<JobRecord>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub request_id: Option<String>,
    pub detail: Option<String>,
    pub notice: Option<String>,
}

/// Reads an answer to `question`.
pub fn read(question: &Question, raw: &RawResponse) -> Interpretation {
    let header = |name: &str| raw.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let error_code = header("x-error-code").filter(|code| !code.trim().is_empty());
    let request_id = header("x-request-id").or_else(|| header("x-amzn-trace-id")).or_else(|| header("x-amz-cf-id"));
    let warning = header("x-hf-warning");
    let page = Page {
        raw,
        is_html: header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.to_ascii_lowercase().contains("html")),
    };
    let is_error = raw.status >= 400;
    let error_message = is_error
        .then(|| header("x-error-message").filter(|m| !m.trim().is_empty()).or_else(|| page.message()))
        .flatten();
    let message = Message::of(error_message.as_deref().unwrap_or_default(), question);
    let mut identity = None;
    let mut job = None;
    let answer = match raw.status {
        200 => match question {
            Question::WhoAmI => {
                identity = page.json().as_ref().and_then(whoami::identity).map(Box::new);
                if identity.is_some() { Answer::Granted } else { Answer::Unexpected }
            }
            Question::CanRead(_) | Question::CanWrite(_) => page.grant(warning.as_deref()),
            Question::Exists(_) => page.description(),
            Question::Job(_) => {
                job = page.json().as_ref().and_then(whoami::job);
                if job.is_some() { Answer::MetadataOnly } else { Answer::Unexpected }
            }
        },
        401 | 403 if page.is_someone_elses(error_code.as_deref(), &message) => Answer::Unexpected,
        401 | 403 => refused(raw.status, error_code.as_deref(), &message),
        404 => match message.meant(404) {
            Some(Sentence::Disabled) => Answer::Disabled,
            _ if error_code.as_deref() == Some("RepoNotFound") => Answer::NotFound,
            Some(Sentence::RepoNotFound) => Answer::NotFound,
            _ => Answer::NoSuchRoute,
        },
        407 => Answer::NoProxy,
        408 | 500..=599 => Answer::ServerError,
        429 => Answer::RateLimited,
        _ => Answer::Unexpected,
    };
    let detail = page.describe(answer);
    let notice = warning.map(|text| text.split_once(';').map_or(text.clone(), |(_, rest)| rest.trim().to_owned()));
    Interpretation { answer, identity, job, error_code, error_message, request_id, detail, notice }
}

/// What a 401 or a 403 of the Hub's means: by its sentence, else by its code, else by the rule of an organization that its words
/// are about.
fn refused(status: u16, code: Option<&str>, message: &Message) -> Answer {
    let general = if status == 401 { Answer::Unauthorized } else { Answer::Forbidden };
    let otherwise = || {
        if code == Some("GatedRepo") {
            Answer::Gated(Gate::Closed)
        } else {
            message.policy().map_or(general, Answer::Policy)
        }
    };
    match message.meant(status) {
        Some(Sentence::InvalidCredentials) => Answer::BadCredentials,
        Some(Sentence::TokenExpired) => Answer::Expired,
        Some(Sentence::GateAnonymous | Sentence::GateClosed) => Answer::Gated(Gate::Closed),
        Some(Sentence::GatePending) => Answer::Gated(Gate::Pending),
        Some(Sentence::GateRejected) => Answer::Gated(Gate::Rejected),
        Some(Sentence::GateReset) => Answer::Gated(Gate::Reset),
        Some(Sentence::GateFineGrained) => Answer::Gated(Gate::FineGrained),
        Some(Sentence::OrganizationApproval) => Answer::Policy(Policy::Approval),
        Some(Sentence::OrganizationRevoked) => Answer::Policy(Policy::Revoked),
        Some(Sentence::Disabled) => Answer::Disabled,
        Some(
            Sentence::Anonymous
            | Sentence::InvalidUserToken
            | Sentence::Region
            | Sentence::ReadOnly
            | Sentence::PullRequestOnly
            | Sentence::NoRightToCreate
            | Sentence::NotSufficient
            | Sentence::AuthorizationError
            | Sentence::RepoNotFound
            | Sentence::PageNotFound
            | Sentence::RateLimited
            | Sentence::RateLimitedAnonymous,
        )
        | None => otherwise(),
    }
}

/// The words of a refusal.
struct Message {
    /// As they came.
    whole: Words,
    /// Without the names of the repo that was asked about.
    nameless: Words,
}

impl Message {
    fn of(text: &str, question: &Question) -> Self {
        let whole = Words::of(text);
        let Some(repo) = question.repo() else { return Self { nameless: whole.clone(), whole } };
        let id = repo.id();
        let names = [id.as_str(), &repo.name, repo.owner.as_deref().unwrap_or_default()];
        Self { nameless: whole.clone().without(&names), whole }
    }

    /// A whole sentence says what it says whatever the repo is called; in another wording, its names say nothing.
    fn meant(&self, status: u16) -> Option<Sentence> {
        Sentence::exactly(&self.whole).or_else(|| Sentence::meant(&self.nameless, status))
    }

    /// Whether nobody but a Hub says this.
    fn is_a_hubs(&self) -> bool {
        Sentence::exactly(&self.whole).is_some_and(|sentence| sentence.wording() == Wording::Distinct)
    }

    /// The rule of an organization, in prose that was never recorded. whoami's `securityRestrictions` comes before any of these.
    fn policy(&self) -> Option<Policy> {
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| self.nameless.has(phrase));
        if !has(&["organization", "organization's"]) {
            None
        } else if has(&["fine-grained"]) && has(&["policy", "only", "require", "requires", "required"]) {
            Some(Policy::FineGrainedOnly)
        } else if has(&["ip address", "ip addresses", "ip range", "ip ranges", "ip allow", "your ip", "your network"]) {
            Some(Policy::Network)
        } else if has(&["sso", "single sign-on", "single sign on"]) {
            Some(Policy::Sso)
        } else if has(&["two-factor", "2fa", "mfa", "multi-factor"]) {
            Some(Policy::Mfa)
        } else {
            None
        }
    }
}

struct Page<'a> {
    raw: &'a RawResponse,
    is_html: bool,
}

impl Page<'_> {
    fn json(&self) -> Option<Value> {
        let values = self.raw.body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        if self.raw.is_whole && values <= MOST_VALUES { serde_json::from_slice(&self.raw.body).ok() } else { None }
    }

    /// A grant is the Hub's own `OK`: two letters of plain text. An HTML page with status 200 grants nothing.
    fn grant(&self, warning: Option<&str>) -> Answer {
        let plain = self.content_type().is_none_or(|kind| kind.starts_with("text/plain"));
        let anonymous =
            warning.is_some_and(|warning| warning.trim().to_ascii_lowercase().starts_with("unauthenticated"));
        match self.raw.body.trim_ascii() {
            b"OK" if plain && self.has_the_hubs_mark() && !anonymous => Answer::Granted,
            b"OK" if plain => Answer::UnverifiedOk,
            b"" if !self.is_html && self.raw.is_whole && self.is_made_by_the_hub() && !anonymous => Answer::Granted,
            _ => Answer::Unexpected,
        }
    }

    fn description(&self) -> Answer {
        let names_a_repo =
            |json: &Value| ["id", "modelId", "_id"].iter().any(|key| json.get(key).is_some_and(Value::is_string));
        if self.json().as_ref().is_some_and(names_a_repo) { Answer::MetadataOnly } else { Answer::Unexpected }
    }

    /// A 401 or 403 with nothing of the Hub on it, neither a mark nor a sentence of its own: a portal's, a gateway's, a
    /// firewall's. A page for people is not made the Hub's by a request id, which proxies give as well.
    fn is_someone_elses(&self, code: Option<&str>, message: &Message) -> bool {
        let is_marked = code.is_some()
            || self.raw.headers.contains_key("x-error-message")
            || self.is_made_by_the_hub()
            || (!self.is_html && self.has_the_hubs_mark());
        !is_marked && !message.is_a_hubs()
    }

    /// Every answer of the Hub has a request id; a bare web server's has not.
    fn has_the_hubs_mark(&self) -> bool {
        self.raw.headers.contains_key("x-request-id") || self.is_made_by_the_hub()
    }

    fn is_made_by_the_hub(&self) -> bool {
        self.raw.headers.get("x-powered-by").is_some_and(|by| by.as_bytes().starts_with(b"huggingface"))
    }

    fn content_type(&self) -> Option<String> {
        self.raw.headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase())
    }

    /// The sentence in the body: `error` in its several shapes, else short plain text.
    fn message(&self) -> Option<String> {
        let Some(json) = self.json() else {
            let text = String::from_utf8_lossy(&self.raw.body[..self.raw.body.len().min(4_096)]).into_owned();
            return Some(text)
                .filter(|text| !self.is_html && !text.trim().is_empty() && !text.trim_start().starts_with('<'));
        };
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
            Value::Object(object) => object.get("message").and_then(Value::as_str).map(Into::into),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        };
        let first = json.get("errors").and_then(|list| list.get(0)).unwrap_or(&Value::Null);
        [json.get("error"), json.get("message"), json.get("error_description"), json.get("detail"), Some(first)]
            .into_iter()
            .flatten()
            .filter_map(text)
            .find(|message| !message.trim().is_empty())
    }

    /// For an answer that the contract does not have: what came instead.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only the unexpected needs a description")]
    fn describe(&self, answer: Answer) -> Option<String> {
        match answer {
            Answer::Unexpected | Answer::NoSuchRoute if self.is_html => Some("an HTML page".into()),
            Answer::Unexpected if !self.raw.is_whole => Some("a body that is longer than any of the Hub's".into()),
            Answer::Unexpected if self.raw.status == 200 => Some("a body that the Hub does not send".into()),
            _ => None,
        }
    }
}
