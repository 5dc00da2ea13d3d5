//! A machine for a launch: the real binary, a Hub, and stand-ins for the programs that are not ours, which write down
//! what they were started with.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::launch::{Delivery, Launch};
use testkit::fake_hub::FakeHub;
use testkit::program::{self, Run};

/// Programs that end the chain: the job itself, or the launcher that would start it.
const RECORDERS: [&str; 4] = ["python", "torchrun", "scontrol", "pip"];

/// Runs the binary of a package, which here is the one under test.
const PIPX: &str = r#"
echo "pipx $1 $2" >>"$RECORD"
shift 2
exec hf-token-check "$@"
"#;

/// Starts its command as the first of several tasks, and writes down how it was called.
const SRUN: &str = r#"
echo "srun $*" >>"$RECORD"
while case $1 in --*) ;; *) false ;; esac; do shift; done
SLURM_PROCID=0 exec "$@"
"#;

/// What a script of the `datasets` and `transformers` libraries uses.
const LIBRARIES: [(&str, &str); 2] = [
    (
        "datasets.py",
        "import os\ndef load_dataset(name, split):\n    print('load', name, file=open(os.environ['RECORD'], 'a'))\n",
    ),
    (
        "transformers.py",
        "import os\nclass Model:\n    @classmethod\n    def from_pretrained(cls, name):\n        return cls()\n    \
         def push_to_hub(self, name):\n        print('push', name, file=open(os.environ['RECORD'], 'a'))\n\
         AutoModelForCausalLM = AutoTokenizer = Model\n",
    ),
];

pub struct Bench {
    root: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["bin", "lib", "home", "work"] {
            fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        symlink(program::path(), root.path().join("bin/hf-token-check")).expect("a link");
        let bench = Self { root };
        for name in RECORDERS {
            bench.stand_in(name, &format!("echo \"{name} $*\" >>\"$RECORD\"\n"));
        }
        bench.stand_in("pipx", PIPX);
        bench.stand_in("srun", SRUN);
        for (name, source) in LIBRARIES {
            fs::write(bench.path("lib").join(name), source).expect("a library");
        }
        bench
    }

    /// A folder of this machine: `bin`, `lib`, `home`, `work`, or one of a container's.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.path().join(inside.trim_start_matches('/'))
    }

    /// What the stand-ins wrote down, one call a line.
    pub fn record(&self) -> String {
        fs::read_to_string(self.path("record")).unwrap_or_default()
    }

    /// Runs what the file says with this token, or with none, and adds only where the Hub is.
    pub fn run(&self, launch: &Launch, hub: &FakeHub, token: Option<&str>) -> Run {
        let mut command = self.command(&launch.argv);
        command.env("HF_ENDPOINT", &hub.endpoint).env("SSL_CERT_FILE", &hub.ca);
        for (name, value) in &launch.variables {
            // A container's own paths lie below this machine's folder.
            let inside = if value.starts_with('/') { self.path(value).display().to_string() } else { value.clone() };
            command.env(name, inside);
        }
        match (&launch.token, token) {
            (Delivery::Variable | Delivery::VariableOrEmpty, Some(token)) => {
                command.env("HF_TOKEN", token);
            }
            (Delivery::Variable | Delivery::File(_), None) => {}
            (Delivery::VariableOrEmpty, None) => {
                command.env("HF_TOKEN", "");
            }
            (Delivery::File(path), Some(token)) => {
                let path = self.path(&path.display().to_string());
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(&path, token).expect("the token's file");
            }
        }
        program::finish(&mut command)
    }

    /// A command on this machine. The binary of an image is the real one.
    pub fn command(&self, argv: &[String]) -> Command {
        let program =
            if argv[0] == "/hf-token-check" { self.path("bin/hf-token-check") } else { argv[0].clone().into() };
        let mut command = Command::new(program);
        command.args(&argv[1..]).env_clear().stdin(Stdio::null()).current_dir(self.path("work"));
        command.env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("PYTHONPATH", self.path("lib")).env("RECORD", self.path("record"));
        command
    }

    fn stand_in(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).expect("a stand-in");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    }
}
