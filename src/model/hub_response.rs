//! Whole responses of the Hub, each written once: the rehearsal reads them, and the fake Hub and the fuzz targets of the tests
//! answer with them. `crates/testkit` compiles this very file, so it uses nothing else of this crate but `sentence`.

use serde_json::{Value, json};

use super::sentence::Sentence;

/// A response.
#[derive(Clone, Debug)]
pub struct HubResponse {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl HubResponse {
    fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", format!("{content_type}; charset=utf-8"))], body: body.into() }
    }

    /// The grant of `auth-check` (recorded): two letters of plain text.
    pub fn granted() -> Self {
        Self::new(200, "text/plain", "OK")
    }

    /// An object: whoami's, a repo's metadata, a job's record.
    pub fn object(object: &Value) -> Self {
        Self::new(200, "application/json", object.to_string())
    }

    /// A refusal in one of the Hub's sentences, with the places filled in.
    pub fn saying(status: u16, sentence: Sentence, values: &[(&str, &str)]) -> Self {
        let response = Self::refusal(status, &sentence.with(values));
        match sentence.error_code() {
            Some(code) => response.with("x-error-code", code),
            None => response,
        }
    }

    /// A refusal in other words. Recorded: they are in a header and in the body.
    pub fn refusal(status: u16, message: &str) -> Self {
        let response = Self::new(status, "application/json", json!({"error": message}).to_string())
            .with("x-error-message", message);
        if status == 401 {
            response.with("www-authenticate", "Bearer realm=\"Authentication required\", charset=\"UTF-8\"")
        } else {
            response
        }
    }

    /// There is no such route (recorded): only the body says so.
    pub fn no_such_route() -> Self {
        Self::new(404, "application/json", json!({"error": Sentence::PageNotFound.with(&[])}).to_string())
    }

    /// The repo was renamed: the same question at another path.
    pub fn moved_to(path: &str) -> Self {
        Self::new(307, "text/plain", format!("Temporary Redirect. Redirecting to {path}")).with("location", path)
    }

    /// Documented: the sentence, and `RateLimit` with nothing remaining for so many seconds.
    pub fn rate_limited(seconds: u32) -> Self {
        let body = json!({"error": Sentence::RateLimited.with(&[("quota", "1000")])});
        Self::new(429, "application/json", body.to_string()).with("ratelimit", format!("\"api\";r=0;t={seconds}"))
    }

    /// A page for people: from a gateway, a portal or a server in trouble.
    pub fn page(status: u16, text: &str) -> Self {
        Self::new(status, "text/html", text)
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With the mark that every response of the Hub's own has.
    #[must_use]
    pub fn marked(self) -> Self {
        self.with("x-powered-by", "huggingface-moon")
    }
}
