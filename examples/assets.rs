//! Writes the man page and the shell completions that ship with a release, from the definitions of the command line
//! itself. They are not in the binary: nobody completes in a container.
//!
//!     cargo run --example assets -- target/assets

#[path = "../src/cli/args.rs"]
#[allow(dead_code, reason = "only the definitions are needed")]
mod cli;

/// The help lists the exit statuses.
#[path = "../src/diagnosis/exit_code.rs"]
#[allow(dead_code, reason = "only names and numbers are needed")]
mod exit_code;

mod diagnosis {
    pub(crate) use crate::exit_code;
}

use std::path::PathBuf;
use std::{env, fs, io};

use clap::CommandFactory;
use clap_complete::Shell;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("target/assets"), PathBuf::from);
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    let command = cli::Cli::command();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    fs::write(folder.join("hf-token-check.1"), page)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
        clap_complete::generate_to(shell, &mut command.clone(), "hf-token-check", &completions)?;
    }
    Ok(())
}
