//! A response, by what interpretation looks at.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::hub::interpret::message::Message;
use crate::model::answer::NoAnswer;
use crate::model::hub_response::HubResponse;
use crate::model::repo::RepoRef;

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

/// A response, and what it says where it is an error.
pub struct Page<'a> {
    pub raw: &'a RawResponse,
    /// `X-Error-Code`
    pub error_code: Option<String>,
    /// `X-Error-Message`, else the sentence in the body.
    pub error_message: Option<String>,
    /// Its words.
    pub message: Message,
}

impl<'a> Page<'a> {
    /// Looks at a response to a question about `repo`.
    pub fn new(raw: &'a RawResponse, repo: Option<&RepoRef>) -> Self {
        let mut page = Self { raw, error_code: None, error_message: None, message: Message::of("", None) };
        page.error_code = page.header("x-error-code").filter(|code| !code.trim().is_empty());
        if raw.status >= 400 {
            let told = page.header("x-error-message").filter(|message| !message.trim().is_empty());
            page.error_message = told.or_else(|| page.sentence());
        }
        page.message = Message::of(page.error_message.as_deref().unwrap_or_default(), repo);
        page
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.raw.status
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<String> {
        self.raw.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        let values = self.raw.body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        if self.raw.is_whole && values <= MOST_VALUES { serde_json::from_slice(&self.raw.body).ok() } else { None }
    }

    /// The media type, in small letters.
    pub fn content_type(&self) -> Option<String> {
        self.header(CONTENT_TYPE.as_str()).map(|kind| kind.to_ascii_lowercase())
    }

    /// Whether it is a page for people.
    pub fn is_html(&self) -> bool {
        self.content_type().is_some_and(|kind| kind.contains("html"))
    }

    /// A 401 or 403 with nothing of the Hub on it, neither a mark nor a sentence of its own: a portal's, a gateway's, a
    /// firewall's. A page for people is not made the Hub's by a request id, which proxies give as well.
    pub fn is_someone_elses(&self) -> bool {
        let is_marked = self.error_code.is_some()
            || self.raw.headers.contains_key("x-error-message")
            || self.is_made_by_the_hub()
            || (!self.is_html() && self.has_the_hubs_mark());
        !is_marked && !self.message.is_a_hubs()
    }

    /// Every answer of the Hub has a request id; a bare web server's has not.
    pub fn has_the_hubs_mark(&self) -> bool {
        self.raw.headers.contains_key("x-request-id") || self.is_made_by_the_hub()
    }

    /// `X-Powered-By: huggingface…`
    pub fn is_made_by_the_hub(&self) -> bool {
        self.raw.headers.get("x-powered-by").is_some_and(|by| by.as_bytes().starts_with(b"huggingface"))
    }

    /// Whether the Hub says that the request came without a token.
    pub fn is_anonymous(&self) -> bool {
        self.header("x-hf-warning")
            .is_some_and(|warning| warning.trim().to_ascii_lowercase().starts_with("unauthenticated"))
    }

    /// `X-HF-Warning` without its topic.
    pub fn notice(&self) -> Option<String> {
        let warning = self.header("x-hf-warning")?;
        Some(warning.split_once(';').map_or(warning.clone(), |(_, rest)| rest.trim().to_owned()))
    }

    /// The sentence in the body: `error` in its several shapes, else short plain text.
    fn sentence(&self) -> Option<String> {
        let Some(json) = self.json() else {
            let text = String::from_utf8_lossy(&self.raw.body[..self.raw.body.len().min(4_096)]).into_owned();
            return Some(text)
                .filter(|text| !self.is_html() && !text.trim().is_empty() && !text.trim_start().starts_with('<'));
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

    /// For a response that the contract does not have: what came instead.
    pub fn describe(&self, reason: Option<NoAnswer>) -> Option<String> {
        let is_unexpected = reason == Some(NoAnswer::Unexpected);
        if self.is_html() && (is_unexpected || self.status() == 404) {
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

/// What a response outside the contract of its question comes to.
pub fn no_answer(status: u16) -> NoAnswer {
    match status {
        407 => NoAnswer::NoProxy,
        408 | 500..=599 => NoAnswer::ServerError,
        429 => NoAnswer::RateLimited,
        _ => NoAnswer::Unexpected,
    }
}
