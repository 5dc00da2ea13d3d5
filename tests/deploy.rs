//! The files under `docs/deploy`: each is valid to the genuine tool or schema of its platform, and the command line that
//! stands in it does with the real binary what the page about them says. Programs that are not ours are stand-ins that
//! write down how they were called; `hf` and Python are genuine.

mod bench;
mod exposed;
mod file;
mod jobs;
mod launch;
mod validator;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use self::bench::Bench;
use self::jobs::Jobs;
use self::launch::{Delivery, Launch};
use self::validator::Validator;
use testkit::fake_hub::FakeHub;
use testkit::program::finish;
use testkit::python;
use testkit::scenario::{self, secret};

/// Each file with a tool that judges it, and a change that the tool must refuse.
const JUDGED: [(&str, Validator, &str, &str); 12] = {
    use Validator::{Argo, Compose, Kubernetes, Python, Schema, Shell, UvScript};
    [
        ("argo-workflow.yaml", Argo, "retryStrategy:", "retryStrategies:"),
        ("compose.yaml", Compose, "service_completed_successfully", "service_finished"),
        ("compose.yaml", Schema("vendor.compose-spec"), "depends_on:", "depends:"),
        ("github-actions.yml", Schema("vendor.github-workflows"), "runs-on: u", "run-on: u"),
        ("gitlab-ci.yml", Schema("vendor.gitlab-ci"), "max: 2", "max: many"),
        ("hf-jobs-uv.py", Python, "sys.exit(status)", "sys.exit(status"),
        ("hf-jobs-uv.py", UvScript, "secrets =", "secret ="),
        ("hf-jobs.sh", Shell, "--timeout 4h", "--timeout $4"),
        ("kubernetes-init-container.yaml", Kubernetes, "onExitCodes:", "onExitCode:"),
        ("kubernetes-wrapper.yaml", Kubernetes, "optional: true", "optional: perhaps"),
        ("slurm-rank-zero.sbatch", Shell, "--kill-on-bad-exit=1", "--kill-on-bad-exit=$1"),
        ("slurm.sbatch", Shell, "\"$SLURM_JOB_ID\"", "$SLURM_JOB_ID"),
    ]
};

#[testkit::test]
fn every_file_has_a_validator() {
    // The engine itself builds the Dockerfile, and the container test runs it.
    for name in file::names().into_iter().filter(|name| name != "Dockerfile") {
        assert!(JUDGED.iter().any(|(known, ..)| *known == name), "{name} has no validator");
    }
}

#[testkit::test(needs(PYPI))]
fn tools_from_pypi_accept_the_files_and_refuse_broken_copies() {
    judge(|validator| !matches!(validator, Validator::Compose | Validator::Shell));
}

#[testkit::test(needs(COMPOSE))]
fn docker_compose_accepts_the_file_and_refuses_a_broken_copy() {
    judge(|validator| matches!(validator, Validator::Compose));
}

#[testkit::test(needs(SHELLCHECK))]
fn shellcheck_accepts_the_scripts_and_refuses_broken_copies() {
    judge(|validator| matches!(validator, Validator::Shell));
}

/// Has the chosen tools judge their files, and a broken copy of each.
fn judge(is_chosen: fn(Validator) -> bool) {
    let copies = tempfile::tempdir().expect("a folder");
    for (name, validator, from, to) in JUDGED.into_iter().filter(|(_, validator, ..)| is_chosen(*validator)) {
        let (valid, said) = validator.judge(&file::folder().join(name));
        assert!(valid, "{name}: {validator:?} refuses it: {said}");
        let text = file::text(name);
        assert!(text.contains(from), "{name}: there is no {from}");
        let copy = copies.path().join(name);
        std::fs::write(&copy, text.replacen(from, to, 1)).expect("a copy");
        let (valid, said) = validator.judge(&copy);
        assert!(!valid, "{name}: {validator:?} takes it with {to} for {from}: {said}");
    }
}

/// Every file, how it starts the binary, and what is reached after a pass: what the stand-ins write down.
fn launches(python: &Path) -> Vec<(&'static str, Launch, &'static str)> {
    const IMAGE: &str = "/hf-token-check";
    let parsed = |name| file::yaml(python, name);
    let (argo, compose, github, gitlab) =
        (parsed("argo-workflow.yaml"), parsed("compose.yaml"), parsed("github-actions.yml"), parsed("gitlab-ci.yml"));
    let pod = |name| parsed(name)["spec"]["template"]["spec"].clone();
    let (init, wrapper) = (pod("kubernetes-init-container.yaml"), pod("kubernetes-wrapper.yaml"));
    let login = || Delivery::File(PathBuf::from("home/.cache/huggingface/token"));
    vec![
        ("argo-workflow.yaml", launch::container(&argo["spec"]["templates"][1]["container"], &Value::Null, IMAGE), ""),
        ("compose.yaml", launch::service(&compose["services"]["token-check"], IMAGE), ""),
        (
            "github-actions.yml",
            launch::step(&github["jobs"]["token-check"]["steps"][0]),
            "pipx run hf-token-check==0.1.0\n",
        ),
        ("gitlab-ci.yml", launch::script(&gitlab["token-check"]), "pip install --quiet hf-token-check==0.1.0\n"),
        (
            "hf-jobs-uv.py",
            launch::file(python, "hf-jobs-uv.py", Delivery::Variable),
            "load acme/data\npush acme/model\n",
        ),
        ("kubernetes-init-container.yaml", launch::container(&init["initContainers"][0], &init, IMAGE), ""),
        (
            "kubernetes-wrapper.yaml",
            launch::container(&wrapper["containers"][0], &wrapper, IMAGE),
            "torchrun --nproc-per-node=8 train.py\n",
        ),
        (
            "slurm-rank-zero.sbatch",
            launch::file(Path::new("bash"), "slurm-rank-zero.sbatch", login()),
            "srun --kill-on-bad-exit=1 hf-token-check --rank-zero-only --read datasets/acme/data --write acme/model -- python train.py\n\
             python train.py\n",
        ),
        (
            "slurm.sbatch",
            launch::file(Path::new("bash"), "slurm.sbatch", login()),
            "srun python train.py\npython train.py\n",
        ),
    ]
}

/// The lines of a record that come before the verdict, whatever it is.
fn before_the_verdict(line: &&str) -> bool {
    line.starts_with("pip") || line.starts_with("srun --kill-on-bad-exit=1 hf-token-check ")
}

#[testkit::test(needs(PYPI, BASH))]
fn every_file_lets_a_good_token_through_and_stops_a_bad_one_and_none() {
    let python = python::with(validator::TOOLS);
    let hub = FakeHub::start(scenario::hub_state());
    for (name, launch, reached) in launches(&python) {
        holds(name, &launch, reached, &hub);
    }
}

/// Runs it with a token that may, with one that may not, and with none.
fn holds(name: &str, launch: &Launch, reached: &str, hub: &FakeHub) {
    hub.log.lock().expect("the log").clear();
    let early: String = reached.split_inclusive('\n').filter(before_the_verdict).collect();
    for (token, status, code, record) in [
        (Some("write"), 0, "", reached),
        (Some("read"), 43, "write-denied-read-token", early.as_str()),
        (None, 40, "token-", early.as_str()),
    ] {
        let bench = Bench::new();
        let run = bench.run(launch, hub, token.map(secret).as_deref());
        assert_eq!((run.status, bench.record().as_str()), (status, record), "{name} with {token:?}: {run:?}");
        assert!((run.stderr + &run.stdout).contains(code), "{name} with {token:?}");
    }
    // Both tokens, and no request without one.
    for question in ["/api/datasets/acme/data/auth-check", "/api/models/acme/model/auth-check/write"] {
        assert_eq!(hub.count(question), 2, "{name}: {question}");
    }
}

#[testkit::test(needs(PYPI))]
fn the_genuine_cli_posts_the_job_as_written_with_the_token_among_its_secrets() {
    let job = posted(&file::text("hf-jobs.sh"));
    assert_eq!(job["secrets"], json!({"HF_TOKEN": secret("write")}));
    assert_eq!((&job["environment"], &job["arguments"]), (&json!({}), &json!([])));
    assert_eq!((&job["dockerImage"], &job["timeoutSeconds"]), (&json!("ghcr.io/acme/train:1.0"), &json!(4 * 3600)));
    let launch = Launch { argv: file::words(&job["command"]), variables: Vec::new(), token: Delivery::Variable };
    holds("hf-jobs.sh", &launch, "python train.py\n", &FakeHub::start(scenario::hub_state()));
}

#[testkit::test(needs(PYPI))]
fn the_genuine_cli_takes_a_lone_separator_away_and_the_binary_says_so() {
    let text = file::text("hf-jobs.sh");
    let lone = text.replacen("train:1.0 -- ", "train:1.0 ", 1);
    assert_ne!(lone, text);
    let job = posted(&lone);
    let argv = file::words(&job["command"]);
    assert!(!argv.contains(&"--".to_owned()), "hf has learned to leave it: the comments can go: {argv:?}");
    let launch = Launch { argv, variables: Vec::new(), token: Delivery::Variable };
    let bench = Bench::new();
    let run = bench.run(&launch, &FakeHub::start(scenario::hub_state()), Some(&secret("write")));
    assert_eq!((run.status, bench.record().as_str()), (2, ""), "{run:?}");
    assert!(run.stderr.contains("unexpected argument 'python' found") && run.stderr.contains("after `--`"), "{run:?}");
}

/// What the genuine `hf` sends to the Jobs API when this script is run, for a job that ends with 43.
fn posted(script: &str) -> Value {
    let python = python::with(validator::HF);
    let bench = Bench::new();
    std::os::unix::fs::symlink(python.with_file_name("hf"), bench.path("bin/hf")).expect("a link");
    let jobs = Jobs::start(43);
    let mut command = bench.command(&["sh".into(), "-c".into(), script.into()]);
    let run = finish(command.env("HF_ENDPOINT", &jobs.endpoint).env("HF_TOKEN", secret("write")));
    assert!(run.status == 1 && run.stderr.contains("exit code: 43"), "hf passes on that the job failed: {run:?}");
    jobs.posted.try_recv().expect("a job was posted")
}

#[testkit::test(needs(PYPI))]
fn the_genuine_cli_finds_the_secret_of_the_uv_script_in_its_header() {
    let (valid, said) = Validator::UvScript.judge(&file::folder().join("hf-jobs-uv.py"));
    assert!(valid, "{said}");
    let row = |name| said.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
    assert!(row("secrets").contains("HF_TOKEN") && row("env").is_empty(), "{said}");
    assert!(row("flavor").contains("a10g-large"), "{said}");
}

#[testkit::test(needs(PYPI))]
fn what_costs_starts_only_after_the_gate() {
    let python = python::with(validator::TOOLS);
    for (name, pointer, gate) in [
        ("argo-workflow.yaml", "/spec/templates/0/dag/tasks/1/dependencies/0", "token-check"),
        ("compose.yaml", "/services/train/depends_on/token-check/condition", "service_completed_successfully"),
        ("github-actions.yml", "/jobs/train/needs", "token-check"),
        ("gitlab-ci.yml", "/stages/0", "check"),
        ("gitlab-ci.yml", "/token-check/stage", "check"),
        ("gitlab-ci.yml", "/train/stage", "train"),
        ("kubernetes-init-container.yaml", "/spec/template/spec/initContainers/0/name", "token-check"),
    ] {
        assert_eq!(file::yaml(&python, name).pointer(pointer), Some(&json!(gate)), "{name} {pointer}");
    }
}

#[testkit::test(needs(PYPI))]
fn the_job_is_given_the_token_that_was_checked() {
    let python = python::with(validator::TOOLS);
    for (name, checked, given) in [
        (
            "argo-workflow.yaml",
            "/spec/templates/1/container/env/0/valueFrom/secretKeyRef",
            "/spec/templates/2/container/env/0/valueFrom/secretKeyRef",
        ),
        ("compose.yaml", "/services/token-check/secrets", "/services/train/secrets"),
        ("compose.yaml", "/services/token-check/environment", "/services/train/environment"),
        ("github-actions.yml", "/jobs/token-check/steps/0/env", "/jobs/train/steps/1/env"),
        (
            "kubernetes-init-container.yaml",
            "/spec/template/spec/initContainers/0/env/0/valueFrom/secretKeyRef",
            "/spec/template/spec/containers/0/env/0/valueFrom/secretKeyRef",
        ),
    ] {
        let parsed = file::yaml(&python, name);
        let mut checked = parsed.pointer(checked).expect("what is checked").clone();
        if let Some(reference) = checked.as_object_mut() {
            reference.remove("optional");
        }
        assert_eq!(Some(&checked), parsed.pointer(given), "{name} {given}");
    }
}

/// The statuses of the interface: those of a no, and those of no answer.
fn statuses() -> (Vec<u64>, Vec<u64>) {
    let page = std::fs::read_to_string(file::folder().join("../interface.md")).expect("the interface");
    let (_, section) = page.split_once("## 3. Exit status").expect("the section");
    let rows = section.lines().filter_map(|line| {
        let status: u64 = line.strip_prefix("| ")?.split(' ').next()?.parse().ok()?;
        // Passed, a bug, passed with warnings: no platform is told about these.
        (![0, 1, 51].contains(&status)).then_some((status, line))
    });
    let (silent, no): (Vec<_>, Vec<_>) = rows.partition(|(_, line)| line.contains("no answer"));
    let numbers = |rows: Vec<(u64, &str)>| rows.into_iter().map(|(status, _)| status).collect();
    (numbers(no), numbers(silent))
}

#[testkit::test(slow, needs(PYPI))]
fn a_no_is_final_and_only_a_missing_answer_is_tried_again() {
    let python = python::with(validator::TOOLS);
    let (no, silent) = statuses();
    assert_eq!((no.as_slice(), silent.as_slice()), ([2, 40, 41, 43, 44].as_slice(), [49, 50].as_slice()));
    for (name, list, more) in [
        ("kubernetes-init-container.yaml", "initContainers", [].as_slice()),
        // The kubelet never sees these from an initContainer that is the binary itself.
        ("kubernetes-wrapper.yaml", "containers", &[126, 127]),
    ] {
        let job = file::yaml(&python, name)["spec"].clone();
        let pod = &job["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never", "{name}: podFailurePolicy is refused with any other");
        for (rule, action, values) in [(0, "FailJob", [&no[..], more].concat()), (1, "Count", silent.clone())] {
            let rule = &job["podFailurePolicy"]["rules"][rule];
            let expected = json!({"containerName": pod[list][0]["name"], "operator": "In", "values": values});
            assert_eq!((&rule["action"], &rule["onExitCodes"]), (&json!(action), &expected), "{name}");
            assert!(values.is_sorted(), "{name}: the API refuses values that are out of order");
        }
    }
    assert_eq!(file::yaml(&python, "gitlab-ci.yml")["token-check"]["retry"], json!({"max": 2, "exit_codes": silent}));
    let argo = &file::yaml(&python, "argo-workflow.yaml")["spec"]["templates"][1]["retryStrategy"];
    assert_eq!(argo["expression"], format!("asInt(lastRetry.exitCode) in {silent:?}"));
}

#[testkit::test(needs(BASH))]
fn slurm_requeues_the_job_without_an_answer_three_times_at_most() {
    let mut hub = FakeHub::start(scenario::hub_state());
    hub.endpoint = "http://127.0.0.1:9".into();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (restarts, record) in [("", "scontrol requeue 77\n"), ("2", "scontrol requeue 77\n"), ("3", "")] {
        let token = Delivery::File(PathBuf::from("home/.cache/huggingface/token"));
        let mut launch = launch::file(Path::new("bash"), "slurm.sbatch", token);
        launch.variables = vec![
            variable("SLURM_JOB_ID", "77"),
            variable("SLURM_RESTART_COUNT", restarts),
            variable("HF_TOKEN_CHECK_TIMEOUT", "1s"),
        ];
        let bench = Bench::new();
        let run = bench.run(&launch, &hub, Some(&secret("write")));
        assert_eq!((run.status, bench.record().as_str()), (50, record), "{restarts}: {run:?}");
    }
}

#[testkit::test]
fn the_page_has_a_row_for_every_file_and_no_other() {
    let page = file::text("README.md");
    let named: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| [`")?.split('`').next()).collect();
    let mut sorted = named.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, file::names());
}
