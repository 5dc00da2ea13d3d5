//! Many processes, one job: real launchers start them, and the Hub hears of it once.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::compose::Replicas;
use testkit::fake_hub::FakeHub;
use testkit::process;
use testkit::program::{self, Run, finish};
use testkit::scenario;
use testkit::slurm::Cluster;

/// As many as Slurm starts here.
const TASKS: usize = 64;

/// As many as Open MPI starts here: from 32 on one node up, Debian 12's mpirun (4.1.4) often never ends, whatever it ran.
const RANKS: usize = 8;

/// A job whose ranks all wait for 300 s ends long before, or its launcher did not hear of the refusal.
const AT_ONCE: Duration = Duration::from_secs(60);

/// What a rank does: it names itself.
const NAME: &str = "echo \"rank ${OMPI_COMM_WORLD_RANK:-$SLURM_PROCID} ran\"";

/// A launcher with its options, up to the program that it starts on every rank.
type Launch<'a> = &'a dyn Fn() -> Command;

#[testkit::test(needs(SLURM))]
fn srun_starts_sixty_four_ranks_after_one_check() {
    let cluster = Cluster::start(TASKS);
    every_rank_runs_after_one_check(&|| srun(&cluster), TASKS);
}

#[testkit::test(needs(SLURM))]
fn srun_ends_the_job_when_rank_zero_is_refused() {
    let cluster = Cluster::start(TASKS);
    for (token, status) in [("read", 43), ("nobody's", 41)] {
        let run = a_refusal_ends_the_job(&|| srun(&cluster), token);
        // srun ends with the highest status of all its tasks: that of the ones it ended, 128 + SIGTERM. Ours is in the log.
        assert_eq!(run.status, 143, "{run:?}");
        assert!(run.stderr.contains(&format!("task 0: Exited with exit code {status}\n")), "{run:?}");
    }
}

#[testkit::test(needs(MPIRUN))]
fn mpirun_starts_its_ranks_after_one_check() {
    every_rank_runs_after_one_check(&mpirun, RANKS);
}

#[testkit::test(needs(MPIRUN))]
fn mpirun_ends_the_job_with_the_status_of_rank_zero() {
    for (token, status) in [("read", 43), ("nobody's", 41)] {
        let run = a_refusal_ends_the_job(&mpirun, token);
        assert_eq!(run.status, status, "{run:?}");
    }
}

#[testkit::test(needs(MPIRUN))]
fn mpirun_names_a_rank_twice_and_says_the_same() {
    let run = finish(mpirun().args(["/bin/sh", "-c", "echo $OMPI_COMM_WORLD_RANK $PMIX_RANK"]));
    assert_eq!(run.stdout.lines().count(), RANKS, "{run:?}");
    for line in run.stdout.lines() {
        let (open_mpi, pmix) = line.split_once(' ').expect("two names");
        assert!(open_mpi == pmix && open_mpi.parse::<usize>().is_ok_and(|rank| rank < RANKS), "{line}");
    }
}

#[testkit::test(slow, needs(SLURM))]
fn a_batch_script_that_checks_first_ends_with_our_status_and_starts_nothing() {
    let cluster = Cluster::start(TASKS);
    let script = format!(
        "#!/bin/sh\n\"$P\" --rank-zero-only --write acme/model || exit\nsrun --overcommit -n {TASKS} sh -c '{NAME}'\n"
    );
    for (token, status, ran) in [("write", 0, TASKS), ("read", 43, 0), ("nobody's", 41, 0)] {
        let hub = FakeHub::start(scenario::hub_state());
        let (run, log) = submit(&cluster, &hub, token, &script);
        assert_eq!(run.status, status, "{run:?}\n{log}");
        assert_eq!(hub.count("whoami"), 1);
        assert_eq!(log.matches(" ran\n").count(), ran, "{log}");
        assert_eq!(log.matches("more: hf-token-check --explain").count(), usize::from(status != 0), "{log}");
    }
}

#[testkit::test(slow, needs(SLURM))]
fn the_ready_batch_script_ends_with_our_status_although_srun_does_not() {
    let cluster = Cluster::start(TASKS);
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().display();
    std::os::unix::fs::symlink(program::path(), folder.path().join("hf-token-check")).expect("a link");
    std::fs::write(folder.path().join("python"), "#!/bin/sh\ntouch \"$0-$SLURM_PROCID-ran\"\nexec sleep $NAP\n")
        .expect("a stand-in");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path().join("python"), executable).expect("a mode");
    let ready = include_str!("../docs/deploy/slurm-rank-zero.sbatch");
    let lines = ready.lines().filter(|line| !line.starts_with("#SBATCH")).collect::<Vec<_>>().join("\n");
    for (token, nap, status) in [("write", 0, 0), ("read", 300, 43), ("nobody's", 300, 41)] {
        let hub = FakeHub::start(scenario::hub_state());
        let script = lines
            .replace("srun --kill", &format!("export PATH={place}:$PATH NAP={nap}\nsrun --overcommit -n 8 --kill"));
        let script = script.replace(
            "export HF_TOKEN_CHECK_REPORT=",
            &format!("SLURM_SUBMIT_DIR={place}\nexport HF_TOKEN_CHECK_REPORT="),
        );
        let (run, log) = submit(&cluster, &hub, token, &script);
        assert_eq!(run.status, status, "{run:?}\n{log}");
        assert_eq!(hub.count("whoami"), 1, "{log}");
    }
}

#[testkit::test(slow, needs(SLURM, MPIRUN))]
fn mpirun_in_a_batch_script_has_ranks_of_its_own() {
    let cluster = Cluster::start(TASKS);
    let hub = FakeHub::start(scenario::hub_state());
    let words: Vec<_> = mpirun().get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    let script =
        format!("#!/bin/sh\nmpirun {} \"$P\" --rank-zero-only --write acme/model -- sh -c '{NAME}'\n", words.join(" "));
    let (run, log) = submit(&cluster, &hub, "write", &script);
    assert_eq!(run.status, 0, "{run:?}\n{log}");
    assert_eq!(hub.count("whoami"), 1, "the script's own SLURM_PROCID is 0");
    assert_every_rank_ran(&log, RANKS);
}

#[testkit::test(needs(DOCKER, COMPOSE))]
fn compose_ends_all_replicas_with_the_status_of_the_first() {
    const COUNT: usize = 8;
    let hub = FakeHub::start(scenario::hub_state());
    let replicas = Replicas::prepare(&hub);
    let check = |command: &[&'static str]| {
        [&["/bin/hf-token-check", "--rank-zero-only", "--write", "acme/model", "--"], command].concat()
    };
    let run = replicas.up(&[], COUNT, &check(&["/bin/echo", "this one ran"]), &hub, &scenario::secret("write"));
    assert_eq!((run.status, run.stdout.matches("this one ran").count()), (0, COUNT), "{run:?}");
    assert_eq!(hub.count("whoami"), 1);
    for (token, status) in [("read", 43), ("nobody's", 41)] {
        hub.log.lock().expect("the log").clear();
        let started = Instant::now();
        let first = ["--abort-on-container-exit", "--exit-code-from", "index-0"];
        let run = replicas.up(&first, COUNT, &check(&["/bin/sleep", "300"]), &hub, &scenario::secret(token));
        assert_eq!(run.status, status, "{run:?}");
        assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
        assert_eq!(run.stdout.matches("more: hf-token-check --explain").count(), 1, "one report: {run:?}");
        assert_eq!(hub.count("whoami"), 1);
    }
}

fn every_rank_runs_after_one_check(launch: Launch, count: usize) {
    let hub = FakeHub::start(scenario::hub_state());
    let mut command = launch();
    command.arg(program::path()).args(["--rank-zero-only", "--write", "acme/model", "--", "/bin/sh", "-c", NAME]);
    let run = finish(command.envs(variables(&hub, "write")));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(hub.count("whoami"), 1, "one process asks for all");
    assert_eq!(run.stderr.matches("hf-token-check: ").count(), 1, "one process speaks for all: {run:?}");
    assert_every_rank_ran(&run.stdout, count);
}

fn assert_every_rank_ran(log: &str, count: usize) {
    let mut ranks: Vec<usize> =
        log.lines().filter_map(|line| line.strip_prefix("rank ")?.strip_suffix(" ran")?.parse().ok()).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (0..count).collect::<Vec<_>>(), "{log}");
}

fn a_refusal_ends_the_job(launch: Launch, token: &str) -> Run {
    let hub = FakeHub::start(scenario::hub_state());
    // Nobody else on this machine sleeps for exactly so long.
    let nap = format!("300.{}", hub.address.port());
    let mut command = launch();
    command.arg(program::path()).args(["--rank-zero-only", "--write", "acme/model", "--", "/bin/sleep", &nap]);
    let started = Instant::now();
    let run = finish(command.envs(variables(&hub, token)));
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
    assert_eq!(hub.count("whoami"), 1, "one process asks for all");
    assert_eq!(run.stderr.matches("more: hf-token-check --explain").count(), 1, "one report: {run:?}");
    while process::count_with_argument(&nap) > 0 {
        assert!(started.elapsed() < AT_ONCE, "ranks are left behind");
        std::thread::sleep(Duration::from_millis(200));
    }
    run
}

/// Runs a batch script to its end; gives what became of it, and its log.
fn submit(cluster: &Cluster, hub: &FakeHub, token: &str, script: &str) -> (Run, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, log) = (folder.path().join("job.sh"), folder.path().join("job.log"));
    std::fs::write(&file, script).expect("a script");
    let mut sbatch = launcher("sbatch");
    sbatch.env("SLURM_CONF", cluster.configuration()).env("P", program::path()).envs(variables(hub, token));
    let run = finish(sbatch.args(["--wait", "--output"]).args([&log, &file]));
    (run, std::fs::read_to_string(log).unwrap_or_else(|_| cluster.logs()))
}

fn srun(cluster: &Cluster) -> Command {
    let mut command = launcher("srun");
    command.env("SLURM_CONF", cluster.configuration());
    command.args(["--overcommit", "--kill-on-bad-exit=1", "-n", &TASKS.to_string()]);
    command
}

fn mpirun() -> Command {
    let mut command = launcher("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", &RANKS.to_string()]);
    command
}

fn launcher(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).current_dir(std::env::temp_dir());
    command
}

fn variables(hub: &FakeHub, token: &str) -> Vec<(String, String)> {
    program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret(token)),
    ])
}
