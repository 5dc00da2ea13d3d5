//! Values that stand where a token should: references that nothing resolved, and examples that nobody replaced.

use crate::model::author::Site;
use crate::token::credential;
use crate::token::kind::USUAL_BODY;

/// Text around a name that a template engine replaces: `${{ x }}`, `<x>`, `%x%`, `__x__`, `#{x}#`, `((x))`.
const BRACKETS: [(&str, &str); 10] = [
    ("{", "}"),
    ("<", ">"),
    ("[", "]"),
    ("(", ")"),
    ("%", "%"),
    ("__", "__"),
    ("@@", "@@"),
    ("@", "@"),
    ("#{", "}#"),
    ("~", "~"),
];

/// How a reference to a secret begins, in the syntax of secret managers, clouds and configuration languages. In small letters.
#[rustfmt::skip]
const REFERENCES: [&str; 33] = [
    "$", "arn:", "op:", "vault:", "secret:", "secrets:", "ref:", "ref+", "env:", "file:", "ssm:", "awssm:", "aws:", "gcp:",
    "gcpsm:", "sm:", "kms:", "akv:", "azure:", "keyvault", "@microsoft.keyvault", "doppler:", "infisical:", "akeyless:",
    "conjur:", "bao:", "sops:", "keyring:", "pass:", "bws:", "!", "projects/", "secretmanager:",
];

/// A word and brackets with something encrypted or referred to inside: `ENC[AES256_GCM,…]`, `ENC(…)`, `resolve(…)`.
const CALLS: [(char, char); 2] = [('[', ']'), ('(', ')')];

/// How a path begins on the systems that jobs run on. A token of another Hub may begin with a slash, so there only these count.
#[rustfmt::skip]
const PATHS: [&str; 16] = [
    "./", "../", "~/", "/run/", "/var/", "/etc/", "/mnt/", "/home/", "/root/", "/tmp/", "/opt/", "/vault/", "/secret/",
    "/secrets/", "/app/", "/workspace/",
];

/// The words that examples are made of, in small letters.
#[rustfmt::skip]
const WORDS: [&str; 104] = [
    "a", "abc", "access", "account", "actual", "add", "an", "and", "api", "apikey", "app", "at", "auth", "available", "be",
    "bearer", "change", "changeit", "com", "copied", "copy", "credential", "credentials", "default", "dummy", "empty", "enter",
    "env", "example", "face", "fake", "false", "fill", "fine", "fixme", "foo", "bar", "from", "generated", "github", "goes",
    "grained", "here", "hf", "hidden", "hub", "hug", "hugging", "huggingface", "in", "insert", "is", "it", "key", "masked",
    "me", "missing", "my", "na", "name", "nil", "no", "none", "not", "null", "of", "or", "org", "own", "password", "paste",
    "pat", "personal", "placeholder", "please", "put", "read", "real", "redacted", "removed", "replace", "sample", "secret",
    "secrets", "set", "some", "string", "tbd", "test", "testing", "the", "this", "to", "todo", "token", "tokens", "true",
    "undefined", "unset", "user", "value", "with", "write", "your",
];

/// Digits that count up: they make no secret.
const COUNTED: &str = "01234567890123456789";

/// Whether a value is a placeholder, and so no secret either.
pub fn is_one(value: &str, site: Site) -> bool {
    (is_reference(value, site) || is_example(value)) && !is_as_given_out(value)
}

fn is_reference(value: &str, site: Site) -> bool {
    let holds_a_token = !credential::find(value.as_bytes()).is_empty();
    if holds_a_token {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let in_brackets = BRACKETS.iter().any(|(open, close)| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(|inner| !inner.is_empty())
    });
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'.');
    let is_call = CALLS.iter().any(|(open, close)| {
        value.strip_suffix(*close).and_then(|rest| rest.split_once(*open)).is_some_and(|(name, _)| is_name(name))
    });
    let is_url = lower.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            && !rest.contains('@')
    });
    in_brackets || is_call || is_url || REFERENCES.iter().any(|start| lower.starts_with(start)) || is_path(value, site)
}

fn is_path(value: &str, site: Site) -> bool {
    let drive = value
        .as_bytes()
        .get(..3)
        .is_some_and(|start| start[0].is_ascii_alphabetic() && start[1] == b':' && start[2] == b'\\');
    let known = PATHS.iter().any(|start| value.starts_with(start));
    drive
        || match site {
            Site::HuggingFace => known || value.starts_with('/'),
            Site::Elsewhere => known && !value.contains(['+', '=']),
        }
}

fn is_example(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let body = lower.strip_prefix("hf_").unwrap_or(&lower);
    let filler = |text: &str| {
        !text.is_empty() && text.chars().all(|c| matches!(c, 'x' | '.' | '*' | '_' | '-' | '…' | '?' | '•' | '#' | '/'))
    };
    filler(body)
        || value.contains("...")
        || value.contains('…')
        || body.starts_with("your_")
        || body.starts_with("your-")
        || body.starts_with("my_")
        || (body.contains("token") && body.contains("here"))
        || is_made_of_words(body)
}

/// Whether nothing but words of examples is in it, with or without separators: `insert-your-huggingface-token-here`, `changeme`,
/// `mytoken123`.
fn is_made_of_words(text: &str) -> bool {
    /// Longer examples are sentences.
    const LONGEST: usize = 100;
    if text.is_empty() || text.len() > LONGEST {
        return false;
    }
    // Which prefixes are made of words.
    let mut made = vec![false; text.len() + 1];
    made[0] = true;
    for at in 0..text.len() {
        if !made[at] || !text.is_char_boundary(at) {
            continue;
        }
        let rest = &text[at..];
        let filler = rest.bytes().take_while(|b| *b == b'x').count();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let separators = usize::from(rest.starts_with(['_', '-', '.', ' ', '\'', '/', '!', ':']));
        for length in WORDS.iter().filter(|word| rest.starts_with(*word)).map(|word| word.len()) {
            made[at + length] = true;
        }
        if filler > 1 {
            made[at + filler] = true;
        }
        if digits <= 2 || COUNTED.contains(&rest[..digits]) {
            made[at + digits] = true;
        }
        made[at + separators] = true;
    }
    made[text.len()]
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

#[cfg(test)]
mod tests {
    use super::*;

    const LETTERS: &str = "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3";

    #[test]
    fn references_and_examples_are_placeholders_at_every_hub() {
        for value in [
            "$HF_TOKEN",
            "${HF_TOKEN:-}",
            "${{ secrets.HF_TOKEN }}",
            "{{ .Values.hfToken }}",
            "{HF_TOKEN}",
            "<your token>",
            "[REDACTED]",
            "((hf-token))",
            "%HF_TOKEN%",
            "__HF_TOKEN__",
            "@@HF_TOKEN@@",
            "#{HF_TOKEN}#",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:hf-AbCdEf",
            "op://vault/huggingface/credential",
            "vault:secret/data/hf#token",
            "vault://kv/hf",
            "ref+vault://kv/hf#/token",
            "ENC[AES256_GCM,data:p673w7qkDv,iv:x,tag:y,type:str]",
            "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)",
            "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/hf)",
            "projects/my-project/secrets/hf-token/versions/latest",
            "!secret hf_token",
            "gcp:secretmanager:hf",
            "https://vault.example.com/v1/secret/hf",
            "/run/secrets/hf_token",
            "/var/run/secrets/hf",
            "~/.cache/huggingface/token",
            "./token.txt",
            "C:\\Users\\me\\token",
            "REPLACE_WITH_HF_TOKEN",
            "insert-your-huggingface-token-here",
            "YOUR_HF_TOKEN",
            "<YOUR_HF_TOKEN>",
            "your-token",
            "mytoken123",
            "my hugging face token",
            "changeme",
            "change-me!",
            "hf_replace_me",
            "hf_abc123",
            "hf_dummy",
            "hf_XXXXXXXXXXXXXXXX",
            "hf_your_token_here",
            "TODO: add token",
            "placeholder",
            "None",
            "null",
            "undefined",
            "********",
            "••••••••",
            "hf_1234567890",
            "hf_token_value",
        ] {
            for site in [Site::HuggingFace, Site::Elsewhere] {
                assert!(is_one(value, site), "{value} at {site:?}");
            }
        }
    }

    #[test]
    fn tokens_are_none() {
        for value in [
            format!("hf_{LETTERS}"),
            format!("hf_your{}", &LETTERS[4..]),
            format!("hf_{}", &LETTERS[..20]),
            format!("\"hf_{LETTERS}\""),
            format!("<hf_{LETTERS}>"),
            format!("https://user:hf_{LETTERS}@hub.test"),
            format!("ox_{LETTERS}"),
            format!("mh_{LETTERS}"),
            "0f".repeat(32),
            "deadbeef".repeat(5),
            format!("/{LETTERS}/{LETTERS}+/=="),
            "eyJ2ZXIiOiIyIn0.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl".into(),
            "cmVmdGtuOjAxOjE3OTM0OTEyMDA6UTd3OEU5cjBUMXkyVTNpNE81".into(),
            "swordfish".into(),
        ] {
            assert!(!is_one(&value, Site::Elsewhere), "{value}");
        }
    }
}
