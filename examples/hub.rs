//! The loopback Hub as a program of its own, for containers and for trying things by hand: it serves the usual state of
//! the tests over TLS, under the names given, and writes the CA to trust to FOLDER/ca.pem.
//!
//!     cargo run --example hub -- 127.0.0.1:8443 /tmp/hub localhost
//!
//! It prints the `export` lines with which hf-token-check, and every other Hub client, talks to it.

#![allow(
    clippy::expect_used,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a double says what it expects"
)]

use std::path::Path;
use std::{env, fs, thread};

use testkit::fake_hub::FakeHub;
use testkit::{certs, scenario};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, folder, names @ ..] = &arguments[..] else { panic!("usage: hub ADDRESS FOLDER NAME...") };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let hub = FakeHub::serve(scenario::hub_state(), address, Some(certs::issue(&names)));
    // In one step: who waits for the file reads all of it.
    let file = Path::new(folder).join("ca.pem");
    let unfinished = file.with_extension("new");
    fs::copy(&hub.ca, &unfinished).and_then(|_| fs::rename(&unfinished, &file)).expect("the CA can be written");
    let host = names.first().unwrap_or(&"localhost");
    println!("export HF_ENDPOINT=https://{host}:{} SSL_CERT_FILE={}", hub.address.port(), file.display());
    println!("export HF_TOKEN={}  # fake: alice, with the role write", scenario::secret("write"));
    loop {
        thread::park();
    }
}
