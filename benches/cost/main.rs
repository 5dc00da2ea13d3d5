//! What a check costs, beside `curl` and the Python client, in one run. Measures the binary that ships, and writes
//! the tables of `docs/performance.md` and its plot.
//!
//!     cargo bench                        # everything, six minutes; writes the page
//!     cargo bench -- --try [BINARY]      # few runs, perhaps of another build; prints, writes nothing

#![allow(
    clippy::expect_used,
    clippy::unused_self,
    clippy::wildcard_enum_match_arm,
    clippy::similar_names,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    unreachable_pub,
    reason = "a benchmark stops where it cannot go on, and its numbers are small"
)]

mod distant_hub;
mod figures;
mod hub_state;
mod instructions;
mod job;
mod page;
mod plot;
mod rivals;
mod targets;

use std::process::ExitCode;

use figures::Effort;

fn main() -> ExitCode {
    if let Some(status) = testkit::measure::run_as_helper() {
        return status;
    }
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        println!("nothing is measured without `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let tried = args.iter().position(|arg| arg == "--try");
    let effort = if tried.is_some() { Effort::Little } else { Effort::Full };
    let binary = tried.and_then(|at| args.get(at + 1)).filter(|arg| *arg != "--bench").map(Into::into);
    let figures = figures::measure(&rivals::Rivals::find(binary), effort);
    let sections = page::sections(&figures, &targets::judge(&figures));
    for (name, text) in &sections {
        println!("\n== {name}\n{text}");
    }
    if effort == Effort::Full {
        page::write(&sections);
        plot::write(&figures);
    }
    ExitCode::SUCCESS
}
