//! What stands around a token in a value that should hold nothing else.

use crate::model::printable::is_invisible;
use crate::token::credential;

/// What stands around the token, if anything does: the inside, and a clause that names the wrapping.
pub fn unwrap(value: &str) -> Option<(&str, &'static str)> {
    const QUOTES: [char; 8] = ['"', '\'', '`', '“', '”', '‘', '’', '\\'];
    /// Escapes that a shell or a JSON writer left as they are.
    const ESCAPES: [&str; 6] = ["\\n", "\\r", "\\t", "\\0", "%0a", "%0A"];
    if value.starts_with(is_invisible) || value.ends_with(is_invisible) {
        return Some((
            value.trim_matches(is_invisible),
            "an invisible character, such as a byte order mark, is part of the value",
        ));
    }
    if let Some(inner) = ESCAPES.iter().find_map(|escape| value.strip_suffix(escape)) {
        return Some((inner, "an escape such as \\n is part of the value, in letters"));
    }
    if value.starts_with(QUOTES) || value.ends_with(QUOTES) {
        return Some((value.trim_matches(QUOTES).trim(), "quotes are part of the value"));
    }
    if value.ends_with([',', ';']) {
        return Some((value.trim_end_matches([',', ';']).trim(), "punctuation after the token is part of the value"));
    }
    for word in ["authorization:", "bearer ", "token ", "export ", "bearer:"] {
        if value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return Some((value[word.len()..].trim(), "a word before the token is part of the value"));
        }
    }
    if value.starts_with('{') && !credential::find(value.as_bytes()).is_empty() {
        return Some((value.trim_matches(['{', '}']), "it is a JSON object with a token inside, not the token"));
    }
    named(value, "=", "NAME= is part of the value")
        .or_else(|| named(value, ": ", "a name before the token is part of the value"))
        .or_else(|| around(value))
}

/// The inside of `NAME=inside` or `name: inside`. No token has such a sign inside, but for the padding of base64.
fn named<'a>(value: &'a str, sign: &str, detail: &'static str) -> Option<(&'a str, &'static str)> {
    let (name, inner) = value.split_once(sign)?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (is_name && !inner.trim_matches('=').is_empty()).then_some((inner.trim(), detail))
}

/// Anything else around what is a credential for certain: a URL, a comment, brackets.
fn around(value: &str) -> Option<(&str, &'static str)> {
    let found = credential::find(value.as_bytes()).into_iter().next().filter(|found| found.len() < value.len())?;
    // Between letters of other alphabets it may begin or end inside one.
    let inner = value.get(found)?;
    let is_url = value.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    Some((
        inner,
        if is_url {
            "it is a URL with a token inside"
        } else {
            "other characters around the token are part of the value"
        },
    ))
}

/// A clause, where the value is more than one token. One behind the other they are one word.
pub fn repeated(value: &str) -> Option<&'static str> {
    /// The shortest part that would be taken for a token.
    const SHORTEST: usize = 8;
    const PREFIX: &str = "hf_";
    let (one, other) =
        (value.get(..value.len() / 2).unwrap_or_default(), value.get(value.len() / 2..).unwrap_or_default());
    let other = if value.len() % 2 == 1 {
        other.strip_prefix(|c: char| c.is_ascii_punctuation() || c == ' ').unwrap_or_default()
    } else {
        other
    };
    if one.len() >= SHORTEST && one == other && !is_one_letter(one) {
        return Some("it contains the same token twice");
    }
    // The letters of a user token have no separator: a second prefix begins a second token.
    let user =
        value.strip_prefix(PREFIX).filter(|_| !["hf_oauth_", "hf_jwt_"].iter().any(|it| value.starts_with(it)))?;
    let at = user.find(PREFIX)?;
    let (one, other) = (&user[..at], &user[at + PREFIX.len()..]);
    let is_token =
        |body: &str| body.len() >= SHORTEST && body.bytes().take(SHORTEST).all(|b| b.is_ascii_alphanumeric());
    (is_token(one) && is_token(other)).then_some("it contains more than one token")
}

fn is_one_letter(text: &str) -> bool {
    text.bytes().all(|b| text.as_bytes().first() == Some(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: &str = "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3";

    #[test]
    fn what_stands_around_a_token_is_taken_off() {
        for token in
            [format!("hf_{LETTERS}"), format!("api_org_{LETTERS}"), format!("hf_oauth_{LETTERS}.{LETTERS}.abcd")]
        {
            for (before, after) in [
                ("\"", "\""),
                ("'", ""),
                ("`", "`"),
                ("", "\\n"),
                ("", "\\r\\n"),
                ("", "%0A"),
                ("", ","),
                ("", ";"),
                ("", " # my token"),
                ("", "\u{200b}"),
                ("\u{feff}", ""),
                ("Bearer ", ""),
                ("token ", ""),
                ("Authorization: Bearer ", ""),
                ("token: ", ""),
                ("token:", ""),
                ("hf-token: ", ""),
                ("HF_TOKEN=", ""),
                ("export HF_TOKEN=", ""),
                ("--token ", ""),
                ("https://user:", "@huggingface.co"),
                ("https://", "@huggingface.co/acme/model"),
                ("{\"HF_TOKEN\":\"", "\"}"),
                ("{token: ", "}"),
                ("[", "]"),
                ("(", ")"),
                ("<", ">"),
                ("$", ""),
            ] {
                let value = format!("{before}{token}{after}");
                let mut layers = std::iter::successors(Some(&*value), |outer| unwrap(outer).map(|(inner, _)| inner));
                assert!(layers.any(|inner| inner == token), "{value}");
            }
            assert_eq!(unwrap(&token), None);
        }
        for value in ["0f".repeat(32), format!("ox_{LETTERS}"), format!("{LETTERS}=="), format!("{LETTERS}/+{LETTERS}")]
        {
            assert_eq!(unwrap(&value), None, "{value}");
        }
    }

    #[test]
    fn more_than_one_token_is_seen() {
        let (one, other) = (format!("hf_{LETTERS}"), format!("hf_{}Z", &LETTERS[1..]));
        for value in [
            one.repeat(2),
            one.repeat(3),
            one.repeat(4),
            format!("{one}{other}"),
            format!("{one},{one}"),
            format!("{one}:{other}"),
            "0f1e2d3c".repeat(2),
        ] {
            assert!(repeated(&value).is_some(), "{value}");
        }
        for value in [&one, &other, "hf_oauth_aahf_bbbbbbbbbb.cccccccc.dddddddd", "0000000000000000", "hf_hf_hf_hf_"] {
            assert_eq!(repeated(value), None, "{value}");
        }
    }
}
