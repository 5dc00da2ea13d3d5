//! The Python package: the wheel as maturin makes it, installed by pip and by uv, in jobs that ask it first.

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::design;
use testkit::fake_hub::FakeHub;
use testkit::fake_hub::HubState;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::program::{self, Run, finish};
use testkit::{launcher, scenario, wheel};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The ways to install: the shell's line, and the Python that the job is then started with.
const WAYS: [(&str, &str); 5] = [
    ("uv venv place && uv pip install --python place --no-index hf-token-check", "place/bin/python"),
    ("uv pip install --target place --no-index --link-mode symlink hf-token-check", "python"),
    ("uv venv place && pip --python place/bin/python install hf-token-check", "place/bin/python"),
    ("pip install --target place hf-token-check", "python"),
    ("pip --python $BASE install --user --break-system-packages hf-token-check", "$BASE"),
];

/// A folder with an installation in `place`. What stands first on PATH is a stranger: whoever starts it does no check.
struct Job {
    folder: TempDir,
    python: &'static str,
    tools: PathBuf,
}

impl Job {
    fn install((line, python): (&'static str, &'static str), tools: &Path) -> Self {
        let job = Self { folder: tempfile::tempdir().expect("a folder"), python, tools: tools.into() };
        let wheels = wheel::folder(tools);
        let run = finish(job.shell(line).env("PIP_FIND_LINKS", &wheels).env("UV_FIND_LINKS", &wheels));
        assert_eq!(run.status, 0, "{line}: {run:?}");
        script(&job.folder.path().join("hf-token-check"), "echo a stranger was started");
        job
    }

    /// A shell with the tools, and nothing of this machine's own settings.
    fn shell(&self, line: &str) -> Command {
        let folder = self.folder.path();
        let bin = self.tools.parent().expect("a folder").display();
        let base = finish(Command::new(&self.tools).args(["-c", "import sys; print(sys._base_executable)"])).stdout;
        let mut command = Command::new("sh");
        command.args(["-euc", line, "sh"]).current_dir(folder).stdin(Stdio::null()).env_clear();
        command.env("PATH", format!("{}:{bin}:{}", folder.display(), launcher::SYSTEM_PATH)).env("BASE", base.trim());
        command.envs([("HOME", folder), ("UV_CACHE_DIR", &folder.join("cache")), ("UV_PYTHON", &self.tools)]);
        command.envs([("PYTHONUSERBASE", folder.join("place")), ("PYTHONPATH", folder.join("place"))]);
        command.envs([("PIP_NO_INDEX", "1"), ("UV_OFFLINE", "1"), ("UV_PYTHON_DOWNLOADS", "never")]);
        command
    }

    /// Starts the job's Python.
    fn python(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = self.shell(&format!("exec {} \"$@\"", self.python));
        finish(command.args(args).envs(variables.iter().copied()))
    }

    fn binary(&self) -> PathBuf {
        self.folder.path().join("place/bin/hf-token-check")
    }
}

fn script(path: &Path, lines: &str) {
    fs::write(path, format!("#!/bin/sh\n{lines}\n")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[testkit::test(needs(PYPI))]
fn however_it_was_installed_its_own_binary_is_started() {
    let tools = wheel::tools();
    for way in WAYS {
        let job = Job::install(way, &tools);
        let check = job.python(&["-c", "import hf_token_check; hf_token_check.check()"], &[]);
        assert_eq!((check.status, check.stdout.as_str()), (1, ""), "{way:?}: {check:?}");
        assert!(check.stderr.contains("\nhf_token_check.TokenCheckError: token-missing\n  "), "{way:?}: {check:?}");
        let module = job.python(&["-m", "hf_token_check", "--read", "a b"], &[]);
        assert!(module.status == 2 && module.stderr.contains("\"a b\" cannot be used"), "{way:?}: {module:?}");
    }
}

#[testkit::test(needs(PYPI))]
fn another_binary_is_started_only_where_its_own_is_missing() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[0], &tools);
    fs::remove_file(job.binary()).expect("the binary");
    assert_eq!(job.python(&["-m", "hf_token_check"], &[]).stdout, "a stranger was started\n");
    fs::remove_file(job.folder.path().join("hf-token-check")).expect("the stranger");
    let none = job.python(&["-c", "import hf_token_check; hf_token_check.check()"], &[]);
    assert!(none.stderr.contains("\nFileNotFoundError: hf-token-check is neither at "), "{none:?}");
}

#[testkit::test(slow, needs(PYPI))]
fn a_binary_that_breaks_down_is_not_a_pass() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[0], &tools);
    let real = job.folder.path().join("real");
    fs::rename(job.binary(), &real).expect("the binary");
    for (lines, text) in [
        (format!("ulimit -n 4; exec {} \"$@\"", real.display()), "env-restricted"),
        ("kill -KILL $$".into(), "hf-token-check ended with status 137"),
        (format!("{} \"$@\"; kill -TERM $$", real.display()), "hf-token-check ended with status 143"),
    ] {
        script(&job.binary(), &lines);
        let run = job.python(
            &["-c", "import hf_token_check; hf_token_check.check()"],
            &[("HF_TOKEN", &scenario::secret("write"))],
        );
        assert_eq!(run.status, 1, "{lines}: {run:?}");
        assert!(run.stderr.contains(&format!("\nhf_token_check.TokenCheckError: {text}")), "{lines}: {run:?}");
    }
}

#[testkit::test(needs(PYPI))]
fn python_m_becomes_the_binary_in_the_state_of_a_shell() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[0], &tools);
    let mut command =
        job.shell("exec place/bin/python -m hf_token_check -- sh -c 'echo $$; exec grep SigIgn /proc/self/status'");
    let child = command
        .env("HF_TOKEN_CHECK_SKIP", "drill")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a job");
    let id = child.id();
    let output = child.wait_with_output().expect("an end");
    let text = String::from_utf8_lossy(&output.stdout);
    let (first, ignored) = text.split_once("\nSigIgn:\t").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(first, id.to_string());
    let ignored = u64::from_str_radix(ignored.trim(), 16).expect("a mask");
    let bit = |signal: i32| 1_u64 << (signal - 1);
    assert_eq!(ignored & (bit(libc::SIGPIPE) | bit(libc::SIGXFSZ)), 0, "{text}");
}

#[testkit::test(needs(PYPI))]
fn check_keeps_every_promise() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[3], &tools);
    let broken = Fault::at("alice/model", Kind::Instead(Response::html(500, "out of order")));
    let hub = FakeHub::start(HubState { faults: vec![broken], ..scenario::hub_state() });
    let tokens = ["write", "read"].map(|label| {
        let file = job.folder.path().join(label);
        fs::write(&file, scenario::secret(label)).expect("a token");
        file.display().to_string()
    });
    let contract = format!("{ROOT}/tests/wheel/contract.py");
    let ca = hub.ca.display().to_string();
    let variables = [("HF_ENDPOINT", hub.endpoint.as_str()), ("SSL_CERT_FILE", ca.as_str())];
    let run = job.python(&[&contract, &tokens[1]], &[&variables[..], &[("HF_TOKEN_PATH", &tokens[0])]].concat());
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "every promise was kept\n", ""));

    // A job without standard streams is judged all the same.
    for (token, status) in [(&tokens[0], 0), (&tokens[1], 1)] {
        let line = "exec python -c 'import hf_token_check; hf_token_check.check(write=\"acme/model\")' <&- >&- 2>&-";
        let mut command = job.shell(line);
        let run = finish(command.envs(variables).env("HF_TOKEN_PATH", token));
        assert_eq!((run.status, run.stdout + &run.stderr), (status, String::new()), "{token}");
    }
}

#[testkit::test(slow, needs(PYPI))]
fn a_uv_script_goes_no_further_than_the_check() {
    let tools = wheel::tools();
    let job = Job { folder: tempfile::tempdir().expect("a folder"), python: "", tools };
    let wheels = wheel::folder(&job.tools);
    let hub = FakeHub::start(scenario::hub_state());
    for (label, status, stdout, said) in [
        ("write", 0, "training\n", [""; 3]),
        (
            "read",
            1,
            "",
            [
                "TokenCheckError: write-denied-read-token\n  This is a read-only token, but the job pushes to acme/model\n",
                "\n  why: According to whoami, token \"read\" has the role \"read\"\n",
                "\n  fix: Create a token with write access at https://",
            ],
        ),
        ("", 1, "", ["TokenCheckError: token-missing\n", "\n  why: ", "\n  fix: "]),
    ] {
        let mut command = job.shell("exec uv run --quiet --no-config --no-index --script \"$@\"");
        command.arg(format!("{ROOT}/examples/train.py")).env("UV_FIND_LINKS", &wheels);
        command.env("HF_ENDPOINT", &hub.endpoint).env("SSL_CERT_FILE", &hub.ca);
        let secret = if label.is_empty() { String::new() } else { scenario::secret(label) };
        let run = finish(command.env("HF_TOKEN", secret));
        assert_eq!((run.status, run.stdout.as_str()), (status, stdout), "{label}: {run:?}");
        assert!(said.iter().all(|part| run.stderr.contains(part)), "{label}: {}", run.stderr);
        assert!(status != 0 || run.stderr.is_empty(), "{label}: {}", run.stderr);
    }
}

#[testkit::test(needs(PYPI))]
fn the_package_is_typed_tidy_and_right_for_its_oldest_python() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[3], &tools);
    for line in [
        "mypy --strict --no-incremental $ROOT/python",
        "MYPYPATH=place mypy --strict --no-incremental $ROOT/tests/wheel $ROOT/examples/train.py",
        "ruff check --no-cache $ROOT/python $ROOT/tests/wheel $ROOT/examples",
        "ruff format --no-cache --check $ROOT/python $ROOT/tests/wheel $ROOT/examples",
        "vermin --quiet --eval-annotations --backport typing --no-tips --target=3.9- $ROOT/python",
    ] {
        let run = finish(job.shell(line).env("ROOT", ROOT));
        assert_eq!(run.status, 0, "{line}: {}{}", run.stdout, run.stderr);
    }
}

#[testkit::test(needs(PYPI))]
fn every_report_is_of_the_type_that_the_package_states() {
    let tools = wheel::tools();
    let job = Job::install(WAYS[3], &tools);
    let report = |code: &String| program::run(["--format", "json", "--rehearse", code], &[]).stdout;
    let reports: Vec<_> = design::table().iter().map(report).collect();
    let literal = "import json, sys; print('from hf_token_check import Report\\n\\nreports: list[Report] =', json.load(sys.stdin))";
    fs::write(job.folder.path().join("reports.json"), format!("[{}]", reports.join(","))).expect("the reports");
    let line = "python -c \"$1\" < reports.json > reports.py; MYPYPATH=place mypy --strict --no-incremental reports.py";
    let run = finish(job.shell(line).arg(literal));
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    // Not every value occurs in a rehearsal.
    let schema: serde_json::Value = serde_json::from_str(include_str!("../docs/report.schema.json")).expect("a schema");
    let types = fs::read_to_string(format!("{ROOT}/python/hf_token_check/report.py")).expect("the types");
    let mut stated = Vec::new();
    enumerations(&schema, &mut stated);
    assert!(stated.len() > 6 && stated.iter().all(|values| types.contains(values)), "{stated:?}");
}

/// Every closed set of values in a schema, as Python writes it.
fn enumerations(schema: &serde_json::Value, found: &mut Vec<String>) {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().filter(|value| !value.is_null()).map(ToString::to_string).collect();
        found.push(format!("Literal[{}]", values.join(", ")));
    }
    let members = schema.as_object().into_iter().flat_map(serde_json::Map::values);
    members.chain(schema.as_array().into_iter().flatten()).for_each(|part| enumerations(part, found));
}

#[testkit::test(needs(PYPI))]
fn one_wheel_fits_every_linux() {
    let tools = wheel::tools();
    let folder = tempfile::tempdir().expect("a folder");
    let version = env!("CARGO_PKG_VERSION");
    let name = wheel::wheel(&wheel::folder(&tools)).and_then(|wheel| wheel.file_name()?.to_str().map(Into::into));
    let tags = format!("py3-none-manylinux2014_{ARCH}.manylinux_2_17_{ARCH}.musllinux_1_1_{ARCH}");
    assert_eq!(name, Some(format!("hf_token_check-{version}-{tags}.whl")));
    for libc in ["manylinux2014", "musllinux_1_1"] {
        let place = folder.path().join(libc);
        let mut pip = Command::new(&tools);
        pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--only-binary=:all:", "hf-token-check"]);
        pip.args(["--platform", &format!("{libc}_{ARCH}"), "--find-links"]).arg(wheel::folder(&tools));
        let run = finish(pip.arg("--target").arg(&place));
        assert_eq!(run.status, 0, "{libc}: {run:?}");
        let binary = place.join("bin/hf-token-check");
        let needed = finish(Command::new("ldd").arg(&binary));
        assert!(!needed.stdout.contains("=>"), "{libc}: not static: {needed:?}");
        assert_eq!(finish(Command::new(&binary).arg("--version")).stdout, format!("hf-token-check {version}\n"));
    }
}
