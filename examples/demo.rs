//! The demo: a loopback Hub over TLS, and the real binary run against it through telling cases. Nothing else is needed.
//!
//!     cargo run --release --example demo

#![allow(
    clippy::expect_used,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a demo shows, and stops where it cannot"
)]

use std::process::Command;

use testkit::fake_hub::FakeHub;
use testkit::scenario::{self, Scenario};

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

fn main() {
    // `cargo run --example` does not build the binary itself.
    let profile: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let built =
        Command::new(env!("CARGO")).args(["build", "--quiet", "--bin", "hf-token-check"]).args(profile).status();
    assert!(built.is_ok_and(|status| status.success()), "cargo build failed");
    let all = scenario::all();
    for name in SHOWN {
        let scenario = all.iter().find(|scenario| scenario.name == name).expect("a scenario of that name");
        show(scenario);
    }
    println!("{} of {} cases shown; `cargo test` runs them all.", SHOWN.len(), all.len());
}

fn show(scenario: &Scenario) {
    let mut state = scenario::hub_state();
    (scenario.setup)(&mut state);
    let hub = FakeHub::start(state);
    let mut variables =
        testkit::program::variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
    variables.extend(scenario.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let run = testkit::program::run(scenario.args.iter().copied(), &variables);
    println!("# {}\n$ hf-token-check {}\n{}", scenario.name, scenario.args.join(" "), run.stderr);
    println!("$ echo $?\n{}\n{}", run.status, "-".repeat(80));
    assert_eq!(run.status, scenario.exit, "the demo shows what the tests promise");
}
