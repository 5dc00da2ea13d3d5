//! Text from elsewhere, made safe to print.

use std::path::Path;

/// Every character that has no shape of its own, except control characters: the general categories `Cf`, `Zl` and `Zp`,
/// and `Default_Ignorable_Code_Point`, of Unicode 16.0.0 (`DerivedGeneralCategory.txt`, `DerivedCoreProperties.txt`).
const INVISIBLE: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// True for what moves a cursor, turns text around or cannot be seen: control, format and default-ignorable characters.
pub fn is_invisible(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && is_listed(c))
}

fn is_listed(c: char) -> bool {
    let at = INVISIBLE.partition_point(|(_, last)| *last < c);
    INVISIBLE.get(at).is_some_and(|(first, _)| *first <= c)
}

/// One line of text that cannot harm a terminal or forge a log line: nothing invisible, white space folded. It cannot
/// command a CI runner either, wherever the line is wrapped.
pub fn line(text: &str) -> String {
    let visible: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    visible.split_whitespace().map(inert).collect::<Vec<_>>().join(" ")
}

/// A path for people. Blanks are kept; what is invisible in a name is shown as a replacement character.
pub fn path(path: &Path) -> String {
    let blank = |c: char| if c.is_whitespace() && !is_invisible(c) { ' ' } else { c };
    let shown: String = path.display().to_string().chars().map(blank).collect();
    shown.replace(is_invisible, "\u{fffd}").split(' ').map(inert).collect::<Vec<_>>().join(" ")
}

/// The word, unless a CI runner would obey it: GitHub's obeys `::command` at the beginning of a line and `##[command]`
/// anywhere.
fn inert(word: &str) -> String {
    let name = word.trim_start_matches(':');
    let is_command = word.starts_with("::") && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = if is_command { name } else { word };
    let mut inert = String::with_capacity(word.len());
    for c in word.chars() {
        if c != '#' || !inert.ends_with('#') {
            inert.push(c);
        }
    }
    inert
}

/// An error of the system, without its number, in the words of Rust's library where it has any: the C libraries each
/// have their own.
pub fn io_error(error: &std::io::Error) -> String {
    let (kind, text) = (error.kind().to_string(), error.to_string());
    if error.raw_os_error().is_some() && kind != "uncategorized error" {
        return kind;
    }
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    #[test]
    fn the_table_of_invisible_characters_is_that_of_unicode() {
        let pattern =
            regex_syntax::parse(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]").expect("a pattern");
        let HirKind::Class(Class::Unicode(expected)) = pattern.kind() else { panic!("{pattern:?} is no class") };
        let is_expected = |c: char| expected.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c));
        let wrong: Vec<char> = ('\0'..=char::MAX).filter(|c| is_invisible(*c) != is_expected(*c)).collect();
        assert!(wrong.is_empty(), "{wrong:x?}");
        assert!(INVISIBLE.is_sorted_by(|one, next| one.1 < next.0), "the search needs an ordered table");
    }

    #[test]
    fn a_line_is_visible_and_commands_nothing() {
        for (text, shown) in [
            ("a\u{61c}b\u{ad}\u{34f}\u{180e}\u{fe0f}\u{e0041}c", "abc"),
            ("one\n::error::two \t three", "one error::two three"),
            ("a ####[error] b", "a #[error] b"),
            ("::1 and a::b", "::1 and a::b"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn the_name_of_a_file_commands_nothing() {
        for (name, shown) in [
            ("/tmp/a  b.py", "/tmp/a  b.py"),
            ("/tmp/a\n::error::b", "/tmp/a\u{fffd}::error::b"),
            ("a ::error::x", "a error::x"),
            ("a\u{a0}::error::x", "a error::x"),
            ("a ##[error]x", "a #[error]x"),
        ] {
            assert_eq!(path(Path::new(name)), shown);
        }
    }
}
