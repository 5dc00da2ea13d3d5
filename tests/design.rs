//! The rules of the house, held by tests because a rule that nobody checks is a wish.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::scenario;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the repository")
}

/// The codes of the table, read from its source: kebab-case words in quotes after a variant's name.
pub fn table() -> BTreeSet<String> {
    let source = read("src/domain/diagnosis.rs");
    let (_, rows) = source.split_once("\ndiagnoses! {").expect("the table");
    let row = |line: &str| {
        let mut words = line.strip_prefix("    ")?.split(' ');
        let variant = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))?;
        let code = words.next()?.strip_prefix('"')?.strip_suffix('"')?;
        words.next().filter(|exit| exit.starts_with(|c: char| c.is_ascii_uppercase()))?;
        (!variant.is_empty()).then(|| code.to_owned())
    };
    rows.lines().filter_map(row).collect()
}

#[test]
fn the_table_is_read_whole() {
    let codes = table();
    assert!(codes.len() > 60 && codes.contains("token-missing") && codes.contains("hub-deprecation"), "{codes:?}");
}

#[test]
fn every_diagnosis_has_a_scenario() {
    let played: BTreeSet<_> =
        scenario::all().into_iter().map(|scenario| scenario.code.to_owned()).filter(|code| !code.is_empty()).collect();
    let mut missing: Vec<_> = table().difference(&played).cloned().collect();
    // Shown beside another diagnosis or needing a home directory: each has a test of its own, named here.
    let elsewhere = [
        ("token-unusual-length", "a_warning_stands_beside_the_failure_it_explains"),
        ("token-ignored-file", "a_login_file_is_named_and_not_used"),
        ("read-denied", "a_refusal_to_read_without_words_is_general"),
        ("read-denied-fine-grained", "a_refusal_to_read_without_words_is_general"),
        ("audit-hardcoded", "literals_are_found_where_they_lie_and_never_shown"),
        ("audit-exposed-file", "a_token_file_that_others_can_read_is_named"),
    ];
    missing.retain(|code| !elsewhere.iter().any(|(known, _)| known == code));
    assert!(missing.is_empty(), "no scenario in crates/testkit/src/scenario.rs ends with {missing:?}");
    let sources: String = fs::read_dir(root().join("tests"))
        .expect("tests")
        .flatten()
        .filter(|e| e.path().is_file())
        .map(|e| read(e.path()))
        .collect();
    for (code, test) in elsewhere {
        assert!(sources.contains(&format!("fn {test}()")), "{code}: there is no test called {test}");
    }
}

#[test]
fn every_diagnosis_has_a_manual_entry_and_the_manual_has_no_other() {
    let manual = read("docs/diagnoses.md");
    let entries: BTreeSet<_> = manual.lines().filter_map(|line| line.strip_prefix("### ")).map(Into::into).collect();
    assert_eq!(entries, table());
}

#[test]
fn rooms_import_only_the_rooms_below_them() {
    let allowed: &[(&str, &[&str])] = &[
        ("domain", &["domain"]),
        ("hub", &["domain", "hub"]),
        ("output", &["domain", "output"]),
        ("credential", &["domain"]),
        ("exec", &["domain"]),
        ("rank", &["domain"]),
        ("seal", &[]),
        ("explain", &["domain"]),
        ("audit", &["domain"]),
        ("rehearsal", &["domain", "credential", "options", "rehearsal"]),
        ("cli", &["domain"]),
        ("options", &["domain", "cli"]),
    ];
    let mut looked_at = 0;
    for file in sources(&root().join("src")) {
        let name = file.strip_prefix(root().join("src")).expect("below src").with_extension("").display().to_string();
        let room = name.split('/').next().expect("a name");
        let Some((_, below)) = allowed.iter().find(|(known, _)| *known == room) else {
            assert!(
                ["main", "lib", "run", "reports", "fuzzing"].contains(&room),
                "{room} is a room that this rule does not know"
            );
            continue;
        };
        looked_at += 1;
        let text = read(&file);
        let code = text.split("#[cfg(test)]\nmod tests").next().expect("code");
        for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            for (at, _) in line.match_indices("crate::") {
                let target: String = line[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(
                    target.is_empty() || below.contains(&target.as_str()),
                    "{}: {room} must not import {target}: {line}",
                    file.display()
                );
            }
            if room == "domain" {
                for banned in [
                    "std::env",
                    "std::fs",
                    "std::net",
                    "std::process",
                    "SystemTime::now",
                    "Instant",
                    "reqwest",
                    "clap",
                    "tokio",
                ] {
                    assert!(!line.contains(banned), "{}: the domain is pure: {line}", file.display());
                }
            }
        }
    }
    assert!(looked_at > 25, "only {looked_at} files were looked at");
}

#[test]
fn numbers_of_the_exit_status_appear_in_one_file_only() {
    for file in sources(&root().join("src")) {
        if file.ends_with("exit_code.rs") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().expect("code");
        for number in ["= 40", "= 41", "= 43", "= 44", "= 49", "= 50", "= 51", "= 126", "= 127"] {
            let used = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains(&format!("{number},")) || line.contains(&format!("{number};")));
            assert!(!used, "{}: {number}", file.display());
        }
    }
}

#[test]
fn no_literal_in_the_repository_has_the_shape_of_a_token() {
    for folder in ["src", "crates", "tests", "benches", "docs", "examples", "fuzz/corpus", "fuzz/crashes"] {
        for file in files(&root().join(folder)) {
            let Ok(bytes) = fs::read(&file) else { continue };
            let text = String::from_utf8_lossy(&bytes);
            for (at, _) in text.match_indices("hf_") {
                let body = text[at + 3..].bytes().take_while(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
                let varied = body.iter().collect::<BTreeSet<_>>().len() > 2;
                assert!(body.len() != 34 || !varied, "{}: a literal in the shape of a token", file.display());
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] })
        .collect()
}

#[test]
fn the_interface_page_names_every_code_and_every_option() {
    let page = read("docs/interface.md");
    for code in table() {
        // Families are written with their endings in one row.
        assert!(page.contains(&format!("`{code}`")), "docs/interface.md lacks {code}");
    }
    let help = testkit::program::run(["--help"], &[]).stdout;
    let options = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
    let names = options.map(|word| word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()));
    for option in names.filter(|name| !["--help", "--version"].contains(name)) {
        assert!(page.contains(&format!("`{option}")), "docs/interface.md lacks {option}");
    }
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let mut named = 0;
    for page in ["docs/security.md", "docs/reliability.md"] {
        // Odd parts of a split at backticks are what stands between two of them.
        for name in read(page).split('`').skip(1).step_by(2).filter(|name| name.contains("::")) {
            let (theme, test) = name.split_once("::").expect("a theme");
            let source = fs::read_to_string(root().join(format!("tests/{theme}.rs"))).unwrap_or_default();
            assert!(source.contains(&format!("fn {test}()")), "{page} names {name}, and there is no such test");
            named += 1;
        }
    }
    assert!(named > 8, "{named}");
}
