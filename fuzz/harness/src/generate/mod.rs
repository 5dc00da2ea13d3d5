//! A Hub, a token and needs made of a fuzzer's bytes: mostly what the Hub would say, and anything else besides.

mod whoami;

use arbitrary::{Result, Unstructured};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use hf_token_check::internals::cli::requirements::RequirementOption;
use hf_token_check::internals::cli::setting::Given;
use hf_token_check::internals::cli::usage::Origin;
use hf_token_check::internals::env::Variable;
use hf_token_check::internals::hub::{Failure, interpret::page::RawResponse};
use hf_token_check::internals::model::answer::NoAnswer;
use hf_token_check::internals::model::endpoint::Endpoint;
use hf_token_check::internals::model::hub_response::HubResponse;
use hf_token_check::internals::model::question::Ask;
use hf_token_check::internals::model::requirement::{Access, Requirement};
use hf_token_check::internals::model::sentence::Sentence;

/// Words that mean something to interpretation, and are no whole sentence of the Hub's.
const PHRASES: [&str; 6] = [
    "the organization's policy: only fine-grained tokens, sso, 2fa, ip range",
    "your token needs to be approved by the organization",
    "the repo acme/expired-run",
    "Repository not found in cache",
    "OK",
    "",
];
const EVIL: [&str; 8] = [
    "\u{1b}[31m",
    "\r\n::error::pass",
    "{summary}",
    "\u{202e}\u{200b}",
    "%0A::notice::",
    "```\n````",
    "\"}],",
    "é\u{0}",
];

/// What a question is about.
#[derive(Clone, Copy, PartialEq)]
pub enum Subject {
    Token,
    Repo,
}

/// Everything is drawn from here. Where the bytes have run out it is the first of every choice: what the Hub grants.
pub struct Source<'a> {
    pub u: Unstructured<'a>,
    /// Whether the Hub mostly grants, so that passes are as common as refusals.
    is_kind: bool,
    /// The token, which a server may echo.
    pub secret: String,
}

impl<'a> Source<'a> {
    pub fn new(data: &'a [u8]) -> Result<Self> {
        let mut source = Self { u: Unstructured::new(data), is_kind: false, secret: String::new() };
        source.is_kind = !source.one_in(2)?;
        source.secret = source.token()?;
        Ok(source)
    }

    /// Rarely true, and never where the bytes have run out.
    pub fn one_in(&mut self, many: u8) -> Result<bool> {
        Ok(self.u.int_in_range(1..=many)? == many)
    }

    pub fn pick<'b, T: ?Sized>(&mut self, list: &[&'b T]) -> Result<&'b T> {
        self.u.choose(list).copied()
    }

    pub fn requirements(&mut self) -> Result<Vec<Requirement>> {
        const REPOS: [&str; 8] = [
            "acme/model",
            "alice/model",
            "bob/data",
            "acmee/model",
            "datasets/acme/data",
            "spaces/alice/app",
            "kernels/acme/k",
            "lab/model",
        ];
        let endpoint = Endpoint::default();
        let mut requirements: Vec<Requirement> = Vec::new();
        for _ in 0..self.u.int_in_range(0..=4)? {
            let (option, texts): (_, &[&str]) = match self.u.int_in_range(0..=5)? {
                0 => (
                    RequirementOption::Repo(Access::Read),
                    &["gpt2", "datasets/squad", "acme/model@v1.0", "datasets/squad@refs/pr/1"],
                ),
                1 => (RequirementOption::Repo(Access::Read), &REPOS),
                2 => (RequirementOption::Repo(Access::Write), &REPOS),
                3 => (RequirementOption::Repo(Access::Create), &REPOS),
                4 => (
                    RequirementOption::Permission,
                    &[
                        "inference.serverless.write",
                        "job.write",
                        "job.write@acme",
                        "repo.content.read@lab",
                        "org.read@bob",
                    ],
                ),
                _ => (RequirementOption::ValidFor, &["1", "60s", "1h", "300d"]),
            };
            let given = Given { origin: Origin::Variable(Variable::Read), text: self.pick(texts)?.into() };
            let requirement = option.parse(&given, &endpoint).ok();
            requirements.extend(requirement.filter(|requirement| !requirements.contains(requirement)));
        }
        Ok(requirements)
    }

    /// What comes back for a question: an HTTP answer, or a want of one.
    pub fn raw(&mut self, subject: Subject) -> Result<std::result::Result<RawResponse, Failure>> {
        if self.one_in(if self.is_kind { 32 } else { 8 })? {
            let answer = *self.u.choose(&NoAnswer::OF_A_CONNECTION)?;
            return Ok(Err(Failure::new(answer, &self.text()?)));
        }
        if self.one_in(8)? {
            return Ok(Ok(self.whole_response()?.into()));
        }
        let statuses: &[u16] = match (self.is_kind, subject) {
            (true, Subject::Token) => &[200, 200, 200, 200, 200, 200, 429],
            (true, Subject::Repo) => &[200, 200, 200, 200, 404, 404, 307],
            (false, _) => &[200, 200, 200, 200, 401, 403, 404, 404, 429, 500, 503, 307, 308, 204, 407, 408],
        };
        let status = if self.one_in(32)? { self.u.int_in_range(100..=599)? } else { *self.u.choose(statuses)? };
        let message = if self.is_kind && status == 404 { Sentence::RepoNotFound.with(&[]) } else { self.text()? };
        let most = if self.is_kind { 4 } else { 9 };
        let body: Vec<u8> = match (status, self.u.int_in_range(0..=most)?) {
            (_, 9) => self.u.arbitrary::<&[u8]>()?.into(),
            (200, 0..=6) if subject == Subject::Token => self.identity()?.to_string().into(),
            (200, 0..=4) => "OK\n".into(),
            (_, 0..=3) => json!({ "error": message }).to_string().into(),
            (_, 4) => json!({"errors": [{"message": message}], "id": message}).to_string().into(),
            (_, 5) => format!("<html>{message}</html>").into(),
            (_, 6) => message.clone().into(),
            (_, 7) => json!({"id": "acme/model", "modelId": message}).to_string().into(),
            (_, _) => Vec::new(),
        };
        let mut headers = HeaderMap::new();
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(HeaderName::from_static(name), value);
            }
        };
        let kinds = ["text/plain; charset=utf-8", "application/json", "text/html", "TEXT/PLAIN", ""];
        add("content-type", self.pick(&kinds)?);
        let marks: u16 = self.u.arbitrary()?;
        let has = |bit: u16| marks & (1 << bit) != 0;
        if !has(0) {
            add("x-request-id", &if has(1) { self.text()? } else { "Root=1-67cae56b".into() });
        }
        if has(2) {
            add("x-powered-by", if has(3) { "huggingface-moon" } else { "PHP" });
        }
        if has(4) {
            add("x-error-message", &message);
        }
        if has(5) {
            let code = self.text()?;
            add("x-error-code", self.pick(&["RepoNotFound", "GatedRepo", "EntryNotFound", "", code.as_str()])?);
        }
        if has(6) {
            let notice = self.text()?;
            add("x-hf-warning", self.pick(&["unauthenticated; You are sending", "deprecated; ", notice.as_str()])?);
        }
        if has(7) || (300..400).contains(&status) {
            let path = Ask::Read.about(self.repo()?).path();
            let host = format!("//{}/", self.text()?);
            add("location", self.pick(&[path.as_str(), "/login", "https://example.com/api", host.as_str()])?);
        }
        if has(8) {
            add("retry-after", self.pick(&["1", "99999999999999999999", "Sun, 06 Nov 2094 08:49:37 GMT", "-1"])?);
        }
        Ok(Ok(RawResponse { status, headers, body, is_whole: !self.one_in(32)? }))
    }

    /// One of the Hub's own, as the rehearsal and the fake Hub have it, with the mark or without.
    fn whole_response(&mut self) -> Result<HubResponse> {
        let values = [("noun", "model"), ("id", "acme/model"), ("page", "https://huggingface.co/acme/model")];
        let response = match self.u.int_in_range(0..=4)? {
            0 => HubResponse::granted(),
            1 => HubResponse::rate_limited(self.u.arbitrary()?),
            2 => HubResponse::moved_to(&Ask::Read.about(self.repo()?).path()),
            3 => HubResponse::no_such_route(),
            _ => {
                let status = *self.u.choose(&[401, 403, 404])?;
                HubResponse::saying(status, *self.u.choose(Sentence::ALL)?, &values)
            }
        };
        Ok(if self.one_in(4)? { response } else { response.marked() })
    }

    fn repo(&mut self) -> Result<hf_token_check::internals::model::repo::RepoRef> {
        let text = self.pick(&["acme/renamed", "datasets/alice/model", "bob/model"])?;
        hf_token_check::internals::model::repo::RepoRef::parse(text, &Endpoint::default())
            .map_err(|_| arbitrary::Error::IncorrectFormat)
    }

    fn token(&mut self) -> Result<String> {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let kind = self.u.int_in_range(0..=3)?;
        let length = if kind == 1 { self.u.int_in_range(8..=60)? } else { 34 };
        let letters: Vec<u8> = (0..length)
            .map(|at| self.u.arbitrary::<u8>().map(|b| ALPHABET[(usize::from(b) + at * 7) % ALPHABET.len()]))
            .collect::<Result<_>>()?;
        let letters = String::from_utf8_lossy(&letters).into_owned();
        if kind < 2 {
            return Ok(format!("hf_{letters}"));
        }
        let mut claims = json!({});
        if self.one_in(2)? {
            let ends = [1_791_331_199_i64, 1_791_331_230, 1_822_867_200, -1, i64::MAX, i64::MIN];
            claims["exp"] = (*self.u.choose(&ends)?).into();
        }
        if self.one_in(2)? {
            claims["scope"] = match self.u.int_in_range(0..=4)? {
                0 => json!("openid manage-repos"),
                1 => json!(["contribute-repos", 7, "jobs"]),
                2 => json!("openid inference-api jobs"),
                3 => json!(""),
                _ => json!({"manage-repos": true}),
            };
        }
        let prefix = if kind == 2 { "hf_oauth_" } else { "hf_jwt_" };
        Ok(format!("{prefix}{}.{}.{letters}", &letters[..8], URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    /// Whatever somebody may have written: words of the Hub, a piece of the token, what could harm a log, anything.
    pub fn text(&mut self) -> Result<String> {
        let mut text = String::new();
        for _ in 0..self.u.int_in_range(0..=3)? {
            match self.u.int_in_range(0..=5)? {
                0 => {
                    let sentence = self.u.choose(Sentence::ALL)?;
                    text.push_str(&sentence.with(&[("id", "acme/model"), ("noun", "model"), ("token", "ci")]));
                }
                1 => text.push_str(self.pick(&PHRASES)?),
                2 => {
                    let from = self.u.choose_index(self.secret.len())?;
                    let to = self.u.int_in_range(from..=self.secret.len())?;
                    text.push_str(&self.secret[from..to]);
                }
                3 => text.push_str(&self.secret),
                4 => text.push_str(self.pick(&EVIL)?),
                _ => text.push_str(self.u.arbitrary::<&str>()?),
            }
        }
        Ok(text)
    }

    /// One of `known`, or rarely something that nobody expects there.
    pub fn word(&mut self, known: &[&str]) -> Result<Value> {
        if self.one_in(16)? {
            return Ok(match self.u.int_in_range(0..=3)? {
                0 => Value::Null,
                1 => json!(7),
                2 => json!([["x"], {}]),
                _ => self.text()?.into(),
            });
        }
        Ok(self.pick(known)?.into())
    }
}
