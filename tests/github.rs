//! `--format github`: annotations that no message can forge, and the text in the step's summary.

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
