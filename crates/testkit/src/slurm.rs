//! A Slurm cluster of one node on loopback, from Debian's packages: its own daemons, keys, ports and folders, gone when
//! the value is dropped.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{ports, prerequisite, process};

/// How long a loaded machine may take to start a daemon, or to end one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running cluster.
pub struct Cluster {
    /// In the order in which they were started.
    daemons: Vec<Child>,
    folder: TempDir,
}

impl Cluster {
    /// Starts one that pretends to have this many processors. A test that calls this needs `SLURM`.
    pub fn start(processors: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // munged and slurmd want to be seen by every user of the node.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
        let mut cluster = Self { daemons: Vec::new(), folder };
        cluster.start_munge();
        cluster.configure(processors);
        cluster.daemon("slurmctld", &["-D"]);
        cluster.daemon("slurmd", &["-D", "-N", "localhost"]);
        let idle = || cluster.ask("sinfo", &["--noheader", "--format=%T"]).trim() == "idle";
        assert!(eventually(idle), "the node never came up:\n{}", cluster.logs());
        cluster
    }

    /// What points `srun` and its like to this cluster: the value of `SLURM_CONF`.
    pub fn configuration(&self) -> PathBuf {
        self.path("slurm.conf")
    }

    /// What the daemons said.
    pub fn logs(&self) -> String {
        let read = |name| fs::read_to_string(self.path(name)).unwrap_or_default();
        ["munged.log", "slurmctld.log", "slurmd.log"].map(|name| format!("{name}:\n{}", read(name))).join("\n")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_munge(&mut self) {
        let option = |name: &str, file: &str| format!("--{name}={}", self.path(file).display());
        let options = [
            // Of its warnings, the one about a folder below a world-writable one is true, and does not matter here.
            "--force".into(),
            "--foreground".into(),
            option("key-file", "munge.key"),
            option("socket", "munge.socket"),
            option("pid-file", "munge.pid"),
            option("seed-file", "munge.seed"),
        ];
        let made = Command::new("/usr/sbin/mungekey").args(["--create", &option("keyfile", "munge.key")]).status();
        assert!(made.is_ok_and(|status| status.success()), "no key for munged");
        self.daemon("munged", &options.each_ref().map(String::as_str));
        assert!(eventually(|| self.path("munge.socket").exists()), "munged never came up:\n{}", self.logs());
    }

    /// Containers have no cgroups to give away, so nothing here uses them.
    fn configure(&self, processors: usize) {
        let user = ask(Command::new("id").arg("-un"));
        let (user, folder) = (user.trim(), self.folder.path().display());
        let [controller, node] = [(); 2].map(|()| ports::unused());
        let text = format!(
            "ClusterName=hfp\n\
             SlurmctldHost=localhost(127.0.0.1)\n\
             SlurmctldPort={controller}\n\
             SlurmdPort={node}\n\
             SlurmUser={user}\n\
             SlurmdUser={user}\n\
             AuthType=auth/munge\n\
             AuthInfo=socket={folder}/munge.socket\n\
             StateSaveLocation={folder}/state\n\
             SlurmdSpoolDir={folder}/spool\n\
             SlurmctldPidFile={folder}/slurmctld.pid\n\
             SlurmdPidFile={folder}/slurmd.pid\n\
             MailProg=/bin/true\n\
             MpiDefault=none\n\
             ProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\n\
             JobAcctGatherType=jobacct_gather/none\n\
             AccountingStorageType=accounting_storage/none\n\
             SlurmdParameters=config_overrides\n\
             NodeName=localhost NodeAddr=127.0.0.1 CPUs={processors}\n\
             PartitionName=all Nodes=ALL Default=YES State=UP\n"
        );
        fs::write(self.configuration(), text).expect("a configuration");
        fs::create_dir(self.path("state")).expect("a folder");
        fs::create_dir(self.path("spool")).expect("a folder");
    }

    /// Starts a daemon that does not outlive this process, even where nothing is dropped any more.
    fn daemon(&mut self, program: &str, options: &[&str]) {
        let log = fs::File::create(self.path(&format!("{program}.log"))).expect("a log");
        let mut command = Command::new(prerequisite::find(program).expect("a daemon of Slurm's"));
        let child = process::dies_with_parent(&mut command, libc::SIGTERM)
            .args(options)
            .env_clear()
            .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin".into()), ("SLURM_CONF", self.configuration())])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn();
        self.daemons.push(child.expect("the daemon can be started"));
    }

    fn ask(&self, program: &str, options: &[&str]) -> String {
        ask(Command::new(program).args(options).env("SLURM_CONF", self.configuration()))
    }
}

impl Drop for Cluster {
    /// Jobs first, while there is somebody to end them; then the daemons, the first one last.
    fn drop(&mut self) {
        if self.daemons.len() == 3 {
            self.ask("scancel", &["--partition=all"]);
            eventually(|| self.ask("squeue", &["--noheader"]).is_empty());
        }
        for daemon in self.daemons.iter_mut().rev() {
            process::send(daemon, libc::SIGTERM);
            let ended = eventually(|| !matches!(daemon.try_wait(), Ok(None)));
            if !ended {
                let _ = daemon.kill();
                let _ = daemon.wait();
            }
        }
    }
}

fn ask(command: &mut Command) -> String {
    command.stderr(Stdio::null());
    command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if started.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(100));
    }
}
