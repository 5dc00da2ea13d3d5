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

#[allow(dead_code, reason = "some faults and facts are for the tests that run with more than loopback")]
mod support;

mod assets;
mod audit;
mod client;
mod design;
mod extension;
mod github;
mod input;
mod launchers;
mod live;
mod manual;
mod ranks;
mod rehearsal;
mod rounds;
mod secrets;
mod verdicts;
mod wrapper;
