use reqwest::header::HeaderValue;

use crate::oracle::hides;
use hf_token_check::internals::diagnosis::exit_code::ExitCode;
use hf_token_check::internals::model::author::Site;
use hf_token_check::internals::token::kind::TokenKind;
use hf_token_check::internals::token::redact::Redactor;
use hf_token_check::internals::token::secret::{Parsed, Token};

/// A value that may be a token. The first byte chooses a prefix, so that no file of the corpus need look like one.
pub fn check(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let prefixes: [&[u8]; 5] = [b"", b"hf_", b"hf_oauth_", b"hf_jwt_", b"Bearer hf_"];
    let raw = [prefixes[usize::from(*choice) % prefixes.len()], rest].concat();
    for site in [Site::HuggingFace, Site::Elsewhere] {
        parse(&raw, site);
    }
    if rest.len() >= 34 {
        issued(&rest[..34]);
    }
}

fn parse(raw: &[u8], site: Site) {
    match Token::parse(raw, site) {
        Ok(Parsed { token, token_warnings }) => {
            let value = token.expose();
            assert!(HeaderValue::from_str(&format!("Bearer {value}")).is_ok(), "a token that no header can hold");
            assert!(value.bytes().all(|b| b.is_ascii_graphic()), "a token is one word");
            if site == Site::HuggingFace {
                assert!(value.starts_with("hf_"), "a token of huggingface.co");
                assert!((11..=8_192).contains(&value.len()), "a token of {} characters", value.len());
            }
            let text = std::str::from_utf8(raw).expect("a token is text");
            assert!(text.replace(['\r', '\n'], "").trim() == value, "not what the Python client would send");
            assert!(token.is(text), "a token is itself");
            let again = Token::parse(value.as_bytes(), site).expect("a token stays one once it is cleaned");
            assert!(again.token.expose() == value && again.token.info == token.info, "cleaning twice is cleaning once");
            assert!(
                again.token_warnings.len() <= token_warnings.len(),
                "{token_warnings:?} became {:?}",
                again.token_warnings
            );
            assert!(
                token.info.kind != TokenKind::User || token.info.claims.expires_at.is_none(),
                "{:?}",
                token.info.claims
            );
            hides(value, &format!("{token:?}"));
            let echoes = [
                text,
                &text.replace('_', "é"),
                &format!("{}{value}", &value[value.len().min(3)..]),
                "redacted redacted",
            ];
            let redactor = Redactor::default().and(token.secret());
            for echo in echoes.iter().filter(|echo| echo.len() < 1_000) {
                hides(value, &redactor.line(echo));
            }
        }
        // The clause about it is a constant, by type.
        Err(flaw) => assert_eq!(flaw.diagnosis.exit(), Some(ExitCode::NoToken), "{flaw:?}"),
    }
}

/// What the Hub gives out is a token, whatever words its letters happen to spell.
fn issued(seed: &[u8]) {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |b: u8| if b.is_ascii_alphanumeric() { b } else { ALPHABET[usize::from(b) % ALPHABET.len()] };
    let body: String = seed.iter().map(|b| char::from(letter(*b))).collect();
    let mixed = [u8::is_ascii_uppercase, u8::is_ascii_lowercase].iter().all(|kind| body.bytes().any(|b| kind(&b)));
    let parsed = Token::parse(format!("hf_{body}").as_bytes(), Site::HuggingFace);
    if mixed {
        assert!(parsed.is_ok_and(|parsed| parsed.token_warnings.is_empty()), "refused: {body:?}");
        let (start, end) = body.split_at(usize::from(seed[0]) % body.len());
        let broken = Token::parse(format!(" hf_{start}\r\n{end}\n").as_bytes(), Site::HuggingFace);
        assert!(broken.is_ok_and(|parsed| parsed.token.expose()[3..] == body), "a line feed inside: {body:?}");
    }
}
