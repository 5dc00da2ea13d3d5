//! What a machine may lack and some tests cannot do without: programs of others, and permissions. Each is looked for once,
//! and only where a test that needs it is about to run.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::{compose, launcher, netns, process, program, python, sandbox};

/// Something that a test needs and a machine may lack.
pub struct Prerequisite {
    /// What it is, as a short noun phrase.
    pub name: &'static str,
    /// The command that provides it, or what else helps.
    pub install: &'static str,
    probe: fn() -> bool,
    found: OnceLock<bool>,
}

impl Prerequisite {
    const fn new(name: &'static str, install: &'static str, probe: fn() -> bool) -> Self {
        Self { name, install, probe, found: OnceLock::new() }
    }

    /// Whether this machine has it.
    pub fn is_available(&self) -> bool {
        *self.found.get_or_init(self.probe)
    }
}

impl fmt::Display for Prerequisite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing: {}", self.name, self.install)
    }
}

/// GNU bash.
pub static BASH: Prerequisite = Prerequisite::new("bash", "apt-get install bash", || has("bash"));
/// GNU time, to compare our own measurements with.
pub static GNU_TIME: Prerequisite =
    Prerequisite::new("GNU time", "apt-get install time", || Path::new("/usr/bin/time").exists());
/// What the launcher script can download with.
pub static DOWNLOADER: Prerequisite =
    Prerequisite::new("curl or wget", "apt-get install curl", || has("curl") || has("wget"));
/// curl, which dist's installer downloads with.
pub static CURL: Prerequisite = Prerequisite::new("curl", "apt-get install curl", || has("curl"));
/// The `man` that renders a page.
pub static MAN: Prerequisite = Prerequisite::new("man", "apt-get install man-db", || has("man"));
/// The linter of shell scripts.
pub static SHELLCHECK: Prerequisite =
    Prerequisite::new("shellcheck", "apt-get install shellcheck", || has("shellcheck"));
/// The web server, as a reverse proxy.
pub static NGINX: Prerequisite = Prerequisite::new("nginx", "apt-get install nginx", || has("nginx"));
/// A load balancer.
pub static HAPROXY: Prerequisite = Prerequisite::new("haproxy", "apt-get install haproxy", || has("haproxy"));
/// What adds TLS to a server that has none.
pub static STUNNEL: Prerequisite = Prerequisite::new("stunnel", "apt-get install stunnel4", || has("stunnel"));
/// A forward proxy.
pub static SQUID: Prerequisite = Prerequisite::new("squid", "apt-get install squid", || has("squid"));
/// Another forward proxy.
pub static TINYPROXY: Prerequisite = Prerequisite::new("tinyproxy", "apt-get install tinyproxy", || has("tinyproxy"));
/// The command line of OpenSSL.
pub static OPENSSL: Prerequisite = Prerequisite::new("openssl", "apt-get install openssl", || has("openssl"));
/// A recursive name server.
pub static UNBOUND: Prerequisite = Prerequisite::new("unbound", "apt-get install unbound", || has("unbound"));
/// A name server for a small network.
pub static DNSMASQ: Prerequisite = Prerequisite::new("dnsmasq", "apt-get install dnsmasq-base", || has("dnsmasq"));
/// Slurm and its key service.
pub static SLURM: Prerequisite =
    Prerequisite::new("Slurm", "apt-get install munge slurm-client slurmctld slurmd", || {
        ["munged", "mungekey", "slurmctld", "slurmd", "srun", "sbatch"].into_iter().all(has)
    });
/// The launcher of Open MPI.
pub static MPIRUN: Prerequisite = Prerequisite::new("mpirun", "apt-get install openmpi-bin", || has("mpirun"));
/// A Docker engine that this user can reach.
pub static DOCKER: Prerequisite =
    Prerequisite::new("a Docker engine", "apt-get install docker.io, and start its daemon", || {
        succeeds("docker", &["version"])
    });
/// The engine's command for several containers at once.
pub static COMPOSE: Prerequisite =
    Prerequisite::new("Docker Compose", "apt-get install docker-compose", || compose::command().is_some());
/// The fake Hub as a program, for containers.
pub static HUB_EXAMPLE: Prerequisite =
    Prerequisite::new("the example `hub`", "cargo build --example hub", || program::example("hub").exists());
/// The tests run what they built. With `HF_TOKEN_CHECK_TEST_BINARY`, the image is made of that binary.
pub static OWN_BINARY: Prerequisite =
    Prerequisite::new("the image of the Dockerfile", "unset HF_TOKEN_CHECK_TEST_BINARY", || program::given().is_none());
/// Python with the module that makes virtual environments.
pub static VENV: Prerequisite = Prerequisite::new("python3 with venv", "apt-get install python3-venv", || {
    succeeds("python3", &["-c", "import venv, ensurepip"])
});
/// Virtual environments, and an index of packages to fill them from.
pub static PYPI: Prerequisite = Prerequisite::new(
    "a package index that pip reaches",
    "apt-get install python3-venv, and set PIP_INDEX_URL where PyPI cannot be reached",
    || VENV.is_available() && python::reaches_an_index(),
);
/// Network namespaces, and `ip` to set them up.
pub static NETNS: Prerequisite =
    Prerequisite::new("a network namespace with iproute2", "apt-get install iproute2, and run as root", || {
        netns::works(&["ip route add blackhole 192.0.2.1"])
    });
/// A queue that limits a rate.
pub static TC: Prerequisite =
    Prerequisite::new("tc with the kernel's token bucket filter", "apt-get install iproute2, and run as root", || {
        netns::works(&["tc qdisc add dev lo root tbf rate 64kbit burst 2000 latency 2s"])
    });
/// A packet filter with the matches that the tests use.
pub static IPTABLES: Prerequisite = Prerequisite::new(
    "iptables with its matches",
    "apt-get install iproute2 iptables, and run as root",
    || {
        netns::works(&[
            "iptables -A INPUT -p tcp -m statistic --mode nth --every 5 --packet 0 -j DROP",
            "iptables -A INPUT -p tcp -m length --length 500:65535 -j DROP",
            "iptables -A INPUT -p tcp -m connbytes --connbytes 4: --connbytes-dir reply --connbytes-mode packets -j DROP",
            "iptables -A INPUT -p tcp --tcp-flags PSH PSH -j REJECT --reject-with tcp-reset",
        ])
    },
);
/// Filters of system calls.
pub static SECCOMP: Prerequisite =
    Prerequisite::new("seccomp filters", "run without a sandbox that refuses them", sandbox::may_refuse);
/// Mount namespaces.
pub static MOUNTS: Prerequisite = Prerequisite::new("a mount namespace", "run as root", sandbox::may_mount);
/// File systems whose server is a process.
pub static FUSE: Prerequisite = Prerequisite::new("FUSE", "run as root, with /dev/fuse", sandbox::may_mount_fuse);
/// The instruction counter.
pub static VALGRIND: Prerequisite = Prerequisite::new("valgrind", "apt-get install valgrind", || has("valgrind"));
/// The superuser: files can be given to others.
pub static ROOT: Prerequisite = Prerequisite::new("the superuser", "run as root", is_root);
/// The capability to read the memory of a process that is not dumpable.
pub static PTRACE: Prerequisite = Prerequisite::new("CAP_SYS_PTRACE", "run as root", || has_capability(19));
/// The dist of this release, which plans and builds archives.
pub static DIST: Prerequisite =
    Prerequisite::new("dist", "cargo install --locked cargo-dist", || succeeds("dist", &["--version"]));
/// The archive that `.ci/release` makes for this machine.
pub static RELEASE: Prerequisite =
    Prerequisite::new("the archive of a release", ".ci/release", || launcher::archive().is_some());
/// A kernel that writes core dumps to a file or a program.
pub static CORE_DUMPS: Prerequisite = Prerequisite::new(
    "a kernel that dumps core",
    "sysctl kernel.core_pattern=core, with no hard limit (ulimit -Hc unlimited)",
    process::dumps_core,
);
/// Another user, with a limit of one thread that the kernel keeps.
pub static ONE_THREAD_USER: Prerequisite =
    Prerequisite::new("a user with a limit of one thread", "run as root", process::limits_threads);

/// Where the program is, on `PATH` or in a folder of the system.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(program)).find(|path| is_executable(path))
}

fn has(program: &str) -> bool {
    find(program).is_some()
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Whether this process has the capability of that number.
fn has_capability(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:\t"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask >> number & 1 == 1)
}
