//! `--rehearse CODE`: the real case without a token and without a network.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::design;
use crate::support::program;
use crate::support::scenario;

/// The status of every code, from the scenarios that really end with it.
fn statuses() -> BTreeMap<&'static str, i32> {
    scenario::all()
        .into_iter()
        .filter(|scenario| !scenario.code.is_empty())
        .map(|scenario| (scenario.code, scenario.exit))
        .rev()
        .collect()
}

#[test]
fn every_code_ends_as_the_real_case_does() {
    let statuses = statuses();
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    for code in design::table() {
        let run = program::run(["--rehearse", &code, "--format", "json"], &[]);
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{code}: {error}: {run:?}"));
        assert!(validator.is_valid(&report), "{code}: {report:#}");
        assert_eq!(
            (report["rehearsal"].as_bool(), report["exit"].as_i64()),
            (Some(true), Some(i64::from(run.status))),
            "{code}"
        );
        let decided = report["code"].as_str().or_else(|| report["warnings"][0]["code"].as_str());
        assert_eq!(decided, Some(code.as_str()), "{report:#}");
        if let Some(status) = statuses.get(code.as_str()) {
            assert_eq!(run.status, *status, "{code}");
        }
        let text = program::run(["--rehearse", &code], &[]).stderr;
        assert!(text.starts_with(&format!("hf-preflight: rehearsal of {code}: no token was read")), "{text}");
        assert!(!text.contains(['{', '}']), "a fact is missing: {text}");
    }
}

/// The block that explains the diagnosis is, but for who and where, the reviewed text of the real case.
#[test]
fn the_wording_is_that_of_the_real_case() {
    let mut compared = 0;
    for scenario in scenario::all() {
        let golden =
            std::fs::read_to_string(format!("{}/tests/golden/{}.txt", env!("CARGO_MANIFEST_DIR"), scenario.code));
        let Ok(golden) = golden.map(|text| text.replace("localhost:PORT", "huggingface.co")) else { continue };
        if !golden.starts_with(&format!("# {}\n", scenario.name)) {
            continue;
        }
        let args: Vec<_> = scenario.args.iter().copied().chain(["--rehearse", scenario.code]).collect();
        let text = program::run(args, &[]).stderr;
        let summary = |text: &str| {
            text.split_once(&format!("\n{}\n  ", scenario.code))
                .or_else(|| text.split_once(&format!("warning: {}\n  ", scenario.code)))
                .map(|(_, block)| block.lines().next().unwrap_or_default().to_owned())
        };
        let (real, rehearsed) = (summary(&golden), summary(&text));
        assert!(real.is_some() && rehearsed.is_some(), "{}: {golden}\n{text}", scenario.code);
        // Facts that only the real case has: where the other token was, what a proxy said, whose repo it is now.
        let own_facts = [
            "token-unreadable",
            "repo-wrong-kind",
            "repo-renamed",
            "repo-redirected-kind",
            "repo-owner-mistyped",
            "token-malformed",
            "token-expires-early",
        ];
        if !own_facts.contains(&scenario.code)
            && !scenario.args.contains(&"acmee/new")
            && !scenario.code.starts_with("net-")
            && !scenario.code.starts_with("hub-")
            && !scenario.code.starts_with("audit-")
            && !scenario.code.starts_with("org-")
        {
            let names = |text: &str| match text.split_once("token \"") {
                Some((before, after)) => format!("{before}token{}", after.split_once('"').map_or("", |(_, rest)| rest)),
                None => text.to_owned(),
            };
            assert_eq!(names(&real.expect("a summary")), names(&rehearsed.expect("a summary")), "{}", scenario.code);
            compared += 1;
        }
    }
    assert!(compared > 25, "only {compared} were compared");
}

#[test]
fn the_command_runs_exactly_where_it_would() {
    let variables = program::variables([("PATH", "/bin")]);
    for (args, status, out) in [
        (&["--rehearse", "token-expired", "--", "echo", "ran"][..], 41, ""),
        (&["--rehearse", "repo-renamed", "--", "echo", "ran"], 0, "ran\n"),
        (&["--rehearse", "repo-renamed", "--strict", "--", "echo", "ran"], 51, ""),
        (&["--rehearse", "hub-error", "--", "echo", "ran"], 50, ""),
        (&["--rehearse", "hub-error", "--if-unavailable", "run", "--", "echo", "ran"], 0, "ran\n"),
    ] {
        let run = program::run(args.iter().copied(), &variables);
        assert_eq!((run.status, run.stdout.as_str()), (status, out), "{args:?}: {run:?}");
    }
}

#[test]
fn it_speaks_of_the_needs_that_were_given() {
    let run =
        program::run(["--read", "gpt2", "--write", "datasets/me/data", "--rehearse", "write-denied-org-role"], &[]);
    assert_eq!(run.status, 43);
    assert!(run.stderr.contains("The role of alice in me is too low to push to datasets/me/data."), "{run:?}");
    assert!(run.stderr.contains("ok    read      gpt2"), "{run:?}");
    let run = program::run(["--rehearse", "no-such-code"], &[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("--rehearse: \"no-such-code\" is no diagnosis; accepted: the codes that --explain lists"),
        "{run:?}"
    );
}
