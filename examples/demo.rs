//! The demo: a fake Hub over TLS on localhost, and hf-token-check run against it in typical cases. Nothing else is needed.
//!
//!     cargo run --release --example demo

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a demo shows, and stops where it cannot")]

use std::os::unix::fs::symlink;
use std::process::ExitCode;
use std::{env, path::Path};

use testkit::fake_hub::FakeHub;
use testkit::program::{self, Build};
use testkit::scenario::{self, Scenario};

const LINE: &str = "--------------------------------------------------------------------------------";

/// What to show, in this order, by the scenario's name.
const SHOWN: [&str; 11] = [
    "a write token reads and pushes",
    "no token at all",
    "a placeholder that nothing replaced",
    "a token that the Hub does not know",
    "a read token for a push",
    "a fine-grained token without the right to push",
    "a contributor pushes to another's repo",
    "a gate that was never asked at",
    "an owner that is mistyped",
    "a dataset asked for as a model",
    "a login page with status 200",
];

/// `cargo run --example` does not build the binary, and a second build would take as long as the first. So the program is in
/// this executable, which starts itself as `hf-token-check` and then does what `src/main.rs` does.
const PROGRAM: &str = "hf-token-check";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().collect();
    if arguments.first().is_some_and(|own| Path::new(own).file_name().is_some_and(|name| name == PROGRAM)) {
        return ExitCode::from(hf_token_check::run(&arguments));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join(PROGRAM);
    symlink(env::current_exe().expect("an executable"), &binary).expect("a link");
    program::set_build(Build { binary, scratch: folder.path().into() });
    println!("Each case starts a fake Hub on localhost and runs {PROGRAM} against it.\n{LINE}");
    let all = scenario::all();
    for name in SHOWN {
        let scenario = all.iter().find(|scenario| scenario.name == name).expect("a scenario of that name");
        show(scenario);
    }
    println!("{} of {} cases shown; `cargo test` runs them all.", SHOWN.len(), all.len());
    ExitCode::SUCCESS
}

fn show(scenario: &Scenario) {
    let mut state = scenario::hub_state();
    (scenario.setup)(&mut state);
    let hub = FakeHub::start(state);
    let mut variables =
        program::variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
    variables.extend(scenario.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let run = program::run(scenario.args.iter().copied(), &variables);
    println!("# {}\n$ hf-token-check {}\n{}", scenario.name, scenario.args.join(" "), run.stderr);
    println!("$ echo $?\n{}\n{}", run.status, LINE);
    assert_eq!(run.status, scenario.exit, "the demo shows what the tests promise");
}
