//! The GitHub Action: its one step, run by bash as GitHub's runner does it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::github;
use testkit::fake_hub::FakeHub;
use testkit::program::{self, Run, finish};
use testkit::{launcher, python, scenario};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/action.yml");

fn tools() -> PathBuf {
    python::with(&["check-jsonschema==0.39.0", "pyyaml==6.0.4", "zizmor==1.32.0"])
}

/// The action as YAML has it.
fn action(tools: &Path) -> Value {
    let convert = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let run = finish(Command::new(tools).args(["-c", convert, FILE]));
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// A job that uses the action.
struct Job {
    folder: TempDir,
    /// The action's own folder.
    action: TempDir,
    step: Value,
    releases: FakeHub,
    hub: FakeHub,
}

/// What a use of the action came to.
#[derive(Debug)]
struct Used {
    run: Run,
    outputs: BTreeMap<String, String>,
}

impl Used {
    fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }
}

impl Job {
    fn new(tools: &Path, releases: FakeHub) -> Self {
        let step = action(tools)["runs"]["steps"][0].clone();
        let hub = FakeHub::start(scenario::hub_state());
        Self { folder: tempfile::tempdir().expect("a folder"), action: launcher::install().0, step, releases, hub }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the step with these inputs in a job that has these variables.
    fn uses(&self, inputs: &[(&str, &str)], job: &[(&str, &str)]) -> Used {
        let variables = [
            ("SSL_CERT_FILE", self.hub.ca.to_str().expect("a path")),
            ("HF_ENDPOINT", &self.hub.endpoint),
            ("HF_TOKEN_CHECK_RELEASES", &self.releases.endpoint),
        ];
        let job: BTreeMap<_, _> = variables.iter().chain(job).copied().collect();
        let file = self.path("step.sh");
        fs::write(&file, self.step["run"].as_str().expect("a script")).expect("a script");
        let outputs = self.path("outputs");
        fs::write(&outputs, "").expect("a file");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&file).env_clear().stdin(Stdio::null());
        bash.current_dir(self.folder.path())
            .env("PATH", launcher::SYSTEM_PATH)
            .env("RUNNER_TEMP", self.folder.path())
            .envs(&job);
        bash.env("GITHUB_ACTION_PATH", self.action.path()).env("GITHUB_OUTPUT", &outputs);
        bash.env("GITHUB_STEP_SUMMARY", self.path("summary.md"));
        for (name, expression) in self.step["env"].as_object().expect("variables") {
            bash.env(name, evaluate(expression.as_str().expect("an expression"), inputs, &job));
        }
        let run = finish(&mut bash);
        let outputs = github::outputs(&fs::read_to_string(&outputs).expect("outputs"));
        Used { run, outputs }
    }
}

/// The one form of expression in use: an input, or else a variable of the job.
fn evaluate<'a>(expression: &str, inputs: &[(&str, &'a str)], job: &BTreeMap<&str, &'a str>) -> &'a str {
    let (input, variable) = parts(expression);
    let given = inputs.iter().find(|(name, value)| *name == input && !value.is_empty()).map(|(_, value)| *value);
    given.or_else(|| job.get(variable).copied()).unwrap_or_default()
}

fn parts(expression: &str) -> (&str, &str) {
    let inside = expression.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
    inside.and_then(|rest| rest.split_once(" || env.")).unwrap_or_else(|| panic!("{expression}: another form"))
}

#[testkit::test(needs(PYPI, BASH, DOWNLOADER))]
fn a_pass_goes_on_and_a_refusal_is_annotated() {
    let tools = tools();
    let job = Job::new(&tools, launcher::serve_releases(None));
    let (write, read) = (scenario::secret("write"), scenario::secret("read"));
    let pass =
        job.uses(&[("token", &write), ("write", "acme/model"), ("read", "datasets/acme/data\nacme/model\n")], &[]);
    assert_eq!((pass.run.status, pass.output("exit"), pass.output("code")), (0, "0", ""), "{pass:?}");
    assert!(pass.run.stdout.starts_with("::notice title=hf-token-check%3A pass::"), "{pass:?}");

    let refused = job.uses(&[("token", &read), ("write", "acme/model")], &[]);
    assert_eq!((refused.run.status, refused.output("exit")), (43, "43"), "{refused:?}");
    assert_eq!(refused.output("code"), "write-denied-read-token");
    assert!(refused.run.stdout.starts_with("::error title=hf-token-check%3A write-denied-read-token::"), "{refused:?}");
    let report: Value =
        fs::read(refused.output("report")).ok().and_then(|text| serde_json::from_slice(&text).ok()).expect("a report");
    assert_eq!((&report["exit"], &report["code"]), (&43.into(), &"write-denied-read-token".into()));
    assert!(fs::read_to_string(job.path("summary.md")).expect("a summary").contains("FAILED (exit 43, forbidden)"));
    assert_ne!(pass.output("report"), refused.output("report"), "two uses in a job do not share a report");

    let none = job.uses(&[], &[]);
    assert_eq!((none.run.status, none.output("code")), (40, "token-missing"), "{none:?}");
    assert_eq!(job.releases.count(".tar.gz"), 2, "fetched once for the job");
    for used in [pass, refused] {
        let said = format!("{used:?}{}", fs::read_to_string(used.output("report")).expect("a report"));
        assert!(!said.contains(&write[3..]) && !said.contains(&read[3..]), "a token is told");
    }
}

#[testkit::test(needs(PYPI, BASH, DOWNLOADER))]
fn every_input_reaches_the_program_and_wins_over_the_jobs_variable() {
    let tools = tools();
    let job = Job::new(&tools, launcher::serve_releases(None));
    let write = scenario::secret("write");
    let token = ("HF_TOKEN", write.as_str());
    for (input, value, variable, status, code) in [
        ("read", "bob/private", ("HF_TOKEN_CHECK_READ", "acme/model"), 44, "repo-not-visible"),
        ("write", "library/model", ("HF_TOKEN_CHECK_WRITE", "acme/model"), 43, "write-denied-org-role"),
        ("create", "library/new", ("HF_TOKEN_CHECK_CREATE", "acme/new"), 43, "create-denied-org-role"),
        ("permission", "job.write@library", ("HF_TOKEN_CHECK_PERMISSION", "job.write@alice"), 50, "right-unknown"),
        ("endpoint", "http://127.0.0.1:9", ("HF_TOKEN_CHECK_TIMEOUT", "1s"), 50, "net-refused"),
        ("token", "hf_...", token, 40, "token-placeholder"),
    ] {
        let without = job.uses(&[], &[token, variable]);
        assert_eq!((without.run.status, without.output("code")), (0, ""), "{input}: {without:?}");
        let with = job.uses(&[(input, value)], &[token, variable]);
        assert_eq!((with.run.status, with.output("code")), (status, code), "{input}: {with:?}");
    }
    let strict = job.uses(&[("read", "acme/old"), ("strict", "true")], &[token]);
    assert_eq!((strict.run.status, strict.output("code")), (51, "repo-renamed"), "{strict:?}");
    let audit = job.uses(&[("audit", "true"), ("read", "acme/model")], &[token]);
    assert!(audit.run.status == 0 && audit.run.stdout.contains("audit-overprivileged"), "{audit:?}");
    let timeout = job.uses(&[("timeout", "never")], &[token]);
    assert!(timeout.run.status == 2 && timeout.run.stderr.contains("HF_TOKEN_CHECK_TIMEOUT: \"never\""), "{timeout:?}");
    assert_eq!((timeout.output("exit"), timeout.output("report")), ("2", ""), "{timeout:?}");
    let version = job.uses(&[("version", "9.8.7")], &[token]);
    assert_eq!((version.run.status, job.releases.count("/v9.8.7/")), (0, 2), "{version:?}");
}

#[testkit::test(needs(PYPI, BASH, DOWNLOADER))]
fn a_release_with_another_checksum_is_not_run() {
    let tools = tools();
    let job = Job::new(&tools, launcher::serve_releases(Some(&"0".repeat(64))));
    let used = job.uses(&[("token", &scenario::secret("write"))], &[]);
    assert_eq!((used.run.status, used.output("exit"), used.run.stdout.as_str()), (1, "1", ""), "{used:?}");
    assert!(used.run.stderr.contains("is not the published one; nothing was run"), "{used:?}");
    assert_eq!(job.hub.count(""), 0, "the Hub was asked nothing");
}

#[testkit::test(needs(PYPI, BASH, DOWNLOADER))]
fn an_input_is_data_whatever_it_holds() {
    let tools = tools();
    let job = Job::new(&tools, launcher::serve_releases(None));
    let inputs = action(&tools)["inputs"].as_object().expect("inputs").clone();
    for value in [
        "$(touch harm)",
        "`touch harm`",
        "x\"; touch harm; \"",
        "x'; touch harm; '",
        "x\ntouch harm",
        "acme/model\nexit=0\ncode<<EOF",
        "--help",
        "; touch harm #",
    ] {
        for input in inputs.keys() {
            let used = job.uses(&[(input, value)], &[]);
            assert!(!job.path("harm").exists(), "{input}: {value:?}: {used:?}");
            // The Hub of the job is not huggingface.co: it is asked about a token in any form, and rejects this one (41).
            assert!([2, 40, 41].contains(&used.run.status), "{input}: {value:?}: {used:?}");
            assert_eq!(used.output("exit"), used.run.status.to_string(), "{input}: {value:?}");
            let forged = used.run.stdout.lines().filter(|line| line.starts_with("::")).count();
            assert!(forged <= 2 && used.outputs.len() <= 3, "{input}: {value:?}: {used:?}");
        }
    }
}

#[testkit::test(needs(PYPI))]
fn the_file_declares_every_input_that_it_uses_and_no_other() {
    let tools = tools();
    let action = action(&tools);
    let steps = action["runs"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 1);
    let text = steps[0]["run"].as_str().expect("a script");
    assert!(!text.contains("${{"), "GitHub pastes into a script what stands there: {text}");
    // Every input is used, and none that is not declared.
    let used: Vec<_> = steps[0]["env"]
        .as_object()
        .expect("variables")
        .values()
        .map(|value| parts(value.as_str().expect("text")).0)
        .collect();
    let declared: Vec<_> = action["inputs"].as_object().expect("inputs").keys().map(String::as_str).collect();
    assert!(declared.iter().all(|name| used.contains(name)) && used.len() == declared.len(), "{declared:?}, {used:?}");

    let help = program::run(["--help"], &[]).stdout;
    for name in declared.iter().filter(|name| !["token", "version"].contains(name)) {
        assert!(help.contains(&format!("--{name}")), "{name} is no option");
    }
}

#[testkit::test(needs(PYPI))]
fn githubs_schema_and_zizmor_accept_the_file() {
    let tools = tools();
    for (name, args) in [
        ("check-jsonschema", &["--builtin-schema", "vendor.github-actions", FILE][..]),
        ("zizmor", &["--offline", "--no-config", "--persona", "auditor", FILE]),
    ] {
        let run = finish(Command::new(tools.with_file_name(name)).args(args).env("HOME", std::env::temp_dir()));
        assert_eq!(run.status, 0, "{name}: {run:?}");
    }
}

#[testkit::test(needs(PYPI, SHELLCHECK))]
fn shellcheck_accepts_the_step() {
    let action = action(&tools());
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("step.sh");
    fs::write(&script, action["runs"]["steps"][0]["run"].as_str().expect("a script")).expect("a script");
    let run = finish(Command::new("shellcheck").args(["--shell=bash", "--enable=quote-safe-variables"]).arg(script));
    assert_eq!(run.status, 0, "{run:?}");
}
