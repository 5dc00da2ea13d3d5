use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use secrecy::zeroize::Zeroizing;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::author::Site;
use crate::token::classify::{self, TokenError};
use crate::token::credential;
use crate::token::kind::{Claims, TokenInfo, TokenKind, USUAL_BODY};

/// How a token is sent (RFC 6750): it is kept in the very bytes that are sent, so that there is one copy of it.
const SCHEME: &str = "Bearer ";

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
    /// Decides, without a network, whether a value is a token at the Hub of this site. White space is removed as the Python client does
    /// (`huggingface_hub` `utils/_auth.py`): every CR and LF, and blanks at both ends.
    pub fn parse(raw: &[u8], site: Site) -> Result<Parsed, TokenError> {
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
        let kind = classify::find(cleaned, site)?;
        let mut token_warnings = Vec::new();
        if cleaned.len() != text.len() {
            token_warnings.push(Diagnosis::TokenWhitespace);
        }
        if !has_usual_form(kind, cleaned, site)? {
            token_warnings.push(Diagnosis::TokenUnusualLength);
        }
        let claims = read_claims(kind, cleaned);
        let info = TokenInfo { kind, claims };
        let authorization = Bytes::from_owner(authorization);
        Ok(Parsed { token: Self { authorization, info }, token_warnings })
    }

    /// The `Authorization` header, shared and not copied.
    pub fn authorization(&self) -> Bytes {
        self.authorization.clone()
    }

    /// The token itself, shared and not copied, for a [`Redactor`](crate::token::redact::Redactor).
    pub fn secret(&self) -> Bytes {
        self.authorization.slice(SCHEME.len()..)
    }

    /// The token as text.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(&self.authorization[SCHEME.len()..]).unwrap_or_default()
    }

    /// True where `raw`, once cleaned, is this very token.
    pub fn is(&self, raw: &str) -> bool {
        cleaned(raw).eq(self.expose().chars())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, {} characters)", self.info.kind.name(), self.expose().len())
    }
}

/// What must not be shown of a value that is where a token should be: all of it, unless it is a placeholder or nothing.
pub fn concealed(raw: &[u8]) -> Option<Bytes> {
    match Token::parse(raw, Site::HuggingFace) {
        Ok(parsed) => Some(parsed.token.secret()),
        Err(error) if matches!(error.diagnosis, Diagnosis::TokenPlaceholder | Diagnosis::TokenMissing) => None,
        Err(_) => {
            let cleaned = std::str::from_utf8(raw).map(|text| cleaned(text).collect::<String>().into_bytes());
            Some(Bytes::from_owner(Zeroizing::new(cleaned.unwrap_or_else(|_| raw.to_vec()))))
        }
    }
}

fn cleaned(text: &str) -> impl Iterator<Item = char> {
    text.trim().chars().filter(|c| !matches!(c, '\r' | '\n'))
}

/// Whether huggingface.co gives out tokens in this form. A value that no Hub of this site can take is an error.
fn has_usual_form(kind: TokenKind, value: &str, site: Site) -> Result<bool, TokenError> {
    let malformed = |detail: &'static str| Err(TokenError::new(Diagnosis::TokenMalformed, detail));
    if value.bytes().any(|b| b.is_ascii_whitespace()) {
        return malformed("it has white space inside");
    }
    let (prefix, longest) = match kind {
        TokenKind::User => ("hf_", LONGEST_USER),
        TokenKind::OAuth => ("hf_oauth_", LONGEST),
        TokenKind::Oidc => ("hf_jwt_", LONGEST),
        TokenKind::Other => ("", LONGEST_VALUE),
    };
    let body = &value[prefix.len()..];
    match site {
        Site::HuggingFace if !value.bytes().all(credential::is_allowed) => {
            return malformed("it has characters that no token has");
        }
        Site::HuggingFace if body.len() < SHORTEST_BODY => {
            return malformed("it is too short, as if it had been cut off");
        }
        Site::HuggingFace if value.len() > longest => return malformed("it is longer than any token"),
        Site::Elsewhere if !value.bytes().all(|b| b.is_ascii_graphic()) => {
            return malformed("it has characters that no header can carry");
        }
        Site::HuggingFace | Site::Elsewhere => {}
    }
    Ok(match kind {
        TokenKind::User => body.len() == USUAL_BODY && body.bytes().all(|b| b.is_ascii_alphanumeric()),
        TokenKind::OAuth | TokenKind::Oidc => body.split('.').filter(|part| !part.is_empty()).count() == 3,
        TokenKind::Other => true,
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
        format!("{prefix}{}", "Fak3T0kenQ".chars().cycle().take(length).collect::<String>())
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
            let parsed =
                Token::parse(value.as_bytes(), Site::HuggingFace).unwrap_or_else(|flaw| panic!("{value:?}: {flaw:?}"));
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
            let claims =
                Token::parse(jwt("hf_oauth_", payload).as_bytes(), Site::HuggingFace).expect(payload).token.info.claims;
            let scopes = claims.scopes.as_deref().map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!((claims.expires_at, scopes), expected, "{payload}");
        }
    }

    #[test]
    fn debug_shows_no_part_of_it() {
        let token = Token::parse(fake("hf_", 34).as_bytes(), Site::HuggingFace).expect("a token").token;
        assert_eq!(format!("{token:?}"), "Token(user, 37 characters)");
    }
}
