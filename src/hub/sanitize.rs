//! Text from a server, made safe to print.

use crate::model::printable::is_invisible;

/// The longest message shown.
const LONGEST_MESSAGE: usize = 300;

/// A line of text that cannot harm a terminal or forge a log line: control and formatting characters are gone, white
/// space is folded, and it ends after 300 characters. Nor can it command a CI runner, wherever the line is wrapped: these
/// obey `::command` at the beginning of a line and `##[command]` anywhere.
pub fn tidy(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c));
    let visible: String = visible.take(LONGEST_MESSAGE * 4).collect();
    let words = visible.split_whitespace().map(inert).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// The word, unless a CI runner would obey it.
fn inert(word: &str) -> String {
    let name = word.trim_start_matches(':');
    let is_command = word.starts_with("::") && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let mut inert = if is_command { name } else { word }.to_owned();
    while inert.contains("##") {
        inert = inert.replace("##", "#");
    }
    inert
}
