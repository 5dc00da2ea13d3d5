//! The test kit of hf-token-check: a fake Hub over real sockets and real TLS, servers that break protocols, real daemons
//! and containers, and the means to run the real binary against them. Compiled once for tests, examples and benchmarks.

#![allow(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "test code panics where it cannot go on"
)]

pub mod certs;
pub mod compose;
pub mod container_hub;
pub mod daemon;
pub mod docker;
pub mod fake_hub;
pub mod harness;
pub mod http2_frames;
/// The Hub's whole responses: the very file that the rehearsal reads.
#[path = "../../../src/model/hub_response.rs"]
pub mod hub_response;
pub mod launcher;
pub mod measure;
pub mod netns;
pub mod ports;
pub mod prerequisite;
pub mod process;
pub mod program;
pub mod python;
pub mod raw_server;
pub mod relay;
pub mod robustness;
pub mod sandbox;
pub mod scenario;
/// The Hub's sentences: the very file that the product recognizes them by.
#[path = "../../../src/model/sentence.rs"]
pub mod sentence;
pub mod slurm;
pub mod tokens;
pub mod wheel;

pub use inventory;
pub use testkit_macros::test;
