use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::diagnosis::catalog::Diagnosis;
use crate::model::author::Site;
use crate::token::kind::TokenKind;
use crate::token::placeholder;
use crate::token::wrapping;

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

/// How an OAuth refresh token begins. No Hub takes one in the place of an access token.
const REFRESH: &str = "hf_oauth__refresh_";

/// Credentials of the Hub that are not access tokens (hf-mcp-server's redaction list, 2026-08).
const OTHER_CREDENTIALS: [(&str, &str); 3] = [
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

/// The forms of huggingface.co's access tokens, longer prefixes first.
const FORMS: [(&str, TokenKind); 3] =
    [("hf_oauth_", TokenKind::OAuth), ("hf_jwt_", TokenKind::Oidc), ("hf_", TokenKind::User)];

/// Decides which kind of token a cleaned value is at this Hub, or what it is instead.
///
/// The forms are those of huggingface.co. Another Hub may have forms of its own, so there a value is refused only for what makes it
/// useless anywhere: it is a placeholder, has something around it, is in base64, or is a refresh token.
pub fn find(value: &str, site: Site) -> Result<TokenKind, TokenError> {
    if placeholder::is_one(value, site) {
        return Err(unreplaced());
    }
    if let Some((inner, detail)) = wrapping::unwrap(value) {
        // Layer by layer, and not by recursion: a long value has room for more of them than the stack has.
        let mut layers = std::iter::successors(Some(inner), |outer| wrapping::unwrap(outer).map(|(inner, _)| inner));
        return Err(if layers.any(|inner| placeholder::is_one(inner, site)) {
            unreplaced()
        } else {
            TokenError::new(Diagnosis::TokenQuoted, detail)
        });
    }
    if value.starts_with(REFRESH) {
        return Err(TokenError::new(Diagnosis::TokenWrongKind, "an OAuth refresh token"));
    }
    if let Some(detail) = wrapping::repeated(value) {
        return Err(TokenError::new(Diagnosis::TokenMalformed, detail));
    }
    if let Some((_, kind)) =
        FORMS.iter().find(|(prefix, _)| value.starts_with(prefix)).filter(|_| other_credential(value).is_none())
    {
        return Ok(*kind);
    }
    if is_encoded(value) {
        return Err(TokenError::new(Diagnosis::TokenEncoded, "it is base64, and a token is inside"));
    }
    match site {
        Site::HuggingFace => Err(of_another_kind(value)),
        Site::Elsewhere => Ok(TokenKind::Other),
    }
}

/// Which credential of huggingface.co's it is, where that is no access token.
fn other_credential(value: &str) -> Option<&'static str> {
    OTHER_CREDENTIALS.iter().find(|(prefix, _)| value.starts_with(prefix)).map(|(_, name)| *name)
}

/// What a value is that huggingface.co takes for no token.
fn of_another_kind(value: &str) -> TokenError {
    if let Some(name) = other_credential(value) {
        return TokenError::new(Diagnosis::TokenWrongKind, name);
    }
    if value.starts_with("api_org_") {
        return TokenError::new(Diagnosis::TokenOrganization, "a legacy organization token");
    }
    for (prefix, service) in FOREIGN {
        if value.starts_with(prefix) && value.len() >= prefix.len() + 8 {
            return TokenError::new(Diagnosis::TokenForeign, service);
        }
    }
    let detail = if value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        "it is 40 hexadecimal digits, as a Weights & Biases key or a commit id is, and does not start with hf_"
    } else if value.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("hf_")) {
        "it starts with hf_ in capitals, and tokens start with it in small letters"
    } else {
        "it does not start with hf_"
    };
    TokenError::new(Diagnosis::TokenMalformed, detail)
}

fn unreplaced() -> TokenError {
    TokenError::new(Diagnosis::TokenPlaceholder, "it is a reference or an example that nothing replaced")
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
            let flaw = find(&value, Site::HuggingFace).expect_err(&value);
            assert_eq!(flaw.diagnosis, diagnosis, "{value:?} {flaw:?}");
            assert!(!flaw.detail.contains(&token[3..11]), "{flaw:?}");
        }
    }
}
