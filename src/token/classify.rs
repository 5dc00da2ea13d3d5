use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::diagnosis::catalog::Diagnosis;
use crate::token::kind::{TokenKind, USUAL_BODY};

/// Why a value is not a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    /// One of the `token-…` codes that end with status 40.
    pub diagnosis: Diagnosis,
    /// `it is wrapped in quotes`, `a GitHub token`, …: a constant, so that nothing of the value can be in it.
    pub detail: &'static str,
}

impl TokenError {
    /// A flaw and its clause.
    pub fn new(diagnosis: Diagnosis, detail: &'static str) -> Self {
        Self { diagnosis, detail }
    }
}

/// Credentials of the Hub that are not access tokens (hf-mcp-server's redaction list, 2026-08).
const OTHER_CREDENTIALS: [(&str, &str); 4] = [
    ("hf_oauth__refresh_", "an OAuth refresh token"),
    ("hf_app_", "an OAuth app secret"),
    ("hf_s3_", "an S3 key of the Hub"),
    ("oauth_app_secret_", "an OAuth app secret"),
];

/// Other services' tokens, by prefix, narrower prefixes first.
const FOREIGN: [(&str, &str); 34] = [
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghu_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("ghr_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("gldt-", "a GitLab token"),
    ("glrt-", "a GitLab token"),
    ("glptt-", "a GitLab token"),
    ("glcbt-", "a GitLab token"),
    ("sk-ant-", "an Anthropic key"),
    ("sk-or-", "an OpenRouter key"),
    ("sk_live_", "a Stripe key"),
    ("sk_test_", "a Stripe key"),
    ("sk-", "an OpenAI key"),
    ("AKIA", "an AWS access key"),
    ("ASIA", "an AWS access key"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("xoxa-", "a Slack token"),
    ("xoxe", "a Slack token"),
    ("xapp-", "a Slack token"),
    ("AIza", "a Google key"),
    ("ya29.", "a Google token"),
    ("npm_", "an npm token"),
    ("pypi-", "a PyPI token"),
    ("dckr_pat_", "a Docker token"),
    ("r8_", "a Replicate token"),
    ("gsk_", "a Groq key"),
    ("nvapi-", "an NVIDIA key"),
    ("dapi", "a Databricks token"),
    ("wandb_v1_", "a Weights & Biases key"),
    ("eyJ", "a JSON Web Token of another service"),
];

/// Message that stand where a token should, whatever their case.
const EXAMPLES: [&str; 22] = [
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "changeme",
    "change_me",
    "replace_me",
    "replaceme",
    "todo",
    "xxx",
    "xxxx",
    "secret",
    "token",
    "hf_token",
    "hftoken",
    "huggingface_token",
    "api_token",
    "hf_api_token",
    "access_token",
    "example",
];

/// Decides which kind of token a cleaned value is, or what it is instead.
pub fn find(value: &str) -> Result<TokenKind, TokenError> {
    if is_placeholder(value) {
        return Err(placeholder());
    }
    if let Some((inner, detail)) = unwrap(value) {
        // Layer by layer, and not by recursion: a long value has room for more of them than the stack has.
        let layers = std::iter::successors(Some(inner), |outer| unwrap(outer).map(|(inner, _)| inner));
        return Err(if layers.into_iter().any(is_placeholder) {
            placeholder()
        } else {
            TokenError::new(Diagnosis::TokenQuoted, detail)
        });
    }
    for (prefix, service) in OTHER_CREDENTIALS {
        if value.starts_with(prefix) {
            return Err(TokenError::new(Diagnosis::TokenWrongKind, service));
        }
    }
    if value.starts_with("api_org_") {
        return Err(TokenError::new(Diagnosis::TokenOrganization, "a legacy organization token"));
    }
    for (prefix, kind) in [("hf_oauth_", TokenKind::OAuth), ("hf_jwt_", TokenKind::Oidc), ("hf_", TokenKind::User)] {
        if value.starts_with(prefix) {
            return Ok(kind);
        }
    }
    if is_encoded(value) {
        return Err(TokenError::new(Diagnosis::TokenEncoded, "it is base64, and a token is inside"));
    }
    for (prefix, service) in FOREIGN {
        if value.starts_with(prefix) && value.len() >= prefix.len() + 8 {
            return Err(TokenError::new(Diagnosis::TokenForeign, service));
        }
    }
    let detail = if value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        "it is 40 hexadecimal digits, as a Weights & Biases key or a commit id is, and does not start with hf_"
    } else if value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("hf_")) {
        "it starts with hf_ in capitals, and tokens start with it in small letters"
    } else {
        "it does not start with hf_"
    };
    Err(TokenError::new(Diagnosis::TokenMalformed, detail))
}

fn placeholder() -> TokenError {
    TokenError::new(Diagnosis::TokenPlaceholder, "it is a reference or an example that nothing replaced")
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let body = lower.strip_prefix("hf_").unwrap_or(&lower);
    let filler =
        |text: &str| !text.is_empty() && text.chars().all(|c| matches!(c, 'x' | '.' | '*' | '_' | '-' | '…' | '?'));
    let reference = value.starts_with('$')
        || (value.starts_with("{{") && value.ends_with("}}"))
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('[') && value.ends_with(']'))
        || (value.starts_with('%') && value.ends_with('%') && value.len() > 2);
    let example = EXAMPLES.contains(&lower.as_str())
        || filler(body)
        || value.contains("...")
        || value.contains('…')
        || body.starts_with("your")
        || body.starts_with("my_")
        || (body.contains("token") && body.contains("here"))
        || (body.starts_with("abc123") && body.len() < 20)
        || (lower.starts_with("hf_") && EXAMPLES.contains(&body));
    (reference || example) && !is_as_given_out(value)
}

/// In the exact form of the tokens that the Hub gives out, both cases included. One in a million of them begins with
/// `your`, and is no example for that.
fn is_as_given_out(value: &str) -> bool {
    value.strip_prefix("hf_").is_some_and(|body| {
        body.len() == USUAL_BODY
            && body.bytes().all(|b| b.is_ascii_alphanumeric())
            && body.contains(|c: char| c.is_ascii_uppercase())
            && body.contains(|c: char| c.is_ascii_lowercase())
    })
}

/// What stands around the token, if anything does: the inside, and a clause that names the wrapping.
fn unwrap(value: &str) -> Option<(&str, &'static str)> {
    const QUOTES: [char; 8] = ['"', '\'', '`', '“', '”', '‘', '’', '\\'];
    if value.starts_with(QUOTES) || value.ends_with(QUOTES) {
        return Some((value.trim_matches(QUOTES).trim(), "quotes are part of the value"));
    }
    if value.ends_with([',', ';']) {
        return Some((value.trim_end_matches([',', ';']).trim(), "punctuation after the token is part of the value"));
    }
    for word in ["authorization:", "bearer ", "export ", "bearer:"] {
        if value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return Some((value[word.len()..].trim(), "a word before the token is part of the value"));
        }
    }
    if value.starts_with('{') && value.contains("hf_") {
        return Some((value.trim_matches(['{', '}']), "it is a JSON object with a token inside, not the token"));
    }
    let (name, inner) = value.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_name && !inner.trim_matches('=').is_empty()).then_some((inner, "NAME= is part of the value"))
}

fn is_encoded(value: &str) -> bool {
    let bare = value.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    let Some(text) = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).map(SecretString::from) else {
        return false;
    };
    let inside = text.expose_secret().trim().trim_matches(['"', '\'']);
    inside.starts_with("hf_") || inside.starts_with("api_org_") || (inside.starts_with("aGZf") && is_encoded(inside))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn values_that_are_not_tokens_are_named() {
        use Diagnosis as D;
        let token = format!("hf_{}", "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3");
        let fake = |prefix: &str| format!("{prefix}{}", "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3");
        let twice = STANDARD.encode(STANDARD.encode(&token));
        for (value, diagnosis) in [
            ("$HF_TOKEN".into(), D::TokenPlaceholder),
            ("${HF_TOKEN}".into(), D::TokenPlaceholder),
            ("$(HF_TOKEN)".into(), D::TokenPlaceholder),
            ("${{ secrets.HF_TOKEN }}".into(), D::TokenPlaceholder),
            ("{{hf_token}}".into(), D::TokenPlaceholder),
            ("'$HF_TOKEN'".into(), D::TokenPlaceholder),
            ("%HF_TOKEN%".into(), D::TokenPlaceholder),
            ("None".into(), D::TokenPlaceholder),
            ("null".into(), D::TokenPlaceholder),
            ("<token>".into(), D::TokenPlaceholder),
            ("hf_...".into(), D::TokenPlaceholder),
            ("hf_xxx".into(), D::TokenPlaceholder),
            (format!("hf_{}", "x".repeat(34)), D::TokenPlaceholder),
            ("hf_****".into(), D::TokenPlaceholder),
            ("hf_abc123...".into(), D::TokenPlaceholder),
            ("hf_abc123".into(), D::TokenPlaceholder),
            ("your_token_here".into(), D::TokenPlaceholder),
            ("hf_your_token".into(), D::TokenPlaceholder),
            ("HF_TOKEN".into(), D::TokenPlaceholder),
            (format!("\"{token}\""), D::TokenQuoted),
            (format!("'{token}"), D::TokenQuoted),
            (format!("“{token}”"), D::TokenQuoted),
            (format!("Bearer {token}"), D::TokenQuoted),
            (format!("bearer {token}"), D::TokenQuoted),
            (format!("Authorization: Bearer {token}"), D::TokenQuoted),
            (format!("HF_TOKEN={token}"), D::TokenQuoted),
            (format!("export HF_TOKEN={token}"), D::TokenQuoted),
            (format!("{{\"HF_TOKEN\":\"{token}\"}}"), D::TokenQuoted),
            (format!("{token},"), D::TokenQuoted),
            (format!("{}{token}", "A=".repeat(8_000)), D::TokenQuoted),
            (format!("{}$HF_TOKEN", "A=".repeat(3_000)), D::TokenPlaceholder),
            (STANDARD.encode(&token), D::TokenEncoded),
            (STANDARD.encode(format!("{token}\n")), D::TokenEncoded),
            (twice, D::TokenEncoded),
            (fake("hf_oauth__refresh_"), D::TokenWrongKind),
            (fake("hf_app_"), D::TokenWrongKind),
            (fake("hf_s3_"), D::TokenWrongKind),
            (fake("oauth_app_secret_"), D::TokenWrongKind),
            (fake("api_org_"), D::TokenOrganization),
            (fake("ghp_"), D::TokenForeign),
            (fake("github_pat_"), D::TokenForeign),
            (fake("glpat-"), D::TokenForeign),
            (fake("sk-proj-"), D::TokenForeign),
            (fake("sk-ant-"), D::TokenForeign),
            (fake("AKIA"), D::TokenForeign),
            (fake("xoxb-"), D::TokenForeign),
            ("deadbeef".repeat(5), D::TokenMalformed),
            (fake("HF_"), D::TokenMalformed),
            ("swordfish".into(), D::TokenMalformed),
            ("é".into(), D::TokenMalformed),
        ] {
            let flaw = find(&value).expect_err(&value);
            assert_eq!(flaw.diagnosis, diagnosis, "{value:?} {flaw:?}");
            assert!(!flaw.detail.contains(&token[3..11]), "{flaw:?}");
        }
    }
}
