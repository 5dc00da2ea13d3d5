//! Which process of a parallel job checks, and what a herd does without that.

use std::process::Stdio;
use std::time::{Duration, Instant};

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::program::{self, Run};
use testkit::scenario::{self, too_many};

#[testkit::test]
fn only_rank_zero_checks() {
    for (set, checks) in [
        ("RANK=0; WORLD_SIZE=8", true),
        ("RANK=00; WORLD_SIZE=8", true),
        ("RANK=3; WORLD_SIZE=8", false),
        ("RANK=+1; WORLD_SIZE=8", false),
        ("RANK= 1; WORLD_SIZE=8 ", false),
        ("SLURM_PROCID=1", false),
        ("OMPI_COMM_WORLD_RANK=1", false),
        ("PMIX_RANK=1", false),
        ("PMI_RANK=1", false),
        ("JOB_COMPLETION_INDEX=1", false),
        ("JOB_COMPLETION_INDEX=0", true),
        ("SLURM_PROCID=", true),
        ("SLURM_PROCID=; OMPI_COMM_WORLD_RANK=1", false),
        ("UNRELATED=7", true),
        // torchrun in each task of srun; mpirun in an sbatch script, whose own SLURM_PROCID is 0; srun with PMIx;
        // torchrun in each pod of an indexed Job.
        ("RANK=0; WORLD_SIZE=8; SLURM_PROCID=5", true),
        ("RANK=1; WORLD_SIZE=8; SLURM_PROCID=0", false),
        ("OMPI_COMM_WORLD_RANK=1; PMIX_RANK=1; SLURM_PROCID=0", false),
        ("OMPI_COMM_WORLD_RANK=0; PMIX_RANK=0; SLURM_PROCID=1", true),
        ("PMI_RANK=1; SLURM_PROCID=0", false),
        ("RANK=9; WORLD_SIZE=16; JOB_COMPLETION_INDEX=0", false),
        // The rank of a LoRA is no rank of a job.
        ("RANK=16", true),
        ("RANK=16; SLURM_PROCID=0", true),
        ("RANK=0; SLURM_PROCID=1", false),
    ] {
        let (checked, skipped, every) = started(set);
        let expected = if checks { (40, "") } else { (0, "started\n") };
        assert_eq!((checked.status, checked.stdout.as_str()), expected, "{set}");
        assert!(checks || checked.stderr.is_empty(), "other ranks are silent: {set}: {checked:?}");
        assert_eq!(skipped.stderr.is_empty(), !checks, "so is their off switch: {set}: {skipped:?}");
        assert!(!checked.stderr.contains("rank-malformed"), "{set}: {checked:?}");
        assert_eq!(every.status, 40, "without the option every rank checks: {set}");
    }
}

#[testkit::test]
fn a_rank_that_is_none_is_a_warning_and_a_check() {
    for set in [
        "RANK=one; WORLD_SIZE=8",
        "RANK=-1; WORLD_SIZE=8",
        "RANK=1.0; WORLD_SIZE=8",
        "RANK=0x1; WORLD_SIZE=8",
        "RANK=18446744073709551616; WORLD_SIZE=18446744073709551617",
        "RANK=8; WORLD_SIZE=8",
        "RANK=1; WORLD_SIZE=many",
        "SLURM_PROCID=one",
        "OMPI_COMM_WORLD_RANK=$OMPI_COMM_WORLD_RANK; SLURM_PROCID=1",
        "PMIX_RANK=1,2",
        "PMI_RANK=-1",
        "JOB_COMPLETION_INDEX=third",
    ] {
        let (checked, ..) = started(set);
        assert_eq!((checked.status, checked.stdout.as_str()), (40, ""), "{set}");
        let name = set.split('=').next().unwrap_or_default();
        let said = format!("warning: rank-malformed\n  {name} is not a valid rank, so this process checks");
        assert!(checked.stderr.contains(&said), "{set}: {checked:?}");
    }
}

#[testkit::test]
fn without_the_option_a_herd_whose_whoami_is_rate_limited_passes_on_its_needs() {
    let mut state = scenario::hub_state();
    state.faults.push(Fault { after: 10, ..Fault::at("whoami", Kind::Instead(too_many(1))) });
    let hub = FakeHub::start(state);
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ]);
    let started = Instant::now();
    let herd: Vec<_> = (0..64)
        .map(|_| {
            let mut command = program::command(["--write", "acme/model", "--", "/bin/echo", "ran"], &variables);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a run")
        })
        .collect();
    let runs: Vec<_> = herd.into_iter().map(|child| child.wait_with_output().expect("an end")).collect();
    for run in &runs {
        assert!(run.status.success() && run.stdout == b"ran\n", "{run:?}");
    }
    let unknown = runs.iter().filter(|run| String::from_utf8_lossy(&run.stderr).contains("identity-unknown")).count();
    assert_eq!((hub.count("whoami"), unknown), (64, 54), "each asks once, and ten are told");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// What becomes of `echo started` without a token, in an environment like this: with `--rank-zero-only`, with the off
/// switch besides, and without the option.
fn started(set: &str) -> (Run, Run, Run) {
    let pairs = set.split("; ").filter_map(|pair| pair.split_once('='));
    let mut variables: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.push(("PATH".into(), "/bin".into()));
    let only = ["--rank-zero-only", "--", "echo", "started"];
    let checked = program::run(only, &variables);
    let every = program::run(&only[1..], &variables);
    variables.push(("HF_TOKEN_CHECK_SKIP".into(), "incident 42".into()));
    (checked, program::run(only, &variables), every)
}
