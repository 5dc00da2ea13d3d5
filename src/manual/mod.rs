//! The manual, compiled in from `docs/diagnoses.md`: the one source for people, for `--explain` and for reports.

mod search;

use crate::diagnosis::exit_code::ExitCode;
use crate::report::wrap;

const MANUAL: &str = include_str!("../../docs/diagnoses.md");

/// The topic that prints how to give a job its token.
const WAYS: &str = "ways";

/// The narrowest terminal that the manual is folded for.
const NARROWEST: usize = 30;

/// One `##` section: its heading, its introduction and its entries.
struct Section {
    heading: &'static str,
    intro: &'static str,
    entries: Vec<Entry>,
}

impl Section {
    /// Whether its diagnoses end with this status. Warnings end with that of `--strict`.
    fn is_of(&self, exit: ExitCode) -> bool {
        if exit == ExitCode::Strict {
            return self.heading.starts_with("Warnings");
        }
        self.heading.split(' ').next() == Some(exit.number().to_string().as_str())
    }
}

/// One `###` entry.
struct Entry {
    code: &'static str,
    body: &'static str,
}

/// What the manual says about `topic`: a code, an exit status, an HTTP status, or words of an error message; without a
/// topic, the list of codes. `None` where it says nothing. Lines fit `width`.
pub fn explain(topic: Option<&str>, width: usize) -> Option<String> {
    let sections = sections();
    let page = match topic {
        None => list(&sections),
        Some(topic) => {
            let topic = topic.trim();
            entry(&sections, topic)
                .or_else(|| ways(&sections, topic))
                .or_else(|| section(&sections, topic))
                .or_else(|| found(&sections, topic))?
        }
    };
    Some(refold(&page, width.max(NARROWEST)))
}

fn sections() -> Vec<Section> {
    let section = |text: &'static str| {
        let (heading, body) = text.split_once('\n').unwrap_or((text, ""));
        let mut parts = body.split("\n### ");
        let intro = parts.next().unwrap_or_default().trim_matches('\n');
        let entry = |part: &'static str| {
            let (code, body) = part.split_once('\n').unwrap_or((part, ""));
            Entry { code: code.trim(), body: body.trim_matches('\n') }
        };
        Section { heading, intro, entries: parts.map(entry).collect() }
    };
    MANUAL.split("\n## ").skip(1).map(section).collect()
}

fn entry(sections: &[Section], code: &str) -> Option<String> {
    let section = sections.iter().find(|section| section.entries.iter().any(|entry| entry.code == code))?;
    let entry = section.entries.iter().find(|entry| entry.code == code)?;
    let mut page = format!("{code} (exit {})\n\n{}\n", section.heading, entry.body);
    // How to give a job its token concerns every code that says it has none that works.
    if [ExitCode::NoToken, ExitCode::Unauthorized].iter().any(|exit| section.is_of(*exit)) {
        page.push_str(&format!("\nHow to give a job its token, by platform: hf-token-check --explain {WAYS}\n"));
    }
    Some(page)
}

/// The section on how to give a job its token.
fn ways(sections: &[Section], topic: &str) -> Option<String> {
    let section = sections.iter().find(|section| section.entries.is_empty()).filter(|_| topic == WAYS)?;
    Some(format!("{}\n\n{}\n", section.heading, section.intro))
}

/// The entries that a pasted error points to.
fn found(sections: &[Section], message: &str) -> Option<String> {
    let entries = search::search(sections, message);
    let lines: String = entries.into_iter().map(line).collect();
    (!lines.is_empty())
        .then(|| format!("Possible causes, most likely first (run --explain CODE for details):\n\n{lines}"))
}

/// The section of an exit status, or of the HTTP status that it stands for.
fn section(sections: &[Section], status: &str) -> Option<String> {
    let exit = match status.parse::<u16>() {
        Ok(number) => {
            let own = ExitCode::ALL.into_iter().find(|exit| u16::from(exit.number()) == number);
            own.or_else(|| ExitCode::of_http(number))
        }
        Err(_) => (status == "5xx").then_some(ExitCode::Unavailable),
    };
    let section = sections.iter().find(|section| exit.is_some_and(|exit| section.is_of(exit)))?;
    let codes = section.entries.iter().map(line).collect::<String>();
    let intro = if section.intro.is_empty() { String::new() } else { format!("{}\n\n", section.intro) };
    Some(format!("{}\n\n{intro}Codes:\n\n{codes}", section.heading))
}

fn list(sections: &[Section]) -> String {
    let section = |section: &Section| {
        let codes = section.entries.iter().map(line).collect::<String>();
        format!("{}\n\n{codes}\n", section.heading)
    };
    let all = sections.iter().filter(|section| !section.entries.is_empty()).map(section).collect::<String>();
    format!("hf-token-check --explain CODE shows an entry.\n\n{all}").trim_end().to_owned() + "\n"
}

/// A code with the first sentence of its entry.
fn line(entry: &Entry) -> String {
    let paragraph = entry.body.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let sentence = paragraph.split(". ").next().unwrap_or_default().trim_end_matches(['.', ':']);
    format!("- {}: {sentence}\n", entry.code)
}

/// Folds paragraphs and list items; what is indented or a table stays as it is.
fn refold(page: &str, width: usize) -> String {
    let mut text = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let is_fixed = |line: &str| line.is_empty() || line.starts_with("    ") || line.starts_with('|');
        if is_fixed(line) {
            text.push_str(line);
            text.push('\n');
            continue;
        }
        let indent = indent(line);
        let mut paragraph = line.to_owned();
        while let Some(next) = lines.next_if(|next| !is_fixed(next) && self::indent(next).is_empty()) {
            paragraph.push(' ');
            paragraph.push_str(next.trim_start());
        }
        wrap::fold(&mut text, "", indent, &paragraph, width.min(wrap::WIDTH));
    }
    text
}

/// What the further lines of a list item begin with; nothing for any other line.
fn indent(line: &str) -> &'static str {
    let number = line.bytes().take_while(u8::is_ascii_digit).count();
    if line.starts_with("- ") {
        "  "
    } else if number > 0 && line[number..].starts_with(". ") {
        "   "
    } else {
        ""
    }
}
