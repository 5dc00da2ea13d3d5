use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use crate::diagnosis::exit_code::ExitCode;

/// The flags as they were typed. What they mean is decided in `options`.
#[expect(clippy::struct_excessive_bools, reason = "flags are what they are; options.rs makes types of them")]
#[derive(Debug, Parser)]
#[command(
    name = "hf-token-check",
    version,
    about = "Will the Hugging Face token in this job do what the job needs?",
    long_about = None,
    override_usage = "hf-token-check [OPTIONS] [-- COMMAND [ARG]...]",
    after_help = notes(),
    max_term_width = 100
)]
pub struct Cli {
    /// The job downloads from REPO (gates included)
    #[arg(short, long, value_name = "REPO")]
    pub read: Vec<OsString>,
    /// The job pushes to REPO, which exists
    #[arg(short, long, value_name = "REPO")]
    pub write: Vec<OsString>,
    /// The job creates REPO, or pushes to it if it exists
    #[arg(short, long, value_name = "REPO")]
    pub create: Vec<OsString>,
    /// A permission beyond repos: job.write@acme
    #[arg(short, long, value_name = "NAME[@ENTITY]")]
    pub permission: Vec<OsString>,
    /// The token must still be valid that long: 90s, 30m, 1.5h, 2d
    #[arg(long, value_name = "DURATION")]
    pub valid_for: Option<OsString>,
    /// Warnings fail the run (exit 51)
    #[arg(long)]
    pub strict: bool,
    /// Read the token from a mounted secret [variable: `HF_TOKEN_PATH`]
    #[arg(long, value_name = "PATH")]
    pub token_file: Option<PathBuf>,
    /// The Hub to ask [variable: `HF_ENDPOINT`]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<OsString>,
    /// Permit plain http to a host that is not loopback
    #[arg(long)]
    pub allow_http: bool,
    /// The whole verdict, retries included, within DURATION [default: 30s]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<OsString>,
    /// In a parallel job, only rank 0 checks; the others become COMMAND at once
    #[arg(long)]
    pub rank_zero_only: bool,
    /// With COMMAND, when the Hub gave no answer: fail or run [default: fail]
    #[arg(long, value_name = "fail|run")]
    pub if_unavailable: Option<OsString>,
    /// Also look for bad token habits; findings are warnings
    #[arg(long)]
    pub audit: bool,
    /// Print the manual's entry for a diagnosis, an exit status, an HTTP status or the words of an error; alone, the list
    #[arg(long, value_name = "CODE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not given, given alone, given with a value")]
    pub explain: Option<Option<OsString>>,
    /// Behave as if CODE had been diagnosed, without a token and without a network
    #[arg(long, value_name = "CODE")]
    pub rehearse: Option<OsString>,
    /// text, json or github [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<OsString>,
    /// Also write the JSON report to FILE
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// auto, always or never [variables: `NO_COLOR`, `CLICOLOR_FORCE`]
    #[arg(long, value_name = "WHEN")]
    pub color: Option<OsString>,
    /// Print nothing on success
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print each request with its evidence
    #[arg(short, long)]
    pub verbose: bool,
    /// What to become when the check passes
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// The end of the help: what is not about one option.
fn notes() -> String {
    let statuses = ExitCode::ALL.map(|exit| format!("{} {}", exit.number(), exit.name()));
    let lines: Vec<_> = statuses.chunks(6).map(|line| line.join(", ")).collect();
    let statuses = lines.join(",\n");
    format!(
        "Every option has an environment variable: --read is HF_TOKEN_CHECK_READ, and so on; lists are separated\n\
         by commas or white space. A flag wins over its variable. REPO is owner/name, datasets/owner/name,\n\
         spaces/owner/name, hf://... or a web address.\n\n\
         Exit status: {statuses};\notherwise that of COMMAND."
    )
}
