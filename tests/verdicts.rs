//! Every diagnosis has a scenario, a verdict and a reviewed text.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use testkit::fake_hub::FakeHub;
use testkit::program::{self, Run};
use testkit::scenario::{self, Scenario};

/// A run of a scenario against its own Hub, with extra arguments before its own.
pub fn play(scenario: &Scenario, extra: &[&str]) -> Run {
    let mut state = scenario::hub_state();
    (scenario.setup)(&mut state);
    let hub = FakeHub::start(state);
    let mut variables =
        program::variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
    for (name, value) in &scenario.variables {
        variables.retain(|(known, _)| known != name);
        variables.push(((*name).to_owned(), value.replace("{ca}", &hub.ca.display().to_string())));
    }
    // The Hub of the scenario, for an option that names it.
    let args = scenario.args.iter().map(|arg| arg.replace("{endpoint}", &hub.endpoint));
    program::run(extra.iter().map(|arg| (*arg).to_owned()).chain(args), &variables)
}

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

fn codes(report: &Value) -> Vec<&str> {
    let warnings = report["warnings"].as_array().expect("warnings").iter().map(|warning| &warning["code"]);
    std::iter::once(&report["code"]).chain(warnings).filter_map(Value::as_str).collect()
}

#[testkit::test(slow)]
fn every_scenario_ends_with_its_verdict() {
    for scenario in scenario::all() {
        let run = play(&scenario, &["--format", "json"]);
        let report = report(&run);
        assert_eq!(run.status, scenario.exit, "{}: {report:#}", scenario.name);
        assert_eq!(report["exit"], scenario.exit, "{}", scenario.name);
        let expected: &[&str] = if scenario.code.is_empty() { &[] } else { &[scenario.code] };
        assert_eq!(codes(&report).get(..1).unwrap_or_default(), expected, "{}: {report:#}", scenario.name);
        let verdict = match scenario.exit {
            0 => "pass",
            49 | 50 => "unknown",
            _ => "fail",
        };
        assert_eq!(report["verdict"], verdict, "{}", scenario.name);
    }
}

/// The published schema: readers accept members that it does not name.
fn schema() -> Value {
    serde_json::from_str(include_str!("../docs/report.schema.json")).expect("the schema is JSON")
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::new(schema).expect("the schema is one")
}

/// Judges what the program writes: a member that the schema does not name is an error.
pub fn strict_validator() -> jsonschema::Validator {
    let mut schema = schema();
    close(&mut schema);
    validator(&schema)
}

/// Forbids other members in every object of a schema.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_object = members.get("type").is_some_and(|kind| kind == "object" || kind[0] == "object");
            if is_object && members.contains_key("properties") {
                members.insert("additionalProperties".into(), false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[testkit::test]
fn the_schema_lets_readers_ignore_a_member_that_it_does_not_name() {
    let (published, strict) = (validator(&schema()), strict_validator());
    let known = report(&play(&scenario::all()[0], &["--format", "json"]));
    assert!(published.is_valid(&known) && strict.is_valid(&known), "{known:#}");
    let mut places = 0;
    for place in ["", "/tool", "/token", "/identity", "/identity/orgs/0", "/checks/0", "/checks/2/http"] {
        let mut newer = known.clone();
        let Some(Value::Object(members)) = newer.pointer_mut(place) else { panic!("{place}: {known:#}") };
        members.insert("of_a_later_version".into(), true.into());
        assert!(published.is_valid(&newer), "{place}: a reader must accept it");
        assert!(!strict.is_valid(&newer), "{place}: the program must not write it");
        places += 1;
    }
    assert_eq!(places, 7);
}

#[testkit::test]
fn every_report_satisfies_the_schema() {
    let validator = strict_validator();
    for scenario in scenario::all() {
        let report = report(&play(&scenario, &["--format", "json"]));
        let errors: Vec<_> =
            validator.iter_errors(&report).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}\n{report:#}", scenario.name);
    }
    let mut broken = report(&play(&scenario::all()[0], &["--format", "json"]));
    broken["exit"] = "zero".into();
    assert!(!validator.is_valid(&broken), "the schema must refuse something");
}

#[testkit::test(slow)]
fn every_message_is_the_one_under_review() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let bless = std::env::var_os("BLESS").is_some();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for scenario in scenario::all().into_iter().filter(|scenario| !scenario.code.is_empty()) {
        if !seen.insert(scenario.code) {
            continue;
        }
        let run = play(&scenario, &[]);
        let path = folder.join(format!("{}.txt", scenario.code));
        let now = format!(
            "# {}\n$ hf-token-check {}\n{}",
            scenario.name,
            scenario.args.join(" "),
            without_chance(&run.stderr)
        );
        if bless {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &now).expect("a golden text");
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(now.as_str()) {
            wrong.push(format!("{}\n{now}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "if the change is meant, run with BLESS=1 and review the diff:\n{}", wrong.join("\n\n"));
    let kept: BTreeSet<_> = std::fs::read_dir(&folder)
        .expect("golden texts")
        .flatten()
        .map(|e| e.file_name().into_string().expect("a name"))
        .collect();
    let made: BTreeSet<_> = seen.iter().map(|code| format!("{code}.txt")).collect();
    assert_eq!(kept, made, "every golden text belongs to a scenario");
}

#[testkit::test]
fn golden_texts_fill_every_fact_and_fit_eighty_columns() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for entry in std::fs::read_dir(folder).expect("golden texts").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a text");
        for line in text.lines().skip(2) {
            assert!(
                !line.contains('{') && !line.contains('}'),
                "a fact is missing: {line:?} in {}",
                entry.path().display()
            );
            let whole = line.split_whitespace().any(|word| word.len() > 60);
            assert!(line.chars().count() <= 80 || whole, "too wide: {line:?} in {}", entry.path().display());
            assert!(!line.ends_with(' '), "{line:?} in {}", entry.path().display());
        }
    }
}

/// The text without what differs from run to run: ports, times and durations.
pub fn without_chance(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut pieces = text.split_inclusive([' ', '\n']).peekable();
    while let Some(piece) = pieces.next() {
        let (word, end) = piece.split_at(piece.trim_end_matches([' ', '\n']).len());
        // `in 3 ms`, `after 30.0 s`
        let unit = pieces.peek().map(|next| next.trim_end_matches(|c: char| !c.is_ascii_alphabetic()));
        let is_number = !word.is_empty() && word.bytes().all(|c| c.is_ascii_digit() || c == b'.');
        let is_duration = is_number && (unit == Some("ms") || (unit == Some("s") && word.contains('.')));
        let word = match word.split_once("localhost:") {
            Some((before, after)) => {
                format!("{before}localhost:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None if is_duration => "N".into(),
            None if word.starts_with("20") && word.as_bytes().get(19) == Some(&b'Z') => {
                "2026-11-27T00:00:00Z".to_owned() + &word[20..]
            }
            None => word.into(),
        };
        words.push(word + end);
    }
    words.concat()
}
