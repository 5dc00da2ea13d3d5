//! `--audit`: the habits that show outside the Hub, and what the smallest token would be.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use testkit::fake_hub::FakeHub;
use testkit::program;
use testkit::scenario;
use testkit::tokens;

fn warnings(token: &str, more: &[(&str, &str)], args: &[&str]) -> Vec<(String, String)> {
    let hub = FakeHub::start(scenario::hub_state());
    let mut variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("PATH", "/bin"),
    ]);
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if !token.is_empty() {
        variables.push(("HF_TOKEN".into(), scenario::secret(token)));
    }
    let run = program::run([&["--audit", "--format", "json"], args].concat(), &variables);
    let out = if args.contains(&"--") { &run.stderr } else { &run.stdout };
    let report: Value = serde_json::from_str(out.trim()).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    report["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|w| (text(&w["code"]), format!("{} {} {}", text(&w["summary"]), text(&w["why"][0]), text(&w["fix"][0]))))
        .collect()
}

fn told<'a>(warnings: &'a [(String, String)], code: &str) -> Vec<&'a str> {
    warnings.iter().filter(|(known, _)| known == code).map(|(_, text)| text.as_str()).collect()
}

#[testkit::test]
fn literals_are_found_where_they_lie_and_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let literal = tokens::user("hardcoded");
    let script = folder.path().join("train.py");
    std::fs::write(
        &script,
        format!(
            "# /// script\n# dependencies = [\"huggingface-hub\"]\n# ///\ntoken = \"{literal}\"\nold = 'hf_{}'\n",
            "x".repeat(34)
        ),
    )
    .expect("a script");
    let binary = folder.path().join("binary");
    std::fs::write(&binary, format!("\0{literal}")).expect("a binary");
    let large = folder.path().join("large");
    std::fs::write(&large, format!("{literal}\n{}", " ".repeat(1 << 20))).expect("a large file");
    let paths: Vec<_> = [&script, &binary, &large].iter().map(|path| path.display().to_string()).collect();
    let argument = format!("--token={literal}");
    let text = format!("import os; login('{literal}')");
    let all = warnings(
        "fine",
        &[("SCRIPT", &text), ("HF_API_TOKEN", &literal)],
        &["--", "true", &paths[0], &paths[1], &paths[2], &argument, &folder.path().display().to_string()],
    );
    let found = told(&all, "audit-hardcoded");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("argument 4 of COMMAND"), "{found:?}");
    assert!(found[1].contains("train.py, line 4"), "{found:?}");
    assert!(found[2].contains("the text of the variable SCRIPT"), "{found:?}");
    assert!(all.iter().all(|(_, text)| !text.contains(&literal[3..11])), "a literal is never shown: {all:?}");
}

#[testkit::test]
fn the_names_of_variables_and_files_cannot_forge_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let literal = tokens::user("hardcoded");
    let script = folder.path().join("a ::error::x ##[error]y\n::error::z");
    std::fs::write(&script, format!("token = '{literal}'\n")).expect("a script");
    let script = script.display().to_string();
    let hub = FakeHub::start(scenario::hub_state());
    let mut variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("fine")),
        ("PATH", "/bin"),
    ]);
    for name in ["A\n::error::b", "A ::error::b", "A##[error]b", "\u{1b}[31m\u{61c}"] {
        variables.push((name.into(), format!("login('{literal}')")));
    }
    let summary = folder.path().join("summary");
    variables.push(("GITHUB_STEP_SUMMARY".into(), summary.display().to_string()));
    for format in ["text", "json", "github"] {
        let run = program::run(["--audit", "--strict", "--format", format, "--", "true", &script], &variables);
        assert_eq!(run.status, 51, "{run:?}");
        let written = std::fs::read_to_string(&summary).unwrap_or_default();
        for line in run.stderr.lines().chain(written.lines()) {
            let is_ours = format == "github" && line.contains(" title=hf-token-check");
            assert!(is_ours || !line.trim_start().starts_with("::"), "{format}: {line:?}");
            assert!(!line.contains("##[") && !line.contains(['\u{1b}', '\u{61c}']), "{format}: {line:?}");
        }
        assert!(run.stderr.matches("audit-hardcoded").count() >= 5, "{format}: {run:?}");
    }
}

#[testkit::test]
fn a_script_without_end_is_looked_through_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables =
        program::variables([("HF_HUB_OFFLINE", "1"), ("HF_TOKEN", &scenario::secret("fine")), ("PATH", "/bin")]);
    for (unit, length, many) in
        [("hf_", 1 << 16, 1), ("hf_", 1 << 20, 1), ("hf_oauth_", 1 << 20, 1), ("hf_\n", 1 << 20, 40)]
    {
        let script = folder.path().join("script");
        std::fs::write(&script, unit.repeat(length / unit.len())).expect("a script");
        let script = script.display().to_string();
        let scripts = std::iter::repeat_n(script.as_str(), many);
        // Processor time, because other tests run beside this one.
        let mut limited = Command::new("/bin/sh");
        limited.args(["-c", "ulimit -t 3; exec \"$0\" --audit --timeout 4s -- true \"$@\""]).arg(program::path());
        limited.args(scripts).env_clear().envs(variables.iter().cloned());
        let run = program::finish(&mut limited);
        assert_eq!(run.status, 0, "{unit:?}: {run:?}");
    }
}

#[testkit::test]
fn a_token_file_that_others_can_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, scenario::secret("write")).expect("a token file");
    for (mode, exposed) in [(0o600, false), (0o400, false), (0o644, true), (0o640, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let all = warnings("", &[], &["--token-file", &path.display().to_string()]);
        let found = told(&all, "audit-exposed-file");
        assert_eq!(found.len(), usize::from(exposed), "{mode:o}: {all:?}");
        assert!(!exposed || found[0].contains(&format!("{mode:04o}")), "{found:?}");
    }
}

#[testkit::test]
fn the_smallest_token_is_described_and_the_difference_listed() {
    for (token, args, said) in [
        ("write", &["--read", "acme/model"][..], "writing to everything of alice, acme, lab, library"),
        ("write", &["--write", "acme/model"], ""),
        ("read", &["--read", "acme/model"], ""),
        ("narrow", &["--read", "acme/model"], "It also allows: discussion.write everywhere Create"),
        (
            "fine",
            &["--write", "acme/model"],
            "repo.content.read, repo.write, job.write on alice; discussion.write everywhere; reading gated repos of others",
        ),
        (
            "fine",
            &["--read", "acme/model", "--read", "meta/accepted"],
            "repo.write on acme; repo.content.read, repo.write, job.write on alice; discussion.write everywhere Create",
        ),
        (
            "fine",
            &["--create", "alice/x", "--permission", "job.write", "--write", "acme/model"],
            "discussion.write everywhere; reading gated",
        ),
        ("write", &[], ""),
        ("login", &["--read", "acme/model"], ""),
    ] {
        let all = warnings(token, &[], args);
        let found = told(&all, "audit-overprivileged");
        assert_eq!(found.len(), usize::from(!said.is_empty()), "{token} {args:?}: {all:?}");
        assert!(found.iter().all(|text| text.contains(said)), "{token} {args:?}: {found:?}");
    }
    let all = warnings(
        "write",
        &[],
        &["--read", "acme/model", "--read", "datasets/acme/data", "--permission", "user.billing.read"],
    );
    let form = "https://huggingface.co/settings/tokens/new?tokenType=fineGrained&ownUserPermissions=user.billing.read&orgs=acme&orgPermissions=repo.content.read";
    assert!(told(&all, "audit-overprivileged")[0].contains(&format!("{form} and store it")), "{all:?}");
}

#[testkit::test]
fn a_job_whose_record_cannot_be_read_is_no_finding() {
    for id in ["0123456789abcdef", "../../whoami-v2", "", "a b"] {
        let all = warnings("fine", &[("JOB_ID", id)], &["--read", "acme/model"]);
        assert!(told(&all, "audit-env-not-secret").is_empty(), "{id}: {all:?}");
    }
}
