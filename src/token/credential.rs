//! What a Hub credential looks like, wherever it is in a text.

use std::ops::Range;

/// How credentials of the Hub begin (hf-mcp-server's redaction list, 2026-08), longer prefixes first. The letters of a
/// user or organization token follow without a separator; the others may have separators inside.
const PREFIXES: [(&str, Body); 8] = [
    ("hf_oauth__refresh_", Body::Separated),
    ("oauth_app_secret_", Body::Separated),
    ("hf_oauth_", Body::Separated),
    ("hf_jwt_", Body::Separated),
    ("hf_app_", Body::Separated),
    ("hf_s3_", Body::Separated),
    ("api_org_", Body::Unbroken),
    ("hf_", Body::Unbroken),
];

/// The shortest unbroken run of letters and digits that is a token: `hf_` begins names of repos too.
const SHORTEST_UNBROKEN: usize = 30;

/// The same behind a prefix that only credentials have, and anywhere after it.
const SHORTEST_SEPARATED: usize = 20;

/// The shortest part of a JSON Web Token: shorter parts between dots are a version.
const SHORTEST_JWT_PART: usize = 4;

/// How every JSON Web Token begins: `{"` in base64.
const JWT_START: &[u8] = b"eyJ";

#[derive(Clone, Copy, PartialEq)]
enum Body {
    Unbroken,
    Separated,
}

/// The ranges of `text` that are, or may be, credentials of the Hub. Takes linear time.
///
/// A name such as `hf_internal_testing` is none: what follows the prefix must be long and varied, so an example such as
/// `hf_xxxxxxxx` is none either.
pub fn find(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|b| is_allowed(**b)).count();
        if let Some(start) = start_in(&text[at..at + length]) {
            found.push(at + start..at + length);
        }
        at += length + 1;
    }
    found
}

/// What a token of the Hub is made of.
pub fn is_allowed(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// Where a credential begins in a run of allowed characters; it goes on to the end of the run.
fn start_in(run: &[u8]) -> Option<usize> {
    // The first prefix of the run that only credentials have.
    let mut separated: Option<usize> = None;
    let mut at = 0;
    for segment in run.split(|b| !b.is_ascii_alphanumeric()) {
        let (before, rest) = run.split_at(at);
        let prefix = PREFIXES.iter().find(|(prefix, _)| ends_with(before, prefix));
        match prefix {
            Some((prefix, Body::Unbroken)) if segment.len() >= SHORTEST_UNBROKEN && is_varied(segment) => {
                return Some(separated.unwrap_or(at - prefix.len()));
            }
            Some((prefix, Body::Separated)) if separated.is_none() => {
                separated = Some(at - prefix.len());
                if is_jwt(rest) {
                    return separated;
                }
            }
            Some(_) | None => {}
        }
        if separated.is_some() && segment.len() >= SHORTEST_SEPARATED && is_varied(segment) {
            return separated;
        }
        at += segment.len() + 1;
    }
    None
}

fn ends_with(text: &[u8], prefix: &str) -> bool {
    text.len().checked_sub(prefix.len()).is_some_and(|at| text[at..].eq_ignore_ascii_case(prefix.as_bytes()))
}

fn is_jwt(body: &[u8]) -> bool {
    let parts = body.split(|b| *b == b'.').filter(|part| part.len() >= SHORTEST_JWT_PART);
    body.starts_with(JWT_START) || parts.count() >= 3
}

/// Two kinds of character, or many different ones.
fn is_varied(segment: &[u8]) -> bool {
    let kinds = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
    let mut seen = [false; 256];
    for b in segment {
        seen[usize::from(*b)] = true;
    }
    seen.iter().filter(|seen| **seen).count() >= 8 || kinds.iter().filter(|kind| segment.iter().any(kind)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(count: usize) -> String {
        "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3k4L5".chars().cycle().take(count).collect()
    }

    #[test]
    fn credentials_are_found_anywhere_in_a_text() {
        for credential in [
            format!("hf_{}", letters(34)),
            format!("hf_{}", letters(30)),
            format!("HF_{}", letters(34)),
            format!("hf_{}", letters(34).to_lowercase()),
            format!("api_org_{}", letters(34)),
            format!("hf_oauth_{}", letters(40)),
            format!("hf_oauth_eyJh.{}.sig", letters(8)),
            format!("hf_oauth_{}.{}.{}", letters(4), letters(9), letters(4)),
            format!("hf_jwt_eyJ{}", letters(3)),
            format!("hf_jwt_ab-{}_{}", letters(25), letters(3)),
            format!("hf_oauth__refresh_{}", letters(24)),
            format!("hf_app_{}", letters(20)),
            format!("hf_s3_{}", letters(32)),
            format!("oauth_app_secret_{}", letters(32)),
        ] {
            for (before, after) in
                [("", ""), ("acme/", "@main"), ("x", ""), ("é", "é"), ("a b=", "; c"), ("hf_hf_", "")]
            {
                let text = format!("{before}{credential}{after}");
                let found = find(text.as_bytes());
                let hidden = |at: usize| found.iter().any(|range| range.contains(&at));
                let all = before.len()..before.len() + credential.len();
                assert!(all.clone().all(hidden), "{text}: {found:?}, expected {all:?}");
            }
        }
    }

    #[test]
    fn names_and_examples_are_no_credentials() {
        for name in [
            "hf_internal/testing",
            "hf-internal-testing/tiny-random-gpt2",
            "hf_models",
            "acme/hf_internal_testing_tiny_random_gpt2_for_sequence_classification",
            "acme/llama_hf_converted_from_megatron_checkpoint_v2_q4_k_m",
            "acme/hf_oauth_demo_application_with_gradio-v1.2.3",
            "acme/hf_app_template_streamlit_2026",
            "acme/model_hf_4f1d41d8cd98f00b204e98",
            "HF_TOKEN_CHECK_RANK_ZERO_ONLY",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN",
            "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "hf_...",
            "api_org_",
            "hf_oauth_",
        ] {
            assert!(find(name.as_bytes()).is_empty(), "{name}");
        }
    }
}
