use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::diagnosis::catalog::Diagnosis;
use crate::token::classify::{self, TokenError};
use crate::token::kind::{Claims, TokenInfo, TokenKind, USUAL_BODY};

/// The longest run of the token that any output may hold is one character less than this.
pub const LONGEST_LEAK: usize = 8;

/// A secret of fewer characters is not taken out of texts: it stands in any text by chance, and hides nothing.
const SHORTEST_SECRET: usize = 4;

/// How a token is sent (RFC 6750): it is kept in the very bytes that are sent, so that there is one copy of it.
const SCHEME: &str = "Bearer ";

/// What stands for a part of the token. It is too short to be one itself.
const HIDDEN: &str = "[token]";

/// The longest user token the Hub's schema allows is 200; a JSON Web Token may be longer.
const LONGEST_USER: usize = 200;
const LONGEST: usize = 8_192;

/// A token, encoded twice: what is longer is not looked into.
const LONGEST_VALUE: usize = 2 * LONGEST;

/// The shortest body that anybody could mean as a token.
const SHORTEST_BODY: usize = 8;

/// A Hub token in the form in which clients send it. Has no `Display`; `Debug` tells kind and length only.
/// In memory it is once, wiped when the last who shares it lets go.
pub struct Token {
    /// [`SCHEME`], and the token.
    authorization: Bytes,
    /// What it is, told without it.
    pub info: TokenInfo,
    /// Other secrets that are sent beside it: what no output may show of the token, it may not show of these.
    companions: Vec<SecretString>,
}

/// A token, and what was odd about the value it came in.
#[derive(Debug)]
pub struct Parsed {
    /// The token, cleaned.
    pub token: Token,
    /// `token-whitespace`, `token-unusual-length`.
    pub token_warnings: Vec<Diagnosis>,
}

impl Token {
    /// Decides, without a network, whether a value is a token. White space is removed as the Python client does
    /// (`huggingface_hub` `utils/_auth.py`): every CR and LF, and blanks at both ends.
    pub fn parse(raw: &[u8]) -> Result<Parsed, TokenError> {
        let Ok(text) = std::str::from_utf8(raw) else {
            return Err(TokenError::new(Diagnosis::TokenMalformed, "it is not text (not UTF-8)"));
        };
        // One allocation of the final size, so that no outgrown buffer keeps a copy.
        let mut authorization = Zeroizing::new(String::with_capacity(SCHEME.len() + text.len()));
        authorization.push_str(SCHEME);
        authorization.extend(cleaned(text));
        let cleaned = &authorization[SCHEME.len()..];
        if cleaned.is_empty() {
            return Err(TokenError::new(Diagnosis::TokenMissing, "it is empty"));
        }
        if cleaned.len() > LONGEST_VALUE {
            return Err(TokenError::new(Diagnosis::TokenMalformed, "it is longer than any token"));
        }
        let kind = classify::find(cleaned)?;
        let mut token_warnings = Vec::new();
        if cleaned.len() != text.len() {
            token_warnings.push(Diagnosis::TokenWhitespace);
        }
        if !has_usual_form(kind, cleaned)? {
            token_warnings.push(Diagnosis::TokenUnusualLength);
        }
        let claims = read_claims(kind, cleaned);
        let info = TokenInfo { kind, claims };
        let authorization = Bytes::from_owner(authorization);
        Ok(Parsed { token: Self { authorization, info, companions: Vec::new() }, token_warnings })
    }

    /// The door to the wire: the `Authorization` header, shared and not copied.
    pub fn authorization(&self) -> Bytes {
        self.authorization.clone()
    }

    /// The secret itself, for finding it in what must not hold it.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.authorization[SCHEME.len()..]).unwrap_or_default()
    }

    /// True where `raw`, once cleaned, is this very token.
    pub fn is(&self, raw: &str) -> bool {
        cleaned(raw).eq(self.expose().chars())
    }

    /// The same token, whose `redact` takes out these secrets too.
    pub fn beside(self, companions: Vec<SecretString>) -> Self {
        Self { companions, ..self }
    }

    /// A server's words without any run of [`LONGEST_LEAK`] or more characters of the token, and without the secrets
    /// beside it: it may echo what it was sent.
    pub fn redact(&self, text: &str) -> String {
        self.without(text, SHORTEST_SECRET)
    }

    /// The same for a page of ours, where a secret that is shorter than a leak may be a word of the page's own.
    pub fn redact_page(&self, page: &str) -> String {
        self.without(page, LONGEST_LEAK)
    }

    fn without(&self, text: &str, shortest: usize) -> String {
        let companions = self.companions.iter().map(ExposeSecret::expose_secret);
        let companions = companions.filter(|secret| secret.len() >= shortest);
        self.without_token(&companions.fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]")))
    }

    fn without_token(&self, text: &str) -> String {
        let runs: HashSet<_> = self.expose().as_bytes().windows(LONGEST_LEAK).collect();
        let bytes = text.as_bytes();
        let mut hidden = vec![false; bytes.len()];
        // How many bytes up to here a token could have: most of a report is short words.
        let mut word = 0;
        for end in 1..=bytes.len() {
            word = if is_allowed(bytes[end - 1]) { word + 1 } else { 0 };
            if word >= LONGEST_LEAK && runs.contains(&bytes[end - LONGEST_LEAK..end]) {
                hidden[end - LONGEST_LEAK..end].fill(true);
            }
        }
        if !hidden.contains(&true) {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len());
        let mut inside = false;
        for (at, c) in text.char_indices() {
            if !hidden[at] {
                shown.push(c);
            } else if !inside {
                shown.push_str(HIDDEN);
            }
            inside = hidden[at];
        }
        shown
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, {} characters)", self.info.kind.name(), self.expose().len())
    }
}

fn cleaned(text: &str) -> impl Iterator<Item = char> {
    text.trim().chars().filter(|c| !matches!(c, '\r' | '\n'))
}

/// What a token is made of.
fn is_allowed(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

fn has_usual_form(kind: TokenKind, value: &str) -> Result<bool, TokenError> {
    let malformed = |detail: &'static str| Err(TokenError::new(Diagnosis::TokenMalformed, detail));
    if value.bytes().any(|b| b.is_ascii_whitespace()) {
        return malformed("it has white space inside");
    }
    if !value.bytes().all(is_allowed) {
        return malformed("it has characters that no token has");
    }
    let (prefix, longest) = match kind {
        TokenKind::User => ("hf_", LONGEST_USER),
        TokenKind::OAuth => ("hf_oauth_", LONGEST),
        TokenKind::Oidc => ("hf_jwt_", LONGEST),
    };
    let body = &value[prefix.len()..];
    if body.len() < SHORTEST_BODY {
        return malformed("it is too short, as if it had been cut off");
    }
    if value.len() > longest {
        return malformed("it is longer than any token");
    }
    Ok(match kind {
        TokenKind::User => body.len() == USUAL_BODY && body.bytes().all(|b| b.is_ascii_alphanumeric()),
        TokenKind::OAuth | TokenKind::Oidc => body.split('.').filter(|part| !part.is_empty()).count() == 3,
    })
}

fn read_claims(kind: TokenKind, value: &str) -> Claims {
    if kind == TokenKind::User {
        return Claims::default();
    }
    let payload = value.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    let Some(payload) = payload.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok()) else {
        return Claims::default();
    };
    let scopes = match payload.get("scope") {
        Some(serde_json::Value::String(list)) => Some(list.split_whitespace().map(Into::into).collect()),
        Some(serde_json::Value::Array(list)) => {
            Some(list.iter().filter_map(|scope| scope.as_str().map(Into::into)).collect())
        }
        _ => None,
    };
    Claims { expires_at: payload.get("exp").and_then(serde_json::Value::as_i64), scopes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(prefix: &str, length: usize) -> String {
        format!("{prefix}{}", "FakeToken0".chars().cycle().take(length).collect::<String>())
    }

    fn jwt(prefix: &str, payload: &str) -> String {
        format!("{prefix}aaaa.{}.bbbb", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn values_that_are_tokens_are_taken_as_clients_take_them() {
        for (value, kind, token_warnings) in [
            (fake("hf_", 34), TokenKind::User, vec![]),
            (format!("hf_your{}", &fake("", 30)), TokenKind::User, vec![]),
            (format!("  {}\r\n", fake("hf_", 34)), TokenKind::User, vec![Diagnosis::TokenWhitespace]),
            (fake("hf_", 33), TokenKind::User, vec![Diagnosis::TokenUnusualLength]),
            (fake("hf_", 60), TokenKind::User, vec![Diagnosis::TokenUnusualLength]),
            (jwt("hf_oauth_", "{}"), TokenKind::OAuth, vec![]),
            (jwt("hf_jwt_", "{}"), TokenKind::Oidc, vec![]),
            (fake("hf_jwt_", 40), TokenKind::Oidc, vec![Diagnosis::TokenUnusualLength]),
        ] {
            let parsed = Token::parse(value.as_bytes()).unwrap_or_else(|flaw| panic!("{value:?}: {flaw:?}"));
            assert_eq!((parsed.token.info.kind, parsed.token_warnings), (kind, token_warnings), "{value:?}");
        }
    }

    #[test]
    fn the_claims_of_a_jwt_are_read_as_a_hint() {
        for (payload, expected) in [
            (r#"{"exp":1793491200,"scope":"openid jobs"}"#, (Some(1_793_491_200), Some(vec!["openid", "jobs"]))),
            (r#"{"scope":["jobs",7]}"#, (None, Some(vec!["jobs"]))),
            (r#"{"exp":"soon"}"#, (None, None)),
            ("not json", (None, None)),
        ] {
            let claims = Token::parse(jwt("hf_oauth_", payload).as_bytes()).expect(payload).token.info.claims;
            let scopes = claims.scopes.as_deref().map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!((claims.expires_at, scopes), expected, "{payload}");
        }
    }

    #[test]
    fn no_run_of_eight_characters_survives_redaction() {
        let value = format!("hf_{}", "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3");
        let token = Token::parse(value.as_bytes()).expect("a token").token;
        for text in [value.clone(), format!("é{value}é"), value[4..12].to_owned(), format!("a {} b", &value[10..30])]
        {
            let shown = token.redact(&text);
            assert!(value.as_bytes().windows(8).all(|run| !shown.as_bytes().windows(8).any(|w| w == run)), "{shown}");
        }
        assert_eq!(token.redact("nothing to hide"), "nothing to hide");
        let value = "hf_redacted-and-hidden-and-token";
        let shown = Token::parse(value.as_bytes()).expect("a token").token.redact(value);
        assert_eq!(shown, "[token]", "what stands for the token is no part of it");
        assert_eq!(format!("{token:?}"), "Token(user, 37 characters)");
    }
}
