//! The real binary, started as a new user would: with an empty environment.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::process;

/// The binary under test: the one that was built with the tests, unless another one is given.
pub fn path() -> PathBuf {
    given().unwrap_or_else(built)
}

/// The one in `HF_TOKEN_CHECK_TEST_BINARY`, such as the static one that ships.
pub fn given() -> Option<PathBuf> {
    std::env::var_os("HF_TOKEN_CHECK_TEST_BINARY").map(PathBuf::from)
}

/// Where the program under test is. Cargo says it to an integration test, and to nothing else, when that is compiled.
#[derive(Debug)]
pub struct Build {
    /// `CARGO_BIN_EXE_hf-token-check`
    pub binary: PathBuf,
    /// `CARGO_TARGET_TMPDIR`
    pub scratch: PathBuf,
}

static BUILD: OnceLock<Build> = OnceLock::new();

/// Makes that known, once and first of all.
pub fn set_build(build: Build) {
    BUILD.set(build).expect("the build is made known once");
}

/// The one that was built with the tests.
pub fn built() -> PathBuf {
    BUILD.get().map_or_else(|| profile().join("hf-token-check"), |build| build.binary.clone())
}

/// An example that was built with the tests.
pub fn example(name: &str) -> PathBuf {
    profile().join("examples").join(name)
}

/// The folder of this build's profile. Tests and benchmarks are in its `deps`, examples in its `examples`.
fn profile() -> PathBuf {
    let own = std::env::current_exe().expect("an executable");
    own.parent().and_then(Path::parent).expect("a target folder").into()
}

/// The root of the repository.
pub fn root() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("crates/");
    crates.parent().expect("the root")
}

/// The version in the program's manifest.
pub fn version() -> String {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = \"")).expect("a version");
    version.trim_end_matches('"').to_owned()
}

/// A folder of the build's own, kept from run to run.
pub fn target() -> PathBuf {
    let folder = BUILD.get().map_or_else(|| profile().with_file_name("tmp"), |build| build.scratch.clone());
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The binary with these arguments and nothing but these variables.
pub fn command<A: Into<OsString>>(args: impl IntoIterator<Item = A>, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(path());
    command.args(args.into_iter().map(Into::into)).env_clear();
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).current_dir(std::env::temp_dir());
    process::with_default_signals(&mut command);
    command
}

/// Runs it to its end.
pub fn run<A: Into<OsString>>(args: impl IntoIterator<Item = A>, variables: &[(String, String)]) -> Run {
    finish(&mut command(args, variables))
}

/// Runs a prepared command to its end.
pub fn finish(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = output(command);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Run { status: number(status), stdout: text(stdout), stderr: text(stderr) }
}

/// A copy of the program is busy for as long as a process that another test is starting holds the descriptor it was written through.
fn output(command: &mut Command) -> Output {
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(Duration::from_millis(20)),
            done => return done.expect("the program can be started"),
        }
    }
}

/// Runs a prepared command, which must end within `limit`.
pub fn finish_within(limit: Duration, command: &mut Command) -> Run {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
    wait_within(limit, child)
}

/// Waits for a child, which must end within `limit`. A late one is killed, so that the test fails instead of hanging.
pub fn wait_within(limit: Duration, mut child: Child) -> Run {
    let started = Instant::now();
    let (stdout, stderr) = (child.stdout.take().map(drain), child.stderr.take().map(drain));
    let status = loop {
        if let Some(status) = child.try_wait().expect("the program's status") {
            break status;
        }
        if started.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).expect("the program ends");
            panic!("it took more than {limit:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text =
        |reader: Option<JoinHandle<String>>| reader.map_or_else(String::new, |reader| reader.join().expect("text"));
    Run { status: number(status), stdout: text(stdout), stderr: text(stderr) }
}

fn drain(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the program's output");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The exit status, or 128 and the number of the signal.
fn number(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0))
}

/// `NAME=value` pairs as owned strings.
pub fn variables<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
