//! The genuine tools and schemas that say whether a file is what its platform takes.

use std::path::Path;
use std::process::Command;

use testkit::{compose, program, python};

/// What the validators below and the YAML reader need.
pub const TOOLS: &[&str] = &["check-jsonschema==0.39.0", "kubernetes-validate==1.37.0", "hera==7.1.0"];
/// The `hf` of Hugging Face.
pub const HF: &[&str] = &["huggingface_hub==2.4.0"];

/// Argo's own models; what they do not know is refused.
const ARGO: &str = "import sys, yaml; from hera.workflows.models import Workflow; \
                    Workflow.model_validate(yaml.safe_load(open(sys.argv[1])), extra='forbid')";

#[derive(Clone, Copy, Debug)]
pub enum Validator {
    /// The schema of the Kubernetes API, strict: an unknown field is an error.
    Kubernetes,
    /// The engine's own `docker-compose config`.
    Compose,
    /// A schema that comes with check-jsonschema.
    Schema(&'static str),
    /// The models of hera.
    Argo,
    /// `shellcheck`, for the shell that the first line names.
    Shell,
    /// `hf jobs uv run --dry-run`, which reads the script's header.
    UvScript,
    /// Python's own parser.
    Python,
}

impl Validator {
    /// Whether it takes the file, and what it says.
    pub fn judge(self, file: &Path) -> (bool, String) {
        let mut command = match self {
            Self::Kubernetes => tool("kubernetes-validate", &["--strict"]),
            Self::Compose => {
                let words = compose::command().expect("Docker Compose");
                with(Command::new(words[0]), &[&words[1..], &["--file"]].concat())
            }
            Self::Schema(name) => tool("check-jsonschema", &["--builtin-schema", name]),
            Self::Argo => tool("python", &["-c", ARGO]),
            Self::Shell => Command::new("shellcheck"),
            Self::UvScript => {
                let hf = Command::new(python::with(HF).with_file_name("hf"));
                with(hf, &["jobs", "uv", "run", "--dry-run"])
            }
            Self::Python => tool("python", &["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"]),
        };
        command.arg(file);
        if matches!(self, Self::Compose) {
            command.args(["config", "--quiet"]);
        }
        let home = std::env::temp_dir().join("hf-token-check-no-login");
        let run = program::finish(command.env_remove("HF_TOKEN").env("HF_HOME", home));
        (run.status == 0, run.stdout + &run.stderr)
    }
}

fn tool(name: &str, args: &[&str]) -> Command {
    with(Command::new(python::with(TOOLS).with_file_name(name)), args)
}

fn with(mut command: Command, args: &[&str]) -> Command {
    command.args(args);
    command
}
