use std::path::Path;

/// Where lines are folded unless a terminal is narrower; longer words, such as addresses, stay whole.
pub(crate) const WIDTH: usize = 80;

/// One paragraph after `first`, folded at spaces; every further line begins with `rest`.
pub(crate) fn fold(text: &mut String, first: &str, rest: &str, paragraph: &str, width: usize) {
    let mut line = first.to_owned();
    let mut is_bare = true;
    for word in paragraph.split(' ') {
        if !is_bare && visible(&line) + 1 + word.chars().count() > width {
            text.push_str(line.trim_end());
            text.push('\n');
            rest.clone_into(&mut line);
            is_bare = true;
        }
        if !is_bare {
            line.push(' ');
        }
        line.push_str(word);
        is_bare = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// True for what moves a cursor, turns text around or cannot be seen: control and formatting characters.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A path for people: a name may hold anything, and must not forge a line of a log.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().replace(is_invisible, "\u{fffd}")
}

/// An error of the system, without its number, in the words of Rust's library where it has any: the C libraries each
/// have their own.
pub(crate) fn trouble(error: &std::io::Error) -> String {
    let (kind, text) = (error.kind().to_string(), error.to_string());
    if error.raw_os_error().is_some() && kind != "uncategorized error" {
        return kind;
    }
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// The columns that a line takes, without its escape sequences.
fn visible(line: &str) -> usize {
    let bare = |(at, part): (usize, &str)| match at {
        0 => part.chars().count(),
        _ => part.split_once('m').map_or(0, |(_, text)| text.chars().count()),
    };
    line.split('\x1b').enumerate().map(bare).sum()
}
