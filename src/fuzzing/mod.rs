//! The door for `cargo fuzz` (`fuzz/targets/`): one function per target. Each takes any bytes and panics where a promise
//! about the code behind it does not hold. `cargo test` replays what the fuzzers found.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a promise that does not hold must end the run")]

mod duration;
mod earned;
mod list;
mod made;
mod pages;
mod repo;
mod token;
mod verdict;
mod waiting;
mod whoami;

use crate::model::printable::is_invisible;
use crate::model::repo::looks_like_a_token;
use crate::token::secret::LONGEST_LEAK;

/// A value that may be a token.
pub fn token(data: &[u8]) {
    token::is_taken_or_named(data);
}

/// A REPO, perhaps behind an endpoint of its own.
pub fn repo(data: &[u8]) {
    repo::is_right_or_refused(data);
}

/// The text of `HF_TOKEN_CHECK_READ` and its like.
pub fn list(data: &[u8]) {
    list::is_whole(data);
}

/// A duration, and the arithmetic that follows it.
pub fn duration(data: &[u8]) {
    duration::stays_in_bounds(data);
}

/// `Retry-After`.
pub fn retry_after(data: &[u8]) {
    waiting::retry_after(data);
}

/// `RateLimit`.
pub fn ratelimit(data: &[u8]) {
    waiting::ratelimit(data);
}

/// A whole run against a made-up Hub, from whoami to the outputs.
pub fn verdict(data: &[u8]) {
    verdict::judged(data);
}

/// What a person is told in one line: short, visible, and never a token.
fn told(text: &str) {
    assert!(!text.is_empty() && text.chars().count() <= 1_600, "{} characters: {text:?}", text.chars().count());
    assert!(!text.contains(is_invisible), "a control character: {text:?}");
    assert!(!looks_like_a_token(text), "a token: {text:?}");
}

/// No eight characters of the secret in a row.
fn hidden(secret: &str, text: &str) {
    let mut runs = (LONGEST_LEAK..=secret.len()).map(|end| &secret[end - LONGEST_LEAK..end]);
    assert!(!runs.any(|run| text.contains(run)), "a part of the token: {text}");
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::report::Verdict;

    /// Replays every file of a target; a panic says which file by its path, printed beside the failure.
    fn replay(name: &str, target: fn(&[u8])) {
        let mut replayed = 0;
        for kind in ["corpus", "crashes"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind).join(name);
            for file in fs::read_dir(folder).into_iter().flatten().flatten() {
                println!("{}", file.path().display());
                target(&fs::read(file.path()).expect("a file of the corpus"));
                replayed += 1;
            }
        }
        assert!(replayed >= 5, "{name}: a corpus of {replayed} files is none");
    }

    #[test]
    fn what_the_fuzzers_found_stays_found() {
        type Target = (&'static str, fn(&[u8]));
        let targets: [Target; 7] = [
            ("token", token),
            ("repo", repo),
            ("list", list),
            ("duration", duration),
            ("retry_after", retry_after),
            ("ratelimit", ratelimit),
            ("verdict", verdict),
        ];
        for (name, target) in targets {
            replay(name, target);
        }
    }

    #[test]
    fn the_corpus_holds_runs_of_every_verdict() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/verdict");
        let files = fs::read_dir(folder).expect("a corpus").flatten();
        let verdicts: Vec<_> =
            files.filter_map(|file| verdict::judged(&fs::read(file.path()).expect("a file"))).collect();
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Unknown] {
            assert!(verdicts.contains(&verdict), "{} runs, and none ends in {verdict:?}", verdicts.len());
        }
    }
}
