//! Becoming the COMMAND: the same process, in the state in which the parent started it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use testkit::fake_hub::FakeHub;
use testkit::process::{self, Disposition};
use testkit::program::{self, Run, finish};
use testkit::scenario;

fn granted(hub: &FakeHub) -> Vec<(String, String)> {
    program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
        ("PATH", "/usr/bin:/bin"),
    ])
}

fn run(args: &[&str]) -> Run {
    let hub = FakeHub::start(scenario::hub_state());
    program::run(args.iter().copied(), &granted(&hub))
}

/// Runs a line of shell with `$P` as the program and a granted token.
fn shell(line: &str) -> Run {
    let hub = FakeHub::start(scenario::hub_state());
    finish(
        Command::new("/bin/sh")
            .args(["-c", line])
            .env_clear()
            .envs(granted(&hub))
            .env("P", program::path())
            .stdin(Stdio::null()),
    )
}

#[testkit::test]
fn a_pass_becomes_the_command_with_its_status_and_streams() {
    let run = run(&["--read", "acme/model", "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!((run.status, run.stdout.as_str()), (7, "out\n"));
    let lines: Vec<_> = run.stderr.lines().collect();
    assert!(
        lines.len() == 2
            && lines[0].starts_with("hf-token-check: pass in ")
            && lines[0].contains(" ms: alice, ")
            && lines[1] == "err",
        "{lines:?}"
    );
}

#[testkit::test]
fn a_failed_gate_never_starts_the_command() {
    let run = run(&["--read", "alice/none", "--", "/bin/sh", "-c", "echo started"]);
    assert_eq!((run.status, run.stdout.as_str()), (44, ""));
}

#[testkit::test]
fn the_report_goes_to_stderr_where_stdout_is_the_commands() {
    let run = run(&["--format", "json", "--", "/bin/echo", "hello"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "hello\n"));
    assert!(run.stderr.starts_with("{\"schema\":1,"), "{run:?}");
}

#[testkit::test]
fn the_process_stays_the_same() {
    let run = shell("exec \"$P\" -q -- /bin/sh -c 'echo $$ $PPID' & echo $! $$; wait");
    let mut lines: Vec<_> = run.stdout.lines().collect();
    lines.sort_unstable();
    assert!(lines.len() == 2 && lines[0] == lines[1], "the pid and the parent's: {run:?}");
}

#[testkit::test]
fn arguments_environment_and_folder_arrive_byte_for_byte() {
    let hub = FakeHub::start(scenario::hub_state());
    let odd = OsStr::from_bytes(b"\xff\xfe \t'\"$x\n--read");
    let mut command = program::command::<&OsStr>([], &granted(&hub));
    command
        .args(["-q", "--", "/bin/sh", "-c", "printf '%s|%s|%s|' \"$1\" \"$ODD\" \"$HF_TOKEN\"; pwd", "sh"])
        .arg(odd)
        .env("ODD", odd)
        .current_dir("/usr");
    let output = command.output().expect("a run");
    let expected = [odd.as_bytes(), odd.as_bytes(), scenario::secret("write").as_bytes(), b"/usr\n"].join(&b'|');
    assert_eq!(output.stdout, expected);
}

#[testkit::test]
fn no_descriptor_is_added_and_none_is_closed() {
    let list = "cd /proc/self/fd && echo *";
    for redirection in ["", "3</dev/null 7</dev/null", "0<&-", "2>&-", "0<&- 2>&-"] {
        let wrapped = shell(&format!("\"$P\" -q -- /bin/sh -c '{list}' {redirection}"));
        let bare = shell(&format!("/bin/sh -c '{list}' {redirection}"));
        assert_eq!((wrapped.status, &wrapped.stdout), (0, &bare.stdout), "{redirection:?}");
    }
    // A closed stdout is closed for COMMAND too.
    let out = tempfile::NamedTempFile::new().expect("a file");
    let line = format!("\"$P\" -q -- /bin/sh -c '(cd /proc/self/fd && echo *) >{}' 1>&-", out.path().display());
    assert_eq!(shell(&line).status, 0);
    assert!(!std::fs::read_to_string(out.path()).expect("a list").is_empty());
}

/// SIGPIPE ignored or not, SIGINT ignored or not, SIGUSR1 blocked: what /proc says of COMMAND is what it says without us.
#[testkit::test]
fn signal_mask_and_dispositions_are_the_parents() {
    use Disposition::{Default, Ignore};
    const LOOK: [&str; 4] = ["/bin/grep", "-E", "^Sig[BIC]", "/proc/self/status"];
    let hub = FakeHub::start(scenario::hub_state());
    for (pipe, int) in [(Default, Default), (Ignore, Default), (Default, Ignore), (Ignore, Ignore)] {
        let state = [(libc::SIGPIPE, pipe), (libc::SIGINT, int)];
        let mut wrapped = Command::new(program::path());
        wrapped.args(["-q", "--"]).args(LOOK).env_clear().envs(granted(&hub)).stdin(Stdio::null());
        let wrapped = finish(process::with_signals(&mut wrapped, &state, libc::SIGUSR1));
        let mut bare = Command::new(LOOK[0]);
        let bare = finish(process::with_signals(bare.args(&LOOK[1..]), &state, libc::SIGUSR1));
        assert!(has_signal(&bare, "SigBlk", libc::SIGUSR1), "{bare:?}");
        for (signal, disposition) in state {
            assert_eq!(has_signal(&bare, "SigIgn", signal), disposition == Ignore, "{bare:?}");
        }
        assert_eq!(wrapped.stdout, bare.stdout, "SIGPIPE {pipe:?}, SIGINT {int:?}");
    }
}

/// Whether a mask of `/proc/self/status` has the signal.
fn has_signal(run: &Run, mask: &str, signal: i32) -> bool {
    let line = run.stdout.lines().find_map(|line| line.strip_prefix(mask)?.strip_prefix(":\t")).expect("a mask");
    u64::from_str_radix(line, 16).expect("a number") >> (signal - 1) & 1 == 1
}

#[testkit::test]
fn a_command_that_cannot_start_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str, mode| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        path.display().to_string()
    };
    for (program, status, said) in [
        ("no-such-command".into(), 127, "no-such-command: command not found"),
        ("/no/such/command".into(), 127, "/no/such/command: command not found"),
        (String::new(), 127, ": command not found"),
        (folder.path().display().to_string(), 126, "is a directory, not a command"),
        (file("plain", "echo hi", 0o644), 126, "cannot be executed: permission denied"),
        (
            file("lost", "#!/no/such/interpreter\n", 0o755),
            127,
            "exists, but the interpreter or loader that it names does not",
        ),
    ] {
        let run = run(&["-q", "--", &program]);
        assert_eq!(run.status, status, "{program:?}: {run:?}");
        assert!(run.stderr.starts_with("hf-token-check: ") && run.stderr.contains(said), "{program:?}: {run:?}");
    }
    // As env(1) does: a script without a first line is a shell script.
    let run = run(&["-q", "--", &file("script", "echo from a script\n", 0o755)]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "from a script\n"));
}

#[testkit::test]
fn without_a_path_the_usual_places_are_searched() {
    let hub = FakeHub::start(scenario::hub_state());
    let variables: Vec<_> = granted(&hub).into_iter().filter(|(name, _)| name != "PATH").collect();
    let run = program::run(["-q", "--", "echo", "found"], &variables);
    assert_eq!((run.status, run.stdout.as_str()), (0, "found\n"));
}

#[testkit::test]
fn closed_streams_do_not_change_the_verdict() {
    for line in [
        "\"$P\" --read alice/none 1>&- 2>&-",
        "\"$P\" --format json --read alice/none >/dev/full",
        "\"$P\" --read alice/none 2>/dev/full",
    ] {
        assert_eq!(shell(line).status, 44, "{line}");
    }
    let run = shell("(\"$P\" --format json --read alice/none; echo $? >&2) | true");
    assert!(run.stderr.ends_with("44\n"), "{run:?}");
}

#[testkit::test]
fn the_off_switch_says_so_and_goes_on() {
    let skip = |args: &[&str]| {
        program::run(
            args.iter().copied(),
            &program::variables([("HF_TOKEN_CHECK_SKIP", "incident 42\x1b[31m"), ("PATH", "/bin")]),
        )
    };
    let run = skip(&["--read", "acme/model", "--", "echo", "hello"]);
    assert_eq!((run.status, run.stdout.as_str()), (0, "hello\n"));
    assert!(run.stderr.contains("skipped, nothing was checked (HF_TOKEN_CHECK_SKIP: incident 42[31m)"), "{run:?}");
    assert_eq!(skip(&[]).status, 0);
}

#[testkit::test]
fn the_off_switch_comes_before_every_mistake() {
    let run = |args: &[&str], more: &[(&str, &str)]| {
        let mut variables = program::variables([("HF_TOKEN_CHECK_SKIP", "drill"), ("PATH", "/bin")]);
        variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        program::run(args.iter().copied(), &variables)
    };
    for (args, more, mistake) in [
        (&["--", "echo", "went on"][..], &[("HF_TOKEN_CHECK_READ", "a/b/c")][..], "HF_TOKEN_CHECK_READ: \"a/b/c\""),
        (&["--", "echo", "went on"], &[("HF_ENDPOINT", "nonsense")], "HF_ENDPOINT: "),
        (&["--", "echo", "went on"], &[("HF_TOKEN_CHECK_STRICT", "perhaps")], "HF_TOKEN_CHECK_STRICT: "),
        (&["--wrtie", "acme/model", "--", "echo", "went on"], &[], "unexpected argument '--wrtie'"),
        (&["--read", "a b", "--", "echo", "went on"], &[], "--read: \"a b\""),
    ] {
        let run = run(args, more);
        assert_eq!((run.status, run.stdout.as_str()), (0, "went on\n"), "{args:?} {more:?}: {run:?}");
        let lines: Vec<_> = run.stderr.lines().collect();
        assert_eq!(lines[0], "hf-token-check: skipped, nothing was checked (HF_TOKEN_CHECK_SKIP: drill)");
        assert!(lines[1].contains("without HF_TOKEN_CHECK_SKIP") && lines[1].contains(mistake), "{run:?}");
    }
    assert_eq!(run(&["--"], &[]).status, 0, "a COMMAND that is missing is a mistake too");
    assert!(run(&["--help"], &[]).stdout.contains("Usage:"), "help is no check");
}

#[testkit::test]
fn a_word_for_no_does_not_switch_the_check_off() {
    for word in ["0", "false", "no", "off", "False", "NO", "oFF", " 0 ", "", "  ", "\n"] {
        let run = program::run(["--", "true"], &program::variables([("HF_TOKEN_CHECK_SKIP", word), ("PATH", "/bin")]));
        assert_eq!(run.status, 40, "{word:?}: {run:?}");
    }
    for word in ["1", "true", "nothing works", "00", "-"] {
        let run = program::run(["--", "true"], &program::variables([("HF_TOKEN_CHECK_SKIP", word), ("PATH", "/bin")]));
        assert_eq!(run.status, 0, "{word:?}: {run:?}");
    }
}

#[testkit::test]
fn no_answer_lets_the_command_run_only_where_that_was_asked_for() {
    let refused = program::variables([
        ("HF_ENDPOINT", "https://127.0.0.1:9"),
        ("HF_TOKEN", &scenario::secret("write")),
        ("PATH", "/bin"),
    ]);
    let run = |args: &[&str]| program::run([&["--timeout", "3s"], args].concat(), &refused);
    assert_eq!(run(&["--if-unavailable", "run", "--", "echo", "went on"]).stdout, "went on\n");
    assert_eq!(run(&["--", "echo", "went on"]).status, 50);
    assert_eq!(run(&["--if-unavailable", "run"]).status, 50, "without a COMMAND there is nothing to run");
    let no = program::variables([("HF_TOKEN", "$HF_TOKEN"), ("PATH", "/bin")]);
    let run = program::run(["--if-unavailable", "run", "--", "echo", "went on"], &no);
    assert_eq!((run.status, run.stdout.as_str()), (40, ""), "a no is a no");
}

#[testkit::test]
fn a_signal_during_the_check_ends_it_at_once_with_the_conventional_status() {
    use testkit::fake_hub::fault::{Fault, Kind};
    let mut state = scenario::hub_state();
    state.faults.push(Fault::everywhere(Kind::Silence));
    let hub = FakeHub::start(state);
    for (signal, status) in [(libc::SIGTERM, 143), (libc::SIGINT, 130)] {
        let mut child =
            program::command(["--", "/bin/echo"], &granted(&hub)).stderr(Stdio::null()).spawn().expect("a run");
        while hub.count("whoami") == 0 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        process::send(&child, signal);
        let started = std::time::Instant::now();
        let ended = child.wait().expect("it ends");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended).map(|s| 128 + s), Some(status), "{ended:?}");
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
        hub.log.lock().expect("the log").clear();
    }
}
