//! The tests of the whole program: the real binary against a loopback Hub, over real sockets and real TLS.

#![allow(
    clippy::expect_used,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    clippy::too_many_lines,
    unreachable_pub,
    reason = "a test says what it expects"
)]
use std::process::ExitCode;

use testkit::harness;
use testkit::program::Build;

mod action;
mod assets;
mod audit;
mod client;
mod client_view;
mod containers;
mod deploy;
mod design;
mod diagnoses;
mod dns;
mod entitlements;
mod extension;
mod files;
mod fuzz_corpus;
mod gateways;
mod github;
mod hostile;
mod input;
mod launchers;
mod leaks;
mod lifetime;
mod limits;
mod live;
mod manual;
mod marks;
mod mechanics;
mod mirrors;
mod names;
mod platforms;
mod product_name;
mod proxies;
mod ranks;
mod redaction;
mod rehearsal;
mod release;
mod revisions;
mod rounds;
mod routes;
mod secrets;
mod tls;
mod verdicts;
mod wheel;
mod workflows;
mod wrapper;

fn main() -> ExitCode {
    harness::main(Build {
        binary: env!("CARGO_BIN_EXE_hf-token-check").into(),
        scratch: env!("CARGO_TARGET_TMPDIR").into(),
    })
}
