//! A response, by what interpretation looks at.

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use serde_json::Value;

use crate::hub::interpret::mark;
use crate::hub::interpret::message::Message;
use crate::model::answer::NoAnswer;
use crate::model::author::{Author, Site};
use crate::model::hub_response::HubResponse;
use crate::model::repo::RepoRef;
use crate::model::sentence::Sentence;

/// A body of more values is no answer of the Hub's. In memory each takes up to a hundred times what it takes in the body.
const MOST_VALUES: usize = 20_000;

/// A response as it came.
#[derive(Debug)]
pub struct RawResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// False where the body was too long to be read to its end.
    pub is_whole: bool,
}

impl From<HubResponse> for RawResponse {
    fn from(response: HubResponse) -> Self {
        let header = |(name, value): &(&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        };
        let headers = response.headers.iter().filter_map(header).collect();
        Self { status: response.status, headers, body: response.body.into_bytes(), is_whole: true }
    }
}

/// How a question came to the address that responded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was put there.
    Direct,
    /// A redirect led there.
    Redirected,
}

/// A response, and what it says where it is an error.
pub struct Page<'a> {
    pub raw: &'a RawResponse,
    /// `X-Error-Code`
    pub error_code: Option<String>,
    /// `X-Error-Message`, else the sentence in the body.
    pub error_message: Option<String>,
    /// Its words.
    pub message: Message,
    /// Who wrote it.
    pub author: Author,
    /// How the question came there.
    pub arrival: Arrival,
}

impl<'a> Page<'a> {
    /// Looks at a response of `site` to a question about `repo`.
    pub fn new(raw: &'a RawResponse, site: Site, arrival: Arrival, repo: Option<&RepoRef>) -> Self {
        let header = |name| header(raw, name).filter(|value| !value.trim().is_empty());
        let told = (raw.status >= 400).then(|| header("x-error-message").or_else(|| sentence(raw))).flatten();
        let message = Message::of(told.as_deref().unwrap_or_default(), repo);
        // A gateway that joins two headers of the same name writes both values, with a comma.
        let error_code = header("x-error-code").map(|codes| match codes.split_once(',') {
            Some((first, _)) => first.trim().into(),
            None => codes,
        });
        let author = mark::author(raw.status, &raw.headers, &message, site);
        Self { raw, error_code, error_message: told, message, author, arrival }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.raw.status
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<String> {
        header(self.raw, name)
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        json(self.raw)
    }

    /// The media type, in small letters.
    pub fn content_type(&self) -> Option<String> {
        content_type(self.raw)
    }

    /// Whether the body is in a coding that nobody asked for.
    pub fn is_coded(&self) -> bool {
        coding(self.raw).is_some()
    }

    /// Whether it is a page for people.
    pub fn is_html(&self) -> bool {
        is_html(self.raw)
    }

    /// Whether the server says that it has no such route, in a way that no Hub says anything else: the Hub's sentence for it, even
    /// beside a code, or a status that registries and proxies use for it.
    pub fn is_no_such_route(&self) -> bool {
        let is_said = self.message.meant(self.status()) == Some(Sentence::PageNotFound);
        is_said
            || matches!(self.status(), 405 | 501)
            || (self.author == Author::Unknown && matches!(self.status(), 400 | 410))
    }

    /// Whether the Hub says that the request came without a token.
    pub fn is_anonymous(&self) -> bool {
        self.warnings().any(|warning| warning.trim().to_ascii_lowercase().starts_with("unauthenticated"))
    }

    /// Whether a cache gave it, so that it may be the answer to somebody else.
    pub fn is_from_a_cache(&self) -> bool {
        let age = self.header("age").is_some_and(|age| age.trim() != "0");
        let is_hit =
            |name: &str| self.header(name).is_some_and(|hit| hit.trim().to_ascii_lowercase().starts_with("hit"));
        age || ["x-cache", "cf-cache-status"].into_iter().any(is_hit)
    }

    /// The first `X-HF-Warning`, without its topic.
    pub fn notice(&self) -> Option<String> {
        let warning = self.warnings().next()?;
        Some(warning.split_once(';').map_or(warning.clone(), |(_, rest)| rest.trim().to_owned()))
    }

    fn warnings(&self) -> impl Iterator<Item = String> {
        let values = self.raw.headers.get_all("x-hf-warning").iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// For a response that the contract does not have: what came instead.
    pub fn describe(&self, reason: Option<NoAnswer>) -> Option<String> {
        let is_unexpected = matches!(reason, Some(NoAnswer::Unexpected | NoAnswer::UnmarkedRefusal));
        if let Some(coding) = coding(self.raw).filter(|_| is_unexpected) {
            Some(format!("a body in the coding {coding}, which was not asked for"))
        } else if self.is_html() && (is_unexpected || self.status() == 404) {
            Some("an HTML page".into())
        } else if is_unexpected && !self.raw.is_whole {
            Some("a body that is longer than any of the Hub's".into())
        } else if is_unexpected && self.status() == 200 {
            Some("a body that the Hub does not send".into())
        } else {
            None
        }
    }
}

fn header(raw: &RawResponse, name: &str) -> Option<String> {
    raw.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn json(raw: &RawResponse) -> Option<Value> {
    let values = raw.body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if raw.is_whole && coding(raw).is_none() && values <= MOST_VALUES {
        serde_json::from_slice(&raw.body).ok()
    } else {
        None
    }
}

/// The coding of a body that is not read, because no question offers one: such bytes are not what they seem to be.
fn coding(raw: &RawResponse) -> Option<String> {
    let other_than = |name: HeaderName, known: &'static str| {
        header(raw, name.as_str())
            .filter(|coding| !["", known].iter().any(|none| coding.trim().eq_ignore_ascii_case(none)))
    };
    other_than(CONTENT_ENCODING, "identity").or_else(|| other_than(TRANSFER_ENCODING, "chunked"))
}

fn content_type(raw: &RawResponse) -> Option<String> {
    header(raw, CONTENT_TYPE.as_str()).map(|kind| kind.to_ascii_lowercase())
}

fn is_html(raw: &RawResponse) -> bool {
    content_type(raw).is_some_and(|kind| kind.contains("html"))
}

/// The sentence in the body: `error` in its several shapes, those of other servers, else short plain text.
fn sentence(raw: &RawResponse) -> Option<String> {
    let Some(json) = json(raw) else {
        let text = String::from_utf8_lossy(&raw.body[..raw.body.len().min(4_096)]).into_owned();
        return Some(text).filter(|text| {
            coding(raw).is_none() && !is_html(raw) && !text.trim().is_empty() && !text.trim_start().starts_with('<')
        });
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
        Value::Object(object) => object.get("message").and_then(Value::as_str).map(Into::into),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    };
    let first = json.get("errors").and_then(|list| list.get(0));
    let names = ["error", "message", "error_description", "detail", "msg"];
    let told = names.iter().filter_map(|name| json.get(name)).chain(first).filter_map(text);
    told.into_iter().find(|message| !message.trim().is_empty())
}

/// What a response outside the contract of its question comes to.
pub fn no_answer(status: u16) -> NoAnswer {
    match status {
        408 | 500..=599 => NoAnswer::ServerError,
        429 => NoAnswer::RateLimited,
        _ => NoAnswer::Unexpected,
    }
}
