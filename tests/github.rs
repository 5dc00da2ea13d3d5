//! `--format github`: annotations that no message can forge, and the text in the step's summary.

use std::collections::BTreeMap;

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::HubState;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::program::{self, Run};
use testkit::scenario;

fn run(change: impl FnOnce(&mut HubState), summary: &str, args: &[&str]) -> Run {
    let mut state = scenario::hub_state();
    change(&mut state);
    let hub = FakeHub::start(state);
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("read")),
        ("GITHUB_STEP_SUMMARY", summary),
        ("PATH", "/bin"),
    ]);
    program::run([&["--format", "github"], args].concat(), &variables)
}

#[testkit::test]
fn a_failure_is_an_error_and_a_warning_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.md");
    std::fs::write(&path, "before\n").expect("a summary");
    let run = run(|_| {}, &path.display().to_string(), &["--read", "gpt2", "--write", "acme/model"]);
    assert_eq!((run.status, run.stderr.as_str()), (43, ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("::error title=hf-token-check%3A write-denied-read-token::This is a read-only token, but the job pushes to acme/model%0Awhy: "), "{lines:?}");
    assert!(lines[0].contains("%0Afix: Create a token with write access at https://huggingface.co/"), "{lines:?}");
    assert!(
        lines[1]
            .starts_with("::warning title=hf-token-check%3A repo-renamed::gpt2 is now called openai-community/gpt2"),
        "{lines:?}"
    );
    let summary = std::fs::read_to_string(&path).expect("a summary");
    assert!(
        summary.starts_with("before\n### hf-token-check\n\n```text\n  ok    token")
            && summary.contains("FAILED (exit 43, forbidden)"),
        "{summary}"
    );
}

#[testkit::test]
fn a_pass_is_a_notice_and_stdout_stays_the_commands() {
    assert_eq!(
        run(|_| {}, "", &["--read", "acme/model"]).stdout,
        "::notice title=hf-token-check%3A pass::everything that was asked for is granted\n"
    );
    let wrapped = run(|_| {}, "", &["--read", "acme/model", "--", "echo", "hello"]);
    assert_eq!(wrapped.stdout, "hello\n");
    assert!(wrapped.stderr.starts_with("::notice "), "{wrapped:?}");
}

#[testkit::test]
fn a_message_of_the_hub_cannot_forge_a_command_or_leave_the_summary() {
    let evil = "x\n::set-env name=PATH::/evil\r\n```\n<script>%0A::error::z";
    let body = serde_json::json!({"error": evil}).to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.md");
    let run = run(
        |state| state.faults.push(Fault::at("auth-check", Kind::Instead(Response::new(403, "application/json", body)))),
        &path.display().to_string(),
        &["--read", "acme/model"],
    );
    assert_eq!(run.stdout.lines().filter(|line| line.trim_start().starts_with("::")).count(), 1, "{run:?}");
    assert!(!run.stdout.contains("<script>%0A::"), "a percent sign is escaped: {run:?}");
    let summary = std::fs::read_to_string(&path).expect("a summary");
    assert!(summary.starts_with("### hf-token-check\n\n````text\n") && summary.ends_with("\n````\n"), "{summary}");
}

/// The outputs in a file as GitHub's runner reads it: `name=value`, or `name<<DELIMITER`, lines and the delimiter. The last
/// one of a name counts.
pub fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(usize::MAX);
        let (name, value) = match line.split_once("<<") {
            Some((name, delimiter)) if name.len() < equals => {
                let value: Vec<_> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                (name, value.join("\n"))
            }
            _ => line.split_once('=').map(|(name, value)| (name, value.to_owned())).expect("an output"),
        };
        found.insert(name.to_owned(), value);
    }
    found
}

#[testkit::test]
fn the_outputs_of_a_step_are_its_status_its_code_and_its_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let hub = FakeHub::start(scenario::hub_state());
    for (report, args, status, code) in [
        ("report.json", &["--read", "acme/model"][..], 0, ""),
        ("report.json", &["--write", "acme/model"], 43, "write-denied-read-token"),
        ("a\nexit=0\ncode<<x", &["--write", "acme/model"], 43, "write-denied-read-token"),
        ("a=b<<c", &["--read", "alice/none"], 44, "repo-not-found"),
        ("none/report.json", &["--read", "acme/model"], 0, ""),
        ("", &["--read", "acme/model"], 0, ""),
    ] {
        let file = folder.path().join("output");
        std::fs::write(&file, "before=1\n").expect("a file");
        let variables = program::variables([
            ("HF_ENDPOINT", &hub.endpoint),
            ("SSL_CERT_FILE", &hub.ca.display().to_string()),
            ("HF_TOKEN", &scenario::secret("read")),
            ("HF_TOKEN_CHECK_REPORT", report),
            ("GITHUB_OUTPUT", &file.display().to_string()),
        ]);
        let mut command = program::command([&["--format", "github"], args].concat(), &variables);
        let run = program::finish(command.current_dir(folder.path()));
        let written = std::fs::read_to_string(&file).expect("outputs");
        let outputs = outputs(&written);
        let path = folder.path().join(report);
        let expected =
            if report.is_empty() || report.starts_with("none/") { "" } else { path.to_str().expect("UTF-8") };
        let pairs = [("before", "1"), ("code", code), ("exit", &status.to_string()), ("report", expected)];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((run.status, outputs), (status, BTreeMap::from(pairs)), "{report:?}: {written}");
        assert_eq!(path.is_file(), !expected.is_empty(), "{report:?}");
    }
    // Other formats leave the file alone.
    let file = folder.path().join("untouched");
    program::run(["--format", "json"], &program::variables([("GITHUB_OUTPUT", &file.display().to_string())]));
    assert!(!file.exists());
}

#[testkit::test]
fn requirements_with_one_diagnosis_share_a_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.md");
    let needs =
        ["--write", "acme/model", "--write", "alice/model", "--read", "acme/model", "--write", "datasets/acme/data"];
    let run = run(|_| {}, &path.display().to_string(), &needs);
    assert_eq!(run.status, 43, "{run:?}");
    let summary = std::fs::read_to_string(&path).expect("a summary");
    let blocks = summary.lines().filter(|line| *line == "write-denied-read-token").count();
    let fixes = summary.lines().filter(|line| line.starts_with("  fix: ")).count();
    assert_eq!((blocks, fixes), (1, 1), "{summary}");
    assert!(summary.contains("\n  also: write alice/model, write datasets/acme/data\n"), "{summary}");
    let refused = summary.lines().filter(|line| line.starts_with("  FAIL  write ")).count();
    assert_eq!((refused, run.stdout.matches("::error ").count()), (3, 3), "each is listed, and annotated: {summary}");

    // Other diagnoses have their own blocks, and the same text goes to stderr.
    let hub = FakeHub::start(scenario::hub_state());
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("read")),
    ]);
    let text = program::run([&needs[..], &["--read", "alice/none"]].concat(), &variables).stderr;
    for code in ["write-denied-read-token", "repo-not-found"] {
        assert_eq!(text.lines().filter(|line| *line == code).count(), 1, "{text}");
    }
}
