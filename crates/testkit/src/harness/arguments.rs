//! The command line of a test executable, as `cargo test` and nextest use it.

use std::num::NonZero;
use std::thread;

/// How many tests run at one time on one core, unless the command line says how many there are. Most tests wait most of the time.
const TESTS_PER_CORE: usize = 2;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Arguments {
    /// List the tests instead of running them.
    pub(super) lists: bool,
    /// What becomes of tests that lack a prerequisite.
    pub(super) ignored: Ignored,
    /// How many tests run at one time.
    pub(super) threads: usize,
    filters: Vec<String>,
    skips: Vec<String>,
    is_exact: bool,
}

/// What becomes of tests that lack a prerequisite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ignored {
    /// They are reported as ignored.
    Reported,
    /// They run all the same.
    Run,
    /// They run, and no other test does.
    RunAlone,
}

impl Arguments {
    /// Those of this process.
    pub(super) fn of_process() -> Result<Self, String> {
        Self::parse(std::env::args().skip(1))
    }

    fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self {
            lists: false,
            ignored: Ignored::Reported,
            threads: thread::available_parallelism().map_or(1, NonZero::get) * TESTS_PER_CORE,
            filters: Vec::new(),
            skips: Vec::new(),
            is_exact: false,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, joined) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || joined.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"));
            match name {
                "--list" => parsed.lists = true,
                "--exact" => parsed.is_exact = true,
                "--ignored" => parsed.ignored = Ignored::RunAlone,
                "--include-ignored" => parsed.ignored = Ignored::Run,
                "--skip" => parsed.skips.push(value()?),
                "--test-threads" => {
                    let threads = value()?;
                    let number: NonZero<usize> = threads.parse().map_err(|_| format!("{threads} is no number"))?;
                    parsed.threads = number.get();
                }
                // Output has one form here, and none of it is captured.
                "--format" | "--color" | "-Z" => drop(value()?),
                "--nocapture" | "--no-capture" | "--show-output" | "--quiet" | "-q" | "--test" => {}
                _ if name.starts_with('-') => return Err(format!("{argument} is not an option of this harness")),
                _ => parsed.filters.push(argument),
            }
        }
        Ok(parsed)
    }

    /// Whether a test of this name is asked for.
    pub(super) fn select(&self, name: &str) -> bool {
        let matches = |pattern: &String| if self.is_exact { name == pattern } else { name.contains(pattern.as_str()) };
        (self.filters.is_empty() || self.filters.iter().any(matches)) && !self.skips.iter().any(matches)
    }
}
