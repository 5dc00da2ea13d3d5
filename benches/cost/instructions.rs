//! Instructions as valgrind counts them: the same from run to run where nothing waits, whatever else the machine does.

use std::process::Command;

use crate::job::Job;
use crate::rivals;
use testkit::prerequisite::VALGRIND;

/// How many instructions the job takes; `None` where there is no valgrind.
pub fn count(job: &Job) -> Option<u64> {
    if !rivals::have(&VALGRIND) {
        return None;
    }
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = job.under(&mut command).output().expect("valgrind");
    assert_eq!(output.status.code(), Some(job.status), "{}: {output:?}", job.program.display());
    let text = String::from_utf8_lossy(&output.stderr);
    let (_, count) = text.rsplit_once("Collected : ").expect("a count");
    Some(count.split_whitespace().next()?.parse().expect("a number"))
}
