//! A revision of a repo: a branch, a tag or a commit.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

/// Git keeps a name in a file of that name; longer ones do not exist.
const LONGEST: usize = 255;

/// What is percent-encoded in a segment of a path (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name of a revision, by git's rules for names of references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(String);

/// Why a text is no revision, as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RevisionError {
    /// `owner/name@`
    #[error("the revision after @ is empty")]
    Empty,
    /// `HEAD~1`, `a..b`, `a b`
    #[error("the revision after @ is not a name that git allows")]
    Name,
}

impl Revision {
    /// Reads a name. An abbreviation of git's, such as `HEAD~1`, is none: the Hub does not know it either.
    pub fn parse(text: &str) -> Result<Self, RevisionError> {
        let is_odd = |part: &str| part.is_empty() || part.starts_with('.') || part.strip_suffix(".lock").is_some();
        let has_a_mark = text.contains(|c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c));
        if text.is_empty() {
            return Err(RevisionError::Empty);
        }
        if text.len() > LONGEST || has_a_mark || text.contains("..") || text.contains("@{") || text.ends_with('.') {
            return Err(RevisionError::Name);
        }
        // A name that holds a percent-encoding could not be told from the encoded form of another.
        if text == "@" || decoded(text) != text || text.split('/').any(is_odd) {
            Err(RevisionError::Name)
        } else {
            Ok(Self(text.into()))
        }
    }

    /// Whether every repo has it, so that there is nothing to ask.
    pub fn is_main(&self) -> bool {
        self.0 == "main"
    }

    /// As one segment of a path: a slash is `%2F`.
    pub fn segment(&self) -> String {
        utf8_percent_encode(&self.0, RESERVED).to_string()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text without percent-encoding; as it is, where that gives no UTF-8.
pub fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::{Revision, RevisionError, decoded};

    #[test]
    fn names_are_those_that_git_allows() {
        for (text, segment) in [
            ("main", "main"),
            ("v1.0", "v1.0"),
            ("refs/pr/1", "refs%2Fpr%2F1"),
            ("feature/a-b_c", "feature%2Fa-b_c"),
            ("0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"),
            ("50%", "50%25"),
            ("a#b&c=d+e", "a%23b%26c%3Dd%2Be"),
            ("größe", "gr%C3%B6%C3%9Fe"),
            ("a@b", "a%40b"),
        ] {
            assert_eq!(Revision::parse(text).map(|revision| revision.segment()).as_deref(), Ok(segment), "{text}");
            assert_eq!(decoded(segment), text);
        }
        assert_eq!(Revision::parse(""), Err(RevisionError::Empty));
        for text in [
            "HEAD~1", "a^", "a:b", "a?b", "a*b", "a[b", "a\\b", "a b", "a\tb", "a..b", "@{1}", "@", "/a", "a/", "a//b",
            "a%2Fb", "%41", ".a", "a/.b", "a.lock", "a.lock/b", "a.",
        ] {
            assert_eq!(Revision::parse(text), Err(RevisionError::Name), "{text:?}");
        }
        assert!(Revision::parse(&"x".repeat(255)).is_ok() && Revision::parse(&"x".repeat(256)).is_err());
    }

    #[test]
    fn only_whole_codes_are_decoded() {
        for (text, expected) in
            [("%2F%2f", "//"), ("%", "%"), ("%2", "%2"), ("%+1", "%+1"), ("%ff", "%ff"), ("é%20", "é ")]
        {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
