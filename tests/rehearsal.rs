//! `--rehearse CODE`: the real case without a token and without a network.

pub mod cases;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use rcgen::date_time_ymd;
use serde_json::Value;

use crate::design;
use crate::verdicts::{self, without_chance};
use cases::{Case, Certificate, Machine};
use testkit::certs;
use testkit::fake_hub::FakeHub;
use testkit::program;
use testkit::sandbox::{self, Resource};
use testkit::scenario;

/// The status of every code, from the scenarios that really end with it.
fn statuses() -> BTreeMap<&'static str, i32> {
    scenario::all()
        .into_iter()
        .filter(|scenario| !scenario.code.is_empty())
        .map(|scenario| (scenario.code, scenario.exit))
        .rev()
        .collect()
}

#[testkit::test]
fn every_code_ends_as_the_real_case_does() {
    let statuses = statuses();
    let validator = verdicts::strict_validator();
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
        let (decided, warned) = (report["code"].as_str(), report["warnings"][0]["code"].as_str());
        // One warning never stands alone: a login file is looked for where there is no token.
        let alone = if code == "token-ignored-file" { warned } else { decided.or(warned) };
        assert_eq!(alone, Some(code.as_str()), "{report:#}");
        if let Some(status) = statuses.get(code.as_str()) {
            assert_eq!(run.status, *status, "{code}");
        }
        let text = program::run(["--rehearse", &code], &[]).stderr;
        assert!(text.starts_with(&format!("hf-token-check: rehearsal of {code}: no token was read")), "{text}");
        assert!(!text.contains(['{', '}']), "a fact is missing: {text}");
    }
}

/// Where the things are that a message names. Nothing else around it reaches a rehearsal in the comparison: not the token, not
/// what makes the real case.
const PLACES: [&str; 4] = ["HF_ENDPOINT", "HOME", "HF_TOKEN_PATH", "JOB_ID"];

/// In which forms the two are compared.
const FORMS: [&[&str]; 4] = [&[], &["--verbose"], &["--format", "json"], &["--format", "github"]];

/// How many cases are played at a time.
const THREADS: usize = 8;

#[testkit::test(slow)]
fn byte_for_byte_it_prints_what_the_real_case_prints() {
    let cases: &Vec<_> = &cases::all().into_iter().filter(|case| case.machine == Machine::AsItIs).collect();
    // Most of the time is spent waiting for Hubs that do not answer: they are spread over the threads.
    let wrong: Vec<_> = thread::scope(|scope| {
        let share = |first| cases.iter().skip(first).step_by(THREADS).flat_map(differences).collect::<Vec<_>>();
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || share(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same for a machine that lacks something.
#[testkit::test(needs(MOUNTS))]
fn a_machine_without_ca_certificates_is_rehearsed_as_it_is() {
    let cases: Vec<_> = cases::all().into_iter().filter(|case| case.machine == Machine::WithoutCaStore).collect();
    assert_eq!(cases.iter().map(|case| case.code).collect::<Vec<_>>(), ["ca-store-missing"]);
    let wrong: Vec<_> = cases.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The forms in which the rehearsal and the real case differ.
fn differences(case: &Case) -> Vec<String> {
    let mut state = scenario::hub_state();
    state.faults = case.hub();
    let hub = match case.certificate {
        Certificate::Good => FakeHub::start(state),
        Certificate::Expired => {
            let expired =
                certs::issue_for(&["localhost"], |certificate| certificate.not_after = date_time_ymd(2020, 1, 1));
            FakeHub::serve(state, "127.0.0.1:0", Some(expired))
        }
    };
    let home = tempfile::tempdir().expect("a folder");
    for (name, mode, text) in &case.files {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).expect("a mode");
    }
    let mut variables =
        program::variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
    for (name, value) in &case.variables {
        variables.retain(|(known, _)| known != name);
        let value = value.replace('~', &home.path().display().to_string());
        variables.push(((*name).into(), value.replace("{ca}", &hub.ca.display().to_string())));
    }
    variables.retain(|(_, value)| !value.is_empty());
    let places: Vec<_> = variables.iter().filter(|(name, _)| PLACES.contains(&name.as_str())).cloned().collect();
    let command = |args: Vec<&str>, variables: &[(String, String)]| {
        let args = args.into_iter().map(|arg| arg.replace("{endpoint}", &hub.endpoint));
        let mut command = program::command(args, variables);
        command.current_dir(home.path());
        command
    };
    let mut wrong = Vec::new();
    // All rehearsals come first: the last request of a real run may reach the Hub after that run has ended.
    let rehearse = |form: &[&'static str]| {
        program::finish(&mut command([&["--rehearse", case.code], form, case.args].concat(), &places))
    };
    let forms = match case.machine {
        Machine::AsItIs => &FORMS[..],
        // Of the warnings only the one that is rehearsed is compared.
        Machine::WithoutCaStore => &[&["--format", "json"][..]],
    };
    let rehearsals: Vec<_> = forms.iter().copied().map(rehearse).collect();
    assert_eq!(hub.count(""), 0, "{}: the Hub was asked", case.code);
    for (form, rehearsed) in forms.iter().zip(rehearsals) {
        let mut real = command([form, case.args].concat(), &variables);
        if case.machine == Machine::WithoutCaStore {
            real = sandbox::within(sandbox::NO_CA_STORE, &real);
        }
        if let Some(most) = case.open_files {
            sandbox::limit(&mut real, Resource::OpenFiles, most);
        }
        let mut happened = program::finish(&mut real);
        if case.machine == Machine::WithoutCaStore {
            happened.stderr = with_one_warning(&happened.stderr, case.code) + "\n";
        }
        let mark =
            format!("hf-token-check: rehearsal of {}: no token was read, and the Hub was not asked\n", case.code);
        let told = rehearsed.stderr.strip_prefix(&mark).expect("the mark of a rehearsal");
        let told = (rehearsed.status, comparable(&rehearsed.stdout), comparable(told));
        let truth = (happened.status, comparable(&happened.stdout), comparable(&happened.stderr));
        if told != truth {
            let show = |(status, out, err): &(i32, String, String)| format!("{status}\n{out}{err}");
            wrong.push(format!("==== {} {form:?}\n-- rehearsed {}\n-- real {}", case.code, show(&told), show(&truth)));
        }
    }
    wrong
}

/// A report with no other warnings than this one.
fn with_one_warning(report: &str, code: &str) -> String {
    let mut report: Value = serde_json::from_str(report).expect("a report");
    report["warnings"].as_array_mut().expect("warnings").retain(|warning| warning["code"] == code);
    report.to_string()
}

/// What a run says, without what is another thing each time that it is run, and the mark of a rehearsal.
fn comparable(text: &str) -> String {
    let Ok(mut report) = serde_json::from_str::<Value>(text) else {
        return text.split_inclusive('\n').map(without_pace).collect::<String>();
    };
    report["rehearsal"] = Value::Null;
    // How long it took, and how often the Hub was asked in that time.
    report["elapsed_ms"] = Value::Null;
    let checks = report["checks"].as_array_mut().expect("checks");
    for http in checks.iter_mut().map(|check| &mut check["http"]).filter(|http| !http.is_null()) {
        http["elapsed_ms"] = Value::Null;
        http["attempts"] = Value::Null;
    }
    // Moments that are counted from now: that there is one is compared.
    for name in ["created_at", "expires_at"] {
        let moment = &mut report["token"][name];
        *moment = moment.is_string().into();
    }
    without_chance(&format!("{report:#}"))
}

/// A line of text without times, and a line of `--verbose` without the number of attempts.
fn without_pace(line: &str) -> String {
    let line = without_chance(line);
    if !line.starts_with("  GET ") {
        return line;
    }
    let parts = line.trim_end().split(", ").filter(|part| !part.ends_with(" ms") && !part.ends_with(" attempts"));
    parts.collect::<Vec<_>>().join(", ") + "\n"
}

#[testkit::test]
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

#[testkit::test]
fn it_decides_whatever_the_job_needs() {
    let of_every_kind = vec![
        ["--read", "gpt2"],
        ["--permission", "job.write"],
        ["--write", "datasets/me/data"],
        ["--create", "alice/new"],
        ["--read", "spaces/acme/app"],
        ["--permission", "job.write@elsewhere"],
        ["--valid-for", "3h"],
    ];
    let of_one_repo = vec![["--read", "acme/model"], ["--write", "acme/model"], ["--create", "acme/model"]];
    // The same permission twice, by two spellings of its owner.
    let of_one_account = vec![["--permission", "job.write"], ["--permission", "job.write@alice"]];
    // What the token of `audit-overprivileged` has besides.
    let of_the_rest = vec![["--permission", "discussion.write"], ["--permission", "post.write"]];
    let of_all_the_rest = [of_the_rest.clone(), vec![["--permission", "inference.serverless.write"]]].concat();
    let backwards = |needs: &Vec<[&'static str; 2]>| needs.iter().rev().copied().collect::<Vec<_>>();
    let all = [
        backwards(&of_every_kind),
        of_every_kind,
        backwards(&of_one_repo),
        of_one_repo,
        of_one_account,
        of_the_rest,
        of_all_the_rest,
    ];
    for code in design::table() {
        for needs in &all {
            let args = [vec!["--rehearse", &code, "--format", "json"], needs.concat()].concat();
            let run = program::run(args, &[]);
            let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{code}: {run:?}"));
            let warned = report["warnings"].as_array().expect("warnings").iter().any(|warning| warning["code"] == code);
            assert!(
                report["code"] == code || warned && report["exit"] == 0 || code == "token-ignored-file",
                "{report:#}"
            );
            let subjects: Vec<_> = report["checks"].as_array().expect("checks").iter().skip(2).collect();
            assert!(subjects.len() >= needs.len(), "{report:#}");
            for (check, need) in subjects.iter().zip(needs) {
                assert_eq!(check["subject"], if need[1] == "3h" { "3 h" } else { need[1] }, "{report:#}");
            }
        }
    }
}

#[testkit::test]
fn a_permission_that_the_case_cannot_grant_is_left_out() {
    let run = program::run(["--permission", "job.write", "--rehearse", "write-denied-read-token"], &[]);
    assert_eq!(run.status, 43, "{run:?}");
    assert!(run.stderr.contains("  -     permission  job.write: not rehearsed: "), "{run:?}");
    assert!(run.stderr.contains("  FAIL  write       acme/model: write-denied-read-token"), "{run:?}");
}

#[testkit::test]
fn it_speaks_of_the_needs_that_were_given() {
    let run =
        program::run(["--read", "gpt2", "--write", "datasets/me/data", "--rehearse", "write-denied-org-role"], &[]);
    assert_eq!(run.status, 43);
    assert!(run.stderr.contains("alice's role in me is too low to push to datasets/me/data."), "{run:?}");
    assert!(run.stderr.contains("ok    read      gpt2"), "{run:?}");
    let run = program::run(["--rehearse", "no-such-code"], &[]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr
            .contains("--rehearse: \"no-such-code\" is not a diagnosis; accepted: the codes that --explain lists"),
        "{run:?}"
    );
}
