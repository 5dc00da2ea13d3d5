//! See `README.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(hf_token_check::run(&std::env::args_os().collect::<Vec<_>>()))
}
