//! Limits and sandboxes: what the process may not do is named as the cause (50), or does not matter.

use std::time::Duration;

use serde_json::Value;

use testkit::fake_hub::{FakeHub, Repo};
use testkit::netns;
use testkit::program::{self, Run, finish_within};
use testkit::sandbox::{self, Resource};
use testkit::scenario;

const LIMIT: Duration = Duration::from_secs(10);
const LATE: Duration = Duration::from_secs(1);

fn variables(hub: &FakeHub) -> Vec<(String, String)> {
    program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ])
}

/// Every result is a pass, or says that the environment is the cause.
fn is_fair(run: &Run) -> bool {
    let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else { return false };
    let results = report["checks"].as_array().expect("checks").iter().filter(|check| check["result"] != "skipped");
    run.status == 0 && report["verdict"] == "pass"
        || run.status == 50
            && report["code"] == "env-restricted"
            && results.into_iter().all(|check| check["result"] == "pass" || check["code"] == "env-restricted")
}

/// The tests' binary is linked dynamically: its loader needs a fourth descriptor.
const FEWEST: u64 = 4;
/// Standard streams, event loop, one connection at a time.
const ENOUGH: u64 = 16;

#[testkit::test(slow)]
fn few_descriptors_are_enough_or_named_as_the_cause() {
    let names: Vec<_> = (0..20).map(|at| &*format!("acme/model-{at}").leak()).collect();
    let needs: Vec<_> = names.iter().map(|name| format!("--read={name}")).collect();
    let state = || {
        let mut state = scenario::hub_state();
        let model = state.repos.iter().find(|repo| repo.id == "acme/model").expect("a repo").clone();
        state.repos.extend(names.iter().map(|id| Repo { id, ..model.clone() }));
        state
    };
    let token = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(token.path(), scenario::secret("write")).expect("a token file");
    let token = token.path().display().to_string();
    let fewest = if program::given().is_some() { 0 } else { FEWEST };
    for hub in [FakeHub::start(state()), FakeHub::start_plain(state())] {
        for most in [fewest, 5, 6, 7, 8, 9, 12, ENOUGH] {
            for more in [&needs[..], &["--token-file".to_owned(), token.clone()]] {
                let fixed = ["--timeout", "10s", "--format", "json", "--endpoint", &hub.endpoint];
                let args = fixed.iter().map(ToString::to_string).chain(more.iter().cloned());
                let mut command = program::command(args, &variables(&hub));
                sandbox::limit(&mut command, Resource::OpenFiles, most);
                let run = finish_within(LIMIT + LATE, &mut command);
                assert!(is_fair(&run), "{}, {most}: {run:?}", hub.endpoint);
                assert!(run.status == 0 || most < ENOUGH, "{}, {most}: {run:?}", hub.endpoint);
                assert!(run.status == 50 || most > FEWEST, "{}, {most}: {run:?}", hub.endpoint);
            }
        }
    }
    let hub = FakeHub::start(scenario::hub_state());
    let mut command = program::command(["--read", "acme/model"], &variables(&hub));
    sandbox::limit(&mut command, Resource::OpenFiles, FEWEST);
    let run = finish_within(LIMIT, &mut command);
    let block = "env-restricted\n  This environment does not let hf-token-check do its work.\n  why: The limit on open files is \
                 reached, and a connection counts as one\n  fix: Raise the limit on open files to 64 or more: `ulimit -n 64`";
    assert!(run.stderr.contains(block), "{}", run.stderr);
}

/// Where a name is looked up, the look-up needs descriptors too.
#[testkit::test(slow, needs(NETNS))]
fn few_descriptors_for_a_lookup_are_named_as_the_cause() {
    netns::alone_with(&[("/etc/hosts", ""), ("/etc/resolv.conf", "nameserver 127.0.0.1\n")], &[], || {
        let hub = FakeHub::start(scenario::hub_state());
        for most in FEWEST..=ENOUGH {
            let args = ["--timeout", "2s", "--format", "json", "--endpoint", "https://hub.example"];
            let mut command = program::command(args, &variables(&hub));
            sandbox::limit(&mut command, Resource::OpenFiles, most);
            let run = finish_within(LIMIT, &mut command);
            let report: Value = serde_json::from_str(&run.stdout).expect("a report");
            let code = report["code"].as_str().expect("a code");
            assert_eq!(run.status, 50, "{most}: {run:?}");
            assert!(code == "env-restricted" || most > 6 && code == "net-dns", "{most}: {run:?}");
            assert!(code == "net-dns" || most < ENOUGH, "{most}: {run:?}");
        }
    });
}

#[cfg(target_arch = "x86_64")]
const WAITS: &[libc::c_long] = &[libc::SYS_epoll_wait, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2];
#[cfg(not(target_arch = "x86_64"))]
const WAITS: &[libc::c_long] = &[libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2];

#[testkit::test(needs(SECCOMP))]
fn a_sandbox_without_an_event_loop_is_named_as_the_cause() {
    let hub = FakeHub::start(scenario::hub_state());
    for calls in [&[libc::SYS_epoll_create1][..], &[libc::SYS_epoll_ctl], WAITS, &[libc::SYS_eventfd2]] {
        for error in [libc::EPERM, libc::ENOSYS, libc::EACCES] {
            let fixed = ["--timeout", "10s", "--format", "json", "-r", "acme/model"];
            let run = |more: &[&str]| {
                let mut command = program::command([&fixed, more].concat(), &variables(&hub));
                sandbox::refuse(&mut command, calls, error);
                finish_within(LIMIT + LATE, &mut command)
            };
            let refused = run(&[]);
            assert!(refused.status == 50 && is_fair(&refused), "{calls:?}, {error}: {refused:?}");
            assert!(refused.stdout.contains("Allow epoll_create1, epoll_ctl, "), "{calls:?}, {error}: {refused:?}");
            assert!(!refused.stderr.contains("internal error"), "{calls:?}, {error}: {refused:?}");
            let excused = run(&["--if-unavailable", "run", "--", "/bin/echo", "went on"]);
            assert_eq!((excused.status, excused.stdout.as_str()), (0, "went on\n"), "{calls:?}, {error}");
        }
    }
}

/// A sandbox that refuses `poll` and threads too: nothing is lost but the guard against what never ends.
#[testkit::test(needs(SECCOMP))]
fn a_sandbox_without_threads_changes_no_verdict() {
    let hub = FakeHub::start(scenario::hub_state());
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report").display().to_string();
    for (read, status) in [("acme/model", 0), ("alice/none", 44)] {
        let args = ["--audit", "--read", read, "--report", &report, "--format", "github"];
        let mut command = program::command(args, &variables(&hub));
        sandbox::refuse(&mut command, sandbox::THREADS, libc::EAGAIN);
        let run = finish_within(LIMIT + LATE, &mut command);
        assert_eq!(run.status, status, "{run:?}");
        let written: Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("JSON");
        assert_eq!(written["exit"], status);
    }
}
