//! One process, run to its end, and what it cost.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use testkit::measure::{Usage, measure};

/// What to run, with nothing in its environment but these variables.
#[derive(Clone, Debug)]
pub struct Job {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub variables: Vec<(String, String)>,
    /// The exit status that makes it count.
    pub status: i32,
}

impl Job {
    /// Runs it once. Another status than the expected one ends the benchmark: a failure is quick, and costs nothing.
    pub fn run(&self) -> Usage {
        let mut command = Command::new(&self.program);
        command.args(&self.args).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let measured = measure(command.current_dir(std::env::temp_dir()));
        assert_eq!(measured.run.status, self.status, "{} {:?}: {measured:?}", self.program.display(), self.args);
        measured.usage
    }

    /// The job as the arguments of another program.
    pub fn under<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.arg(&self.program).args(&self.args).env_clear();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).current_dir(std::env::temp_dir())
    }
}
