//! Foreign text, made safe to print.

use std::path::Path;

/// True for what moves a cursor, turns text around or cannot be seen: control and formatting characters.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A path for people: a name may hold anything, and must not forge a line of a log.
pub fn path(path: &Path) -> String {
    path.display().to_string().replace(is_invisible, "\u{fffd}")
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
