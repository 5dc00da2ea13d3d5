//! Every diagnosis is complete: it has its part in each file where a diagnosis belongs. A failure names the file and what to
//! add to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::design;
use crate::rehearsal::cases;
use testkit::scenario;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// Shown beside another diagnosis, or needs a home directory: each has a test of its own instead of a scenario and a golden text.
const WITHOUT_A_SCENARIO: [(&str, &str); 9] = [
    ("token-unusual-length", "a_warning_stands_beside_the_failure_it_explains"),
    ("token-ignored-file", "a_login_file_is_named_and_not_used"),
    ("read-denied", "a_refusal_to_read_without_words_is_general"),
    ("read-denied-fine-grained", "a_refusal_to_read_without_words_is_general"),
    ("revision-unknown", "what_is_not_the_hubs_answer_about_a_revision_is_unknown"),
    ("ca-store-missing", "a_machine_without_ca_certificates_is_named_where_a_command_follows"),
    ("env-restricted", "few_descriptors_are_enough_or_named_as_the_cause"),
    ("audit-hardcoded", "literals_are_found_where_they_lie_and_never_shown"),
    ("audit-exposed-file", "a_token_file_that_others_can_read_is_named"),
];

/// Where every diagnosis has its part besides `src/diagnosis/catalog.rs`, and what to add where it has none.
const PARTS: [Part; 5] = [
    Part {
        file: |_| "docs/diagnoses.md".into(),
        to_add: "the entry that --explain prints: a heading `### CODE`, then what it means and what to do",
        exists: |code| read("docs/diagnoses.md").lines().any(|line| line == format!("### {code}")),
    },
    Part {
        file: |_| "docs/interface.md".into(),
        to_add: "its row in the table of section 4, with the exit status",
        exists: |code| read("docs/interface.md").contains(&format!("`{code}`")),
    },
    Part {
        file: |_| "crates/testkit/src/scenario.rs".into(),
        to_add: "a row of `all()` that ends with it",
        exists: |code| has_its_own_test(code) || scenario::all().iter().any(|scenario| scenario.code == code),
    },
    Part {
        file: |code| format!("tests/golden/{code}.txt"),
        to_add: "the message of that scenario: run `BLESS=1 cargo test every_message` and review what it writes",
        exists: |code| has_its_own_test(code) || !read(&format!("tests/golden/{code}.txt")).is_empty(),
    },
    Part {
        file: |_| "tests/rehearsal/cases.rs".into(),
        to_add: "a row `case(\"CODE\", ...)` of `all()`: the real run that `--rehearse CODE` must equal",
        exists: |code| cases::all().iter().any(|case| case.code == code),
    },
];

struct Part {
    file: fn(&str) -> String,
    to_add: &'static str,
    exists: fn(&str) -> bool,
}

fn has_its_own_test(code: &str) -> bool {
    WITHOUT_A_SCENARIO.iter().any(|(known, _)| *known == code)
}

#[testkit::test]
fn every_diagnosis_is_complete() {
    let mut missing = String::new();
    for code in design::table() {
        for part in PARTS.iter().filter(|part| !(part.exists)(&code)) {
            missing.push_str(&format!("{}: add {}\n", (part.file)(&code), part.to_add.replace("CODE", &code)));
        }
    }
    assert!(
        missing.is_empty(),
        "a diagnosis of src/diagnosis/catalog.rs is not complete:\n{missing}For one that is complete, \
         `git grep -niE 'token-?expired'` shows every place."
    );
    let sources: String = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"))
        .expect("tests")
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok())
        .collect();
    for (code, test) in WITHOUT_A_SCENARIO {
        assert!(sources.contains(&format!("fn {test}()")), "{code}: there is no test called {test}");
    }
}

#[testkit::test]
fn the_manual_has_an_entry_for_nothing_else() {
    let manual = read("docs/diagnoses.md");
    let entries: BTreeSet<_> = manual.lines().filter_map(|line| line.strip_prefix("### ")).map(Into::into).collect();
    assert_eq!(entries, design::table());
}
