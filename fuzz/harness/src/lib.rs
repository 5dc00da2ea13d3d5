//! The fuzz targets without a fuzzer: one function per target, which takes any bytes and panics where a promise about the
//! code under test does not hold. `cargo fuzz` calls them from `fuzz/targets`; `cargo test` replays `fuzz/corpus` and
//! `fuzz/crashes` through them.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a promise that does not hold ends the run"
)]

mod generate;
mod oracle;
mod targets;
mod verdict;

pub use targets::duration::check as duration;
pub use targets::list::check as list;
pub use targets::names::{dns_message, hosts, resolv_conf};
pub use targets::net::{certificate, connect_answer};
pub use targets::repo::check as repo;
pub use targets::retry::{ratelimit, retry_after};
pub use targets::token::check as token;
pub use verdict::check as verdict;

/// A fuzz target: its name, which is also the name of its folders in `fuzz/corpus` and `fuzz/crashes`, and its function.
pub struct Target {
    /// As `cargo fuzz` knows it.
    pub name: &'static str,
    /// Panics where a promise does not hold.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 12] = [
    Target { name: "certificate", run: certificate },
    Target { name: "connect_answer", run: connect_answer },
    Target { name: "dns_message", run: dns_message },
    Target { name: "duration", run: duration },
    Target { name: "hosts", run: hosts },
    Target { name: "list", run: list },
    Target { name: "ratelimit", run: ratelimit },
    Target { name: "repo", run: repo },
    Target { name: "resolv_conf", run: resolv_conf },
    Target { name: "retry_after", run: retry_after },
    Target { name: "token", run: token },
    Target {
        name: "verdict",
        run: |data| {
            verdict(data);
        },
    },
];
