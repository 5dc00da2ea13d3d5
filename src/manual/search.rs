//! Which entries of the manual a pasted error points to.
//!
//! The lines under "Seen as" are the patterns: `...` stands for anything. They come first, the longest match first. Only if none
//! matches do single words count. An HTTP status in the error restricts the sections.

use super::{Entry, Section};
use crate::diagnosis::exit_code::ExitCode;

/// Sentences that the client adds to every error of a kind. They say nothing about the cause.
const BOILERPLATE: [&str; 6] = [
    "make sure your token has the correct permissions",
    "if you are trying to access a private or gated repo make sure you are authenticated and your user has been granted access",
    "if you are trying to access a private or gated repo make sure you are authenticated",
    "for more details see https huggingface co docs huggingface hub authentication",
    "for more information check https developer mozilla org en us docs web http status",
    "the above exception was the direct cause of the following exception",
];

/// A shorter text is not searched for inside a pattern.
const SHORTEST_QUERY: usize = 5;

/// What a word is worth that a single entry contains.
const UNIQUE: u32 = 1000;

/// A word that more entries than this contain says nothing by itself.
const MOST_HOLDERS: u32 = 12;

/// The list ends here.
const MOST_FOUND: usize = 6;

/// The entries that `message` points to, most likely first; empty if there are none.
pub fn search<'a>(sections: &'a [Section], message: &str) -> Vec<&'a Entry> {
    let text = without_boilerplate(&normalized(message));
    if text.is_empty() {
        return Vec::new();
    }
    let statuses = statuses(&text);
    let allowed: Vec<&Section> = sections.iter().filter(|section| is_allowed(section, &statuses)).collect();
    let entries = |sections: &[&'a Section]| -> Vec<&'a Entry> { sections.iter().flat_map(|s| &s.entries).collect() };
    let (allowed, all) = (entries(&allowed), entries(&sections.iter().collect::<Vec<_>>()));
    let mut found = by_pattern(&allowed, &text);
    if found.is_empty() {
        found = by_pattern(&all, &text);
    }
    if let (true, [.., status]) = (found.is_empty(), statuses.as_slice()) {
        found = entries(
            &sections
                .iter()
                .filter(|section| ExitCode::of_http(*status).is_some_and(|exit| section.is_of(exit)))
                .collect::<Vec<_>>(),
        );
    }
    if found.is_empty() { by_word(&all, message) } else { found }
}

/// The entries with a "Seen as" line that the text contains, or that contains the text.
fn by_pattern<'a>(entries: &[&'a Entry], text: &str) -> Vec<&'a Entry> {
    let worth = |entry: &&'a Entry| patterns(entry).filter_map(|pattern| matched(&pattern, text)).max();
    best(entries.iter().filter_map(|entry| Some((worth(entry)?, *entry))).collect(), 6)
}

/// Words that the manual does not know (names, addresses, numbers) do not count, and of the others the rarer count more.
fn by_word<'a>(entries: &[&'a Entry], message: &str) -> Vec<&'a Entry> {
    let text = normalized(message);
    let bodies: Vec<_> = entries.iter().map(|entry| normalized(&format!("{} {}", entry.code, entry.body))).collect();
    let holders = |word: &str| bodies.iter().filter(|body| contains(body, word)).count();
    let words = message.split_whitespace().map(normalized).filter(|word| word.len() > 2);
    let mut words: Vec<_> = words.map(|word| (holders(&word), word)).collect();
    words.retain(|(holders, _)| *holders > 0);
    let worth = |body: &String| -> u32 {
        let found = words.iter().filter(|(_, word)| contains(body, word));
        // The message as a whole says more than its words.
        let whole = if contains(body, &text) { UNIQUE } else { 0 };
        whole + found.map(|(holders, _)| UNIQUE / u32::try_from(*holders).unwrap_or(u32::MAX)).sum::<u32>()
    };
    let found = entries.iter().zip(&bodies).map(|(entry, body)| (worth(body) as usize, *entry));
    let least = (UNIQUE / MOST_HOLDERS) as usize;
    best(found.filter(|(worth, _)| *worth >= least).collect(), 7)
}

/// The entries worth at least so many tenths of the best, best first; equal ones in the order of the manual.
fn best(mut found: Vec<(usize, &Entry)>, tenths: usize) -> Vec<&Entry> {
    found.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    let best = found.first().map_or(0, |(worth, _)| *worth);
    found
        .into_iter()
        .filter(|(worth, _)| worth * 10 >= best * tenths)
        .take(MOST_FOUND)
        .map(|(_, entry)| entry)
        .collect()
}

/// How many characters of `text` a pattern explains; `None` if it does not match.
fn matched(pattern: &[String], text: &str) -> Option<usize> {
    let mut rest = text;
    let in_order = pattern.iter().all(|fragment| match find(rest, fragment) {
        Some(at) => {
            rest = &rest[at + fragment.len()..];
            true
        }
        None => false,
    });
    if in_order {
        return Some(pattern.iter().map(String::len).sum());
    }
    let within = text.len() >= SHORTEST_QUERY && pattern.iter().any(|fragment| contains(fragment, text));
    within.then_some(text.len())
}

/// The lines under "Seen as", each as the fragments between its `...`.
fn patterns(entry: &Entry) -> impl Iterator<Item = Vec<String>> {
    let lines = entry.body.split_once("Seen as:").map_or("", |(_, rest)| rest).trim_start_matches('\n').lines();
    let lines = lines.take_while(|line| line.starts_with("    "));
    lines.map(|line| line.split("...").map(normalized).filter(|fragment| !fragment.is_empty()).collect())
}

/// True for a section that an error with one of these HTTP statuses can be about.
fn is_allowed(section: &Section, statuses: &[u16]) -> bool {
    let about = |status: &u16| match ExitCode::of_http(*status) {
        // The Python client calls most 401s a missing repo, and an OAuth token without a scope gets one too.
        Some(ExitCode::Unauthorized) => {
            [ExitCode::NoToken, ExitCode::Unauthorized, ExitCode::Forbidden, ExitCode::NotFound]
                .iter()
                .any(|exit| section.is_of(*exit))
        }
        Some(exit) => section.is_of(exit),
        None => true,
    };
    statuses.is_empty() || statuses.iter().any(about)
}

/// The HTTP statuses that a normalized text states, in the phrases of requests, httpx, curl and git.
fn statuses(text: &str) -> Vec<u16> {
    const BEFORE: [&str; 7] = [
        "client error ",
        "server error ",
        "returned error ",
        "status code ",
        "status ",
        "http error ",
        "tunnel connection failed ",
    ];
    const AFTER: [&str; 7] = [
        " client error",
        " server error",
        " forbidden",
        " unauthorized",
        " not found",
        " too many requests",
        " proxy authentication",
    ];
    let words: Vec<&str> = text.split(' ').collect();
    let mut found = Vec::new();
    let mut at = 0;
    for word in words {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let is_status = word.len() == 3 && word.parse::<u16>().is_ok_and(|status| (400..600).contains(&status));
        let is_stated = BEFORE.iter().any(|phrase| before.ends_with(phrase))
            || AFTER.iter().any(|phrase| after.starts_with(phrase));
        if is_status && is_stated {
            found.extend(word.parse::<u16>().ok().filter(|status| !found.contains(status)));
        }
        at += word.len() + 1;
    }
    found
}

fn without_boilerplate(text: &str) -> String {
    let mut text = text.to_owned();
    for sentence in BOILERPLATE {
        while let Some(at) = find(&text, sentence) {
            text.replace_range(at..at + sentence.len(), "");
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lowercase words of letters and digits, separated by single spaces.
fn normalized(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn contains(text: &str, phrase: &str) -> bool {
    find(text, phrase).is_some()
}

/// Where a phrase begins in a text, as whole words.
fn find(text: &str, phrase: &str) -> Option<usize> {
    text.match_indices(phrase).map(|(at, _)| at).find(|at| {
        let (before, after) = (&text[..*at], &text[at + phrase.len()..]);
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    })
}
