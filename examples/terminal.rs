//! Draws the picture of a terminal in the README from what the program really prints.
//!
//!     cargo build --bin hf-token-check && cargo run --example terminal

#![allow(clippy::expect_used, clippy::print_stdout, reason = "an example stops where it cannot go on")]

use std::path::Path;

use testkit::fake_hub::FakeHub;
use testkit::{program, scenario};

/// How many lines of the manual's entry are shown.
const LINES_OF_MANUAL: usize = 9;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/terminal.svg");
    std::fs::write(&path, picture()).expect("the picture can be written");
    println!("{}", path.display());
}

/// A failing check, its explanation, and a check that passes and runs the command.
fn picture() -> String {
    let hub = FakeHub::start(scenario::hub_state());
    let run = |token: &str, args: &[&str]| {
        let variables = program::variables([
            ("HF_ENDPOINT", &hub.endpoint),
            ("SSL_CERT_FILE", &hub.ca.display().to_string()),
            ("HF_TOKEN", &scenario::secret(token)),
            ("PATH", "/usr/bin:/bin"),
        ]);
        let run = program::run([&["--color", "always"], args].concat(), &variables);
        // The fake Hub is on a port of this machine.
        let host = hub.endpoint.trim_start_matches("https://");
        run.stderr.replace(host, "huggingface.co") + &run.stdout
    };
    let refused = ["--write", "acme/model"];
    let explained = ["--explain", "write-denied-read-token"];
    let passed = ["--write", "acme/model", "--", "echo", "training..."];
    let manual = run("read", &explained);
    let manual: Vec<_> = manual.lines().take(LINES_OF_MANUAL).collect();
    let prompt = |args: &[&str], more: &str| format!("\u{1b}[1m$ hf-token-check {}{more}\u{1b}[0m\n", args.join(" "));
    let screen = [
        prompt(&refused, ""),
        run("read", &refused),
        "\n".into(),
        prompt(&explained, &format!(" | head -n {LINES_OF_MANUAL}")),
        manual.join("\n"),
        "\n\n".into(),
        prompt(&passed, ""),
        run("write", &passed),
    ];
    anstyle_svg::Term::new().render_svg(&screen.concat())
}
