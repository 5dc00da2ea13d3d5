//! No run of eight characters of the token appears in anything that the program puts out.

use std::fs;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::HubState;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::process;
use testkit::program::{self, Run};
use testkit::scenario;

const LONGEST_LEAK: usize = 8;

/// A user who owns nothing.
const NOBODY: u32 = 65534;

fn holds_a_part(secret: &str, text: &str) -> bool {
    let body = secret.trim_start_matches("hf_").as_bytes();
    body.windows(LONGEST_LEAK).any(|run| text.as_bytes().windows(LONGEST_LEAK).any(|window| window == run))
}

fn must_not_hold(secret: &str, run: &Run, report: &str, what: &str) {
    for (stream, text) in [("stdout", run.stdout.as_str()), ("stderr", &run.stderr), ("the report", report)] {
        assert!(!holds_a_part(secret, text), "{what}: a part of the token is in {stream}");
    }
}

#[testkit::test]
fn the_search_for_leaks_finds_one() {
    let secret = scenario::secret("write");
    assert!(holds_a_part(&secret, &format!("x{}y", &secret[10..18])));
    assert!(!holds_a_part(&secret, &secret[10..17]));
}

#[testkit::test(slow)]
fn no_scenario_at_any_verbosity_leaks_the_token() {
    let folder = tempfile::tempdir().expect("a folder");
    for scenario in scenario::all() {
        let Some((_, secret)) =
            scenario.variables.iter().find(|(name, value)| name.contains("TOKEN") && value.len() > 20)
        else {
            continue;
        };
        for extra in [&["--quiet"][..], &[], &["--verbose"], &["--verbose", "--color", "always"], &["--format", "json"]]
        {
            let path = folder.path().join("report.json").display().to_string();
            let run = crate::verdicts::play(&scenario, &[extra, &["--report", &path]].concat());
            must_not_hold(secret, &run, &fs::read_to_string(&path).expect("a report"), scenario.name);
        }
    }
}

#[testkit::test]
fn a_server_that_echoes_the_token_everywhere_is_not_repeated() {
    let secret = scenario::secret("write");
    let split: String = secret.chars().flat_map(|c| ['\u{200b}', c]).collect();
    let json = serde_json::json!({"error": format!("bad token {secret} {split}"), "name": secret, "type": secret, "orgs": [{"name": secret}],
        "auth": {"accessToken": {"displayName": secret, "role": secret}}});
    for status in [200, 401, 403, 404, 429, 500] {
        let echo = Response::new(status, "application/json", json.to_string())
            .with("X-Error-Message", format!("you sent {secret}"))
            .with("X-Error-Code", secret.clone())
            .with("X-Request-Id", secret.clone())
            .with("X-HF-Warning", format!("echo; {secret}"));
        let mut state = scenario::hub_state();
        state.faults.push(Fault::everywhere(Kind::Instead(echo)));
        let hub = FakeHub::start(state);
        let variables = program::variables([
            ("HF_ENDPOINT", &hub.endpoint),
            ("SSL_CERT_FILE", &hub.ca.display().to_string()),
            ("HF_TOKEN", &secret),
        ]);
        for format in ["text", "json"] {
            let run =
                program::run(["--timeout", "2s", "--verbose", "--read", "acme/model", "--format", format], &variables);
            must_not_hold(&secret, &run, "", &format!("status {status}, {format}"));
            assert!(run.status >= 40, "an echo grants nothing: {run:?}");
        }
    }
}

#[testkit::test]
fn a_token_in_what_a_user_wrote_is_not_repeated() {
    let secret = scenario::secret("write");
    let reason = format!("because {secret}");
    for (args, variables) in [
        (vec![], vec![("HF_TOKEN_CHECK_SKIP", reason.as_str())]),
        (vec!["--".to_owned(), format!("/x/{secret}")], vec![("HF_TOKEN_CHECK_SKIP", "drill")]),
        (vec!["--explain".to_owned(), format!("xyzzy {secret}")], vec![]),
    ] {
        let variables: Vec<_> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let run = program::run(args, &variables);
        assert!(run.stderr.contains("[token]") || run.stderr.contains("looks like a token"), "{run:?}");
        must_not_hold(&secret, &run, "", "a user's words");
    }
}

#[testkit::test]
fn the_name_of_a_variable_cannot_forge_a_line() {
    let secret = scenario::secret("write");
    let run = program::run::<&str>([], &[("A\n::error::\x1b[31m".to_owned(), secret)]);
    assert_eq!(run.status, 40);
    assert!(
        run.stderr.contains("token-wrong-name") && !run.stderr.contains("\n::") && !run.stderr.contains('\x1b'),
        "{run:?}"
    );
}

#[testkit::test]
fn the_token_goes_to_the_endpoint_only_and_in_the_header_only() {
    let secret = scenario::secret("write");
    let hub = FakeHub::start(scenario::hub_state());
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &format!(" {secret}\n")),
    ]);
    let run = program::run(
        ["--read", "gpt2", "--write", "acme/model", "--create", "alice/new", "--read", "acme/data"],
        &variables,
    );
    assert_eq!(run.status, 44, "{run:?}");
    for request in hub.log.lock().expect("the log").iter() {
        assert_eq!(request.method, "GET", "nothing is written to the Hub");
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {secret}").as_str()),
            "cleaned, as the Python client sends it"
        );
        let others =
            request.headers.iter().filter(|(name, _)| name != "authorization").map(|(_, value)| value.as_str());
        assert!(others.chain([request.path.as_str()]).all(|text| !holds_a_part(&secret, text)), "{:?}", request.path);
        assert!(
            request
                .header("user-agent")
                .is_some_and(|agent| agent.starts_with("hf-token-check/") && agent.contains("; rust"))
        );
    }
}

/// A Hub that says nothing, and a run that waits for it; as another user where there is one.
fn waiting(user: Option<u32>) -> (FakeHub, Child) {
    waiting_without(&[], user)
}

/// The same, where the Hub does `without` something.
fn waiting_without(without: &[&'static str], user: Option<u32>) -> (FakeHub, Child) {
    let mut state = HubState { without: without.into(), ..scenario::hub_state() };
    state.faults.push(Fault::everywhere(Kind::Silence));
    let hub = FakeHub::start(state);
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ]);
    let mut command = dumping(&program::path().display().to_string(), &["--read", "acme/model"]);
    command.env_clear().envs(variables).current_dir("/");
    if let Some(user) = user {
        command.uid(user);
    }
    let child = command.spawn().expect("a run");
    wait_until(|| hub.count("whoami") > 0 && hub.count("auth-check") > 0);
    (hub, child)
}

/// A program that may leave a core dump of any size.
fn dumping(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\"", program]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn abort(child: &mut Child) -> ExitStatus {
    process::send(child, libc::SIGABRT);
    child.wait().expect("its end")
}

fn wait_until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How often the secret stands in the memory of a process, by the name of the mapping.
fn copies(pid: u32, secret: &str) -> Vec<String> {
    let memory = fs::File::open(format!("/proc/{pid}/mem")).expect("its memory");
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("its mappings");
    let mut found = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" r")) {
        let mut words = line.split_whitespace();
        let (range, name) = (words.next().expect("a range"), words.nth(4).unwrap_or("anonymous"));
        let (from, to) = range.split_once('-').expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        let mut bytes = vec![0; usize::try_from(number(to) - number(from)).expect("a size")];
        if memory.read_exact_at(&mut bytes, number(from)).is_ok() {
            let count = bytes.windows(secret.len()).filter(|window| *window == secret.as_bytes()).count();
            found.extend(std::iter::repeat_n(name.to_owned(), count));
        }
    }
    found
}

#[testkit::test]
fn no_argument_list_holds_it() {
    let (_hub, mut child) = waiting(None);
    let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).expect("its arguments");
    assert!(arguments.ends_with(b"--read\0acme/model\0"));
    assert!(!holds_a_part(&scenario::secret("write"), &String::from_utf8_lossy(&arguments)));
    child.kill().expect("a kill");
    child.wait().expect("its end");
}

#[testkit::test(needs(PTRACE))]
fn while_the_hub_is_silent_it_is_in_memory_once_beside_the_environment() {
    // Over HTTP/1.1 the send buffer of each of the two connections has it too.
    for (name, without, in_buffers) in [("HTTP/2", &[][..], 0), ("HTTP/1.1", &["h2"], 2)] {
        let (_hub, mut child) = waiting_without(without, None);
        let found = copies(child.id(), &scenario::secret("write"));
        child.kill().expect("a kill");
        child.wait().expect("its end");
        let ours = found.iter().filter(|place| *place != "[stack]").count();
        assert_eq!((found.len() - ours, ours), (1, 1 + in_buffers), "{name}: {found:?}");
    }
}

#[testkit::test]
fn after_execve_nothing_but_the_environment_holds_it() {
    let hub = FakeHub::start(scenario::hub_state());
    let secret = scenario::secret("write");
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &secret),
    ]);
    let mut child = program::command(["-q", "--", "/bin/sleep", "60"], &variables).spawn().expect("a run");
    let name = format!("/proc/{}/comm", child.id());
    wait_until(|| fs::read_to_string(&name).is_ok_and(|name| name == "sleep\n"));
    std::thread::sleep(Duration::from_millis(50));
    let found = copies(child.id(), &secret);
    assert_eq!(found, ["[stack]"], "where the kernel puts the environment");
    child.kill().expect("a kill");
    child.wait().expect("its end");
}

#[testkit::test]
fn no_process_of_the_same_user_may_look() {
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let (_hub, mut child) = waiting((is_root && is_open_to_all(&program::path())).then_some(NOBODY));
    let owner = fs::metadata(format!("/proc/{}/environ", child.id())).expect("its environment").uid();
    assert_eq!(owner, 0, "what may be looked at belongs to the user; what may not, to root");
    child.kill().expect("a kill");
    child.wait().expect("its end");
}

#[testkit::test(needs(CORE_DUMPS))]
fn no_core_dump_is_written() {
    let (_hub, mut child) = waiting(None);
    let ended = abort(&mut child);
    assert_eq!((ended.signal(), ended.core_dumped()), (Some(libc::SIGABRT), false));
}

/// Whether another user can start the program where it lies.
fn is_open_to_all(path: &Path) -> bool {
    path.ancestors().all(|part| fs::metadata(part).is_ok_and(|part| part.mode() & 0o001 != 0))
}
