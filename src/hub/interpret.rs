//! One function from an HTTP answer to an [`Answer`]. Texts of the Hub are matched here and nowhere else, loosely, and
//! every match falls back to the general answer of its status.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::hub::whoami;
use crate::model::answer::{Answer, Gate, Policy};
use crate::model::identity::Identity;
use crate::model::question::Question;
use crate::model::reply::JobRecord;

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

/// By what a refusal is known to be the Hub's where a proxy has taken its headers away, in small letters.
const SENTENCES: [&str; 16] = [
    "invalid username or password",
    "invalid credentials in authorization header",
    "invalid user token",
    "user access token",
    "is restricted and you are not in the authorized list",
    "is restricted. you must have access to it",
    "your request to access",
    "public gated repositories",
    "you have read access but not",
    "create_pr=1",
    "the rights to create",
    "authorization error.",
    "access to this resource is disabled",
    "this authentication method does not have",
    "organization token policy",
    "revoked by the organization administrator",
];

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
    let message = error_message.as_deref().unwrap_or_default().to_ascii_lowercase();
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
        401 => unauthorized(error_code.as_deref(), &message),
        403 => forbidden(error_code.as_deref(), &message),
        404 if message.contains("resource is disabled") => Answer::Disabled,
        404 if error_code.as_deref() == Some("RepoNotFound") || message.contains("repository not found") => {
            Answer::NotFound
        }
        404 => Answer::NoSuchRoute,
        407 => Answer::NoProxy,
        408 | 500..=599 => Answer::ServerError,
        429 => Answer::RateLimited,
        _ => Answer::Unexpected,
    };
    let detail = page.describe(answer);
    let notice = warning.map(|text| text.split_once(';').map_or(text.clone(), |(_, rest)| rest.trim().to_owned()));
    Interpretation { answer, identity, job, error_code, error_message, request_id, detail, notice }
}

fn unauthorized(code: Option<&str>, message: &str) -> Answer {
    if code == Some("GatedRepo") {
        Answer::Gated(Gate::Closed)
    } else if message.contains("expired") {
        Answer::Expired
    } else if message.contains("invalid credentials") {
        Answer::BadCredentials
    } else {
        policy(message).map_or(Answer::Unauthorized, Answer::Policy)
    }
}

fn forbidden(code: Option<&str>, message: &str) -> Answer {
    if let Some(gate) = gate(message) {
        Answer::Gated(gate)
    } else if code == Some("GatedRepo") {
        Answer::Gated(Gate::Closed)
    } else if message.contains("resource is disabled") {
        Answer::Disabled
    } else {
        policy(message).map_or(Answer::Forbidden, Answer::Policy)
    }
}

fn gate(message: &str) -> Option<Gate> {
    let about_access = message.contains("request to access") || message.contains("your access request");
    if message.contains("public gated repositories") {
        Some(Gate::FineGrained)
    } else if about_access && message.contains("awaiting") {
        Some(Gate::Pending)
    } else if about_access && message.contains("rejected") {
        Some(Gate::Rejected)
    } else if about_access && message.contains("reset") {
        Some(Gate::Reset)
    } else if message.contains("is restricted and you are not in the authorized list") {
        Some(Gate::Closed)
    } else {
        None
    }
}

/// Organizations' rules in prose. Only approval and revocation are documented verbatim; whoami's
/// `securityRestrictions` comes before any of these.
fn policy(message: &str) -> Option<Policy> {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if !message.contains("organization") {
        None
    } else if has(&["revoked"]) {
        Some(Policy::Revoked)
    } else if has(&["needs to be approved", "pending approval", "not been approved"]) {
        Some(Policy::Approval)
    } else if has(&["fine-grained"]) && has(&["policy", "only", "require"]) {
        Some(Policy::FineGrainedOnly)
    } else if has(&["ip address", "ip range", "ip allow", "your ip", "network"]) {
        Some(Policy::Network)
    } else if has(&["sso", "single sign"]) {
        Some(Policy::Sso)
    } else if has(&["two-factor", "2fa", "mfa", "multi-factor"]) {
        Some(Policy::Mfa)
    } else {
        None
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
    fn is_someone_elses(&self, code: Option<&str>, message: &str) -> bool {
        let is_marked = code.is_some()
            || self.raw.headers.contains_key("x-error-message")
            || self.is_made_by_the_hub()
            || (!self.is_html && self.has_the_hubs_mark());
        !is_marked && !SENTENCES.iter().any(|sentence| message.contains(sentence))
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
