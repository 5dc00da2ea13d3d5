//! The one detector and the one redactor. Whatever is printed, logged, reported or put in a URL passes through here.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use crate::model::printable::{self, is_invisible};
use crate::token::credential;
use crate::token::view::View;

/// No output holds this many characters of a secret in a row.
pub const LONGEST_LEAK: usize = 8;

/// A shorter secret is not taken out of foreign text: it is in any text by chance, and hides nothing.
const SHORTEST_SECRET: usize = 4;

/// What is shown for a token. It is too short to be a part of one.
const TOKEN: &str = "[token]";

/// What is shown for another secret.
const PASSWORD: &str = "[redacted]";

/// The longest line of foreign text that is shown.
const LONGEST_LINE: usize = 300;

/// Of a longer text no more is looked at, so that a server cannot make it costly.
const LONGEST_TEXT: usize = 1 << 14;

/// Runs of these texts give nothing away, even where a value that is secret begins with them.
pub const PUBLIC: [&str; 9] = [
    "hf_oauth_",
    "hf_oauth__refresh_",
    "oauth_app_secret_",
    "HF_TOKEN_CHECK_",
    "HUGGING_FACE_HUB_TOKEN",
    "HUGGINGFACE_",
    "https://huggingface.co",
    "Authorization: Bearer ",
    "authorization: bearer ",
];

/// All secrets of a run. One without secrets finds what looks like a credential of the Hub.
#[derive(Default)]
pub struct Redactor(Vec<Secret>);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.0.len())
    }
}

/// A secret and an index of its parts, which refers to it and does not copy it.
struct Secret {
    value: Bytes,
    mask: &'static str,
    /// Where the runs of [`LONGEST_LEAK`] begin, in the order of their content; without those of [`PUBLIC`].
    runs: Vec<u32>,
    /// Which pairs of bytes begin one of them, a bit for each: most texts are put aside by this.
    starts: Vec<u64>,
}

/// A range of a text that must not be shown, and what is shown for it.
struct Hit {
    range: Range<usize>,
    mask: &'static str,
}

/// Whose text it is.
#[derive(Clone, Copy, PartialEq)]
enum Text {
    /// Written elsewhere: every secret is taken out.
    Foreign,
    /// Our own: a short secret may be one of our words.
    Own,
}

/// A line of foreign text, for a place that knows no secret of the run: see [`Redactor::line`].
pub fn line(text: &str) -> String {
    Redactor::default().line(text)
}

/// True where `text` holds what is, or may be, a credential of the Hub.
pub fn holds_credential(text: &str) -> bool {
    Redactor::default().flags(text)
}

impl Redactor {
    /// Knows one more token. The bytes are shared, not copied, and only once.
    #[must_use]
    pub fn and(self, token: Bytes) -> Self {
        self.with(token, TOKEN)
    }

    /// Knows one more secret, such as the password of a proxy.
    #[must_use]
    pub fn and_password(self, password: Bytes) -> Self {
        self.with(password, PASSWORD)
    }

    fn with(mut self, value: Bytes, mask: &'static str) -> Self {
        if self.0.iter().all(|known| known.value != value) {
            self.0.push(Secret::new(value, mask));
        }
        self
    }

    /// True where `text` holds a part of a secret, or what may be a credential of the Hub.
    pub fn flags(&self, text: &str) -> bool {
        !self.hidden(text, Text::Own).is_empty()
    }

    /// One line of foreign text, as it may be shown: visible, without secrets, and then cut to 300 characters.
    pub fn line(&self, text: &str) -> String {
        let head = head(text);
        let masked = self.mask(&printable::line(head), Text::Foreign);
        match masked.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => format!("{}…", &masked[..end]),
            None if head.len() < text.len() => masked + "…",
            None => masked,
        }
    }

    /// A page or a sentence of our own, without the secrets that it may quote.
    pub fn page(&self, text: &str) -> String {
        self.mask(text, Text::Own)
    }

    fn mask(&self, text: &str, whose: Text) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for Hit { range, mask } in self.hidden(text, whose) {
            shown.push_str(&text[at..range.start]);
            shown.push_str(mask);
            at = range.end;
        }
        shown.push_str(&text[at..]);
        shown
    }

    /// The ranges of `text` that must not be shown, in order and apart.
    fn hidden(&self, text: &str, whose: Text) -> Vec<Hit> {
        let mut hits = Vec::new();
        for view in View::all(text) {
            hits.extend(self.seen(&view, whose));
        }
        hits.sort_unstable_by_key(|hit| hit.range.start);
        let mut apart: Vec<Hit> = Vec::new();
        for hit in hits {
            match apart.last_mut().filter(|last| last.range.end >= hit.range.start) {
                Some(last) => last.range.end = last.range.end.max(hit.range.end),
                None => apart.push(hit),
            }
        }
        apart
    }

    /// The ranges of the text that hold a secret in this view of it, as it is or in base64.
    fn seen(&self, view: &View, whose: Text) -> Vec<Hit> {
        let mut hits = self.found(&view.bytes, whose);
        for run in view.base64() {
            if let Some(hit) = run.decoded.iter().find_map(|bytes| self.found(bytes, whose).pop()) {
                hits.push(Hit { range: run.range, ..hit });
            }
        }
        hits.into_iter().map(|hit| Hit { range: view.place(&hit.range), ..hit }).collect()
    }

    fn found(&self, bytes: &[u8], whose: Text) -> Vec<Hit> {
        let mut hits: Vec<_> = credential::find(bytes).into_iter().map(|range| Hit { range, mask: TOKEN }).collect();
        for secret in &self.0 {
            let length = secret.value.len();
            let is_short = (SHORTEST_SECRET..LONGEST_LEAK).contains(&length) && whose == Text::Foreign;
            let width = if is_short { length } else { LONGEST_LEAK };
            // A page may be JSON, whose structure must stay.
            let is_structure = |part: &[u8]| whose == Text::Own && part.iter().any(|b| matches!(b, b'"' | b'\\'));
            let is_part =
                |part: &[u8]| if is_short { part == secret.value } else { secret.has(part) && !is_structure(part) };
            let parts = bytes.windows(width).enumerate().filter(|(_, part)| is_part(part));
            hits.extend(parts.map(|(at, _)| Hit { range: at..at + width, mask: secret.mask }));
        }
        hits
    }
}

impl Secret {
    fn new(value: Bytes, mask: &'static str) -> Self {
        let is_public =
            |run: &[u8]| PUBLIC.iter().any(|text| text.as_bytes().windows(LONGEST_LEAK).any(|part| part == run));
        let mut runs: Vec<u32> = (0..).take((value.len() + 1).saturating_sub(LONGEST_LEAK)).collect();
        runs.retain(|start| !is_public(run_at(&value, *start)));
        runs.sort_unstable_by_key(|start| run_at(&value, *start));
        let mut starts = vec![0; (1 << 16) / 64];
        for start in &runs {
            let (word, bit) = pair(run_at(&value, *start));
            starts[word] |= bit;
        }
        Self { value, mask, runs, starts }
    }

    fn has(&self, part: &[u8]) -> bool {
        let (word, bit) = pair(part);
        self.starts[word] & bit != 0
            && self.runs.binary_search_by(|start| run_at(&self.value, *start).cmp(part)).is_ok()
    }
}

/// The place of a part's first two bytes in [`Secret::starts`].
fn pair(part: &[u8]) -> (usize, u64) {
    let pair = usize::from(part[0]) << 8 | usize::from(part[1]);
    (pair / 64, 1 << (pair % 64))
}

fn run_at(value: &[u8], start: u32) -> &[u8] {
    let start = usize::try_from(start).unwrap_or_default();
    &value[start..start + LONGEST_LEAK]
}

/// The beginning of a text that is long; it does not end within anything that may be a secret.
fn head(text: &str) -> &str {
    let may_go_on = |c: char| c.is_ascii_alphanumeric() || "_-.+/=%".contains(c) || is_invisible(c);
    let end = (0..=LONGEST_TEXT).rev().find(|end| text.is_char_boundary(*end)).filter(|_| text.len() > LONGEST_TEXT);
    end.map_or(text, |end| text[..end].trim_end_matches(may_go_on))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    use super::*;

    const LETTERS: &str = "Q7w8E9r0T1y2U3i4O5p6A7s8D9f0G1h2J3";

    fn redactor(token: &str) -> Redactor {
        Redactor::default().and(Bytes::copy_from_slice(token.as_bytes()))
    }

    fn leaks(token: &str, text: &str) -> bool {
        token.as_bytes().windows(LONGEST_LEAK).any(|run| text.as_bytes().windows(LONGEST_LEAK).any(|part| part == run))
    }

    fn with_between(token: &str, between: &str) -> String {
        token.chars().flat_map(|c| [c.to_string(), between.to_owned()]).collect()
    }

    fn percent(token: &str) -> String {
        token.bytes().fold(String::new(), |encoded, b| format!("{encoded}%{b:02x}"))
    }

    #[test]
    fn no_eight_characters_of_a_token_are_shown_in_any_form() {
        for token in [format!("hf_{LETTERS}"), "hf_k7Qz9".into(), "0123456789abcdef".repeat(4)] {
            let redactor = redactor(&token);
            for text in [
                token.clone(),
                format!("é{token}é"),
                token[..8].to_owned(),
                format!("%{token}"),
                format!("{}{token}", &token[3..]),
                percent(&token),
                percent(&percent(&token)),
                with_between(&token, "\u{61c}"),
                with_between(&token, "\u{ad}\u{e0041}"),
                with_between(&token, "\u{fffd}"),
                with_between(&token, "\n"),
                BASE64_STANDARD.encode(&token),
                BASE64_STANDARD.encode(format!("user:{token}")),
                format!("/api/{}/x", BASE64_URL_SAFE_NO_PAD.encode(format!("ab{token}"))),
                format!("{}{token}", "long ".repeat(58)),
            ] {
                for shown in [redactor.line(&text), redactor.page(&text)] {
                    assert!(!leaks(&token, &shown), "{text:?}: {shown}");
                    assert!(
                        !leaks(&token, &shown.replace(|c: char| c != '\n' && is_invisible(c), "")),
                        "{text:?}: {shown}"
                    );
                    let decoded = percent_encoding::percent_decode_str(&shown).decode_utf8_lossy();
                    assert!(!leaks(&token, &decoded), "{text:?}: {shown}");
                }
                assert_eq!(
                    redactor.flags(&text),
                    text.chars().filter(|c| *c != '\n').count() == text.chars().count(),
                    "{text:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let redactor = redactor(&format!("hf_oauth_{LETTERS}"));
        for text in ["nothing to hide", "hf_oauth_", "100 %25 of it", "acme/model, HF_TOKEN", "%", "%4", "é"] {
            assert_eq!((redactor.line(text).as_str(), redactor.page(text).as_str()), (text, text));
            assert!(!redactor.flags(text), "{text}");
        }
        assert_eq!(format!("{redactor:?}"), "Redactor(1 secrets)");
    }

    #[test]
    fn a_short_password_is_hidden_in_foreign_text_only() {
        let redactor = Redactor::default().and_password(Bytes::from_static(b"pass"));
        assert_eq!(redactor.line("no pass"), "no [redacted]");
        assert_eq!(redactor.page("hf-token-check: pass"), "hf-token-check: pass");
        let redactor = Redactor::default().and_password(Bytes::from_static(b"correct horse"));
        assert_eq!(redactor.page("the correct horse!"), "the [redacted]!");
    }

    #[test]
    fn a_text_is_masked_before_it_is_cut() {
        let other = format!("hf_{LETTERS}");
        for length in 260..300 {
            let shown = line(&format!("{} {other}", "x".repeat(length)));
            assert!(!shown.contains("hf_"), "{shown}");
        }
        assert_eq!(line(&"y".repeat(400)).chars().count(), LONGEST_LINE + 1);
        for gap in ["", " ", "\"", "\u{ad}"] {
            let tokens = format!("{gap}hf_oauth_eyJ{LETTERS}.{LETTERS}.{LETTERS}").repeat(400);
            let shown = line(&tokens);
            assert!(!shown.contains("hf_") && !leaks(LETTERS, &shown) && shown.ends_with('…'), "{gap:?}: {shown}");
        }
    }

    /// How long this thread has run, in nanoseconds: a clock counts what other processes take too.
    #[cfg(target_os = "linux")]
    fn processor_time() -> u64 {
        let times = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a time");
        times.split(' ').next().and_then(|time| time.parse().ok()).expect("a number")
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_long_text_takes_linear_time() {
        let redactor = redactor(&format!("hf_oauth_{}", LETTERS.repeat(200)));
        for unit in ["hf_", "%25", "\u{ad}a", "hf_oauth_", "hf_oauth_a.", "api_org_ab", "eyJ", LETTERS] {
            let text = unit.repeat((1 << 18) / unit.len());
            let started = processor_time();
            let _ = redactor.flags(&text);
            // In a debug build a third of a second; in quadratic time, minutes.
            assert!(processor_time() - started < 5_000_000_000, "{unit}");
        }
    }
}
