//! How a file starts the binary: taken out of the parsed file, so that what runs in a test is what stands in the file.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::file;

/// What is run, and what the file puts beside it.
#[derive(Debug)]
pub struct Launch {
    pub argv: Vec<String>,
    /// Variables with their values in the file.
    pub variables: Vec<(String, String)>,
    pub token: Delivery,
}

/// How the token reaches the program.
#[derive(Debug, PartialEq)]
pub enum Delivery {
    /// The platform sets `HF_TOKEN` from its secrets; without a secret it is not set.
    Variable,
    /// The same, but without a secret it is set and empty.
    VariableOrEmpty,
    /// The platform, or the user, puts it into this file.
    File(PathBuf),
}

/// A container of a Kubernetes pod or of an Argo template. `entrypoint` is the image's.
pub fn container(container: &Value, pod: &Value, entrypoint: &str) -> Launch {
    let command = file::words(&container["command"]);
    let mut argv = if command.is_empty() { vec![entrypoint.to_owned()] } else { command };
    argv.extend(file::words(&container["args"]));
    let mut variables = Vec::new();
    let mut token = None;
    for entry in container["env"].as_array().expect("variables") {
        let name = entry["name"].as_str().expect("a name").to_owned();
        let secret = &entry["valueFrom"]["secretKeyRef"];
        if secret.is_null() {
            variables.push((name, entry["value"].as_str().expect("a value").to_owned()));
        } else {
            assert_eq!((name.as_str(), &secret["optional"]), ("HF_TOKEN", &true.into()), "else the pod never starts");
            token = Some(Delivery::Variable);
        }
    }
    for mount in container["volumeMounts"].as_array().into_iter().flatten() {
        let volumes = pod["volumes"].as_array().expect("volumes");
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).expect("the volume of a mount");
        assert_eq!(volume["secret"]["optional"], true, "else the pod never starts");
        // `token` is the key that the file's kubectl line makes.
        token = Some(Delivery::File(Path::new(mount["mountPath"].as_str().expect("a path")).join("token")));
    }
    Launch { argv, variables, token: token.expect("the container is given the token") }
}

/// A service of a Compose file. `entrypoint` is the image's.
pub fn service(service: &Value, entrypoint: &str) -> Launch {
    let mut argv = vec![entrypoint.to_owned()];
    argv.extend(file::words(&service["command"]));
    let secret = &file::words(&service["secrets"])[0];
    Launch {
        argv,
        variables: map(&service["environment"]),
        token: Delivery::File(Path::new("/run/secrets").join(secret)),
    }
}

/// A step of a GitHub job, run as its runner does.
pub fn step(step: &Value) -> Launch {
    let mut variables = map(&step["env"]);
    let before = variables.len();
    variables.retain(|(name, value)| name != "HF_TOKEN" || value != "${{ secrets.HF_TOKEN }}");
    assert_eq!(before - variables.len(), 1, "HF_TOKEN comes from the secrets: {step}");
    let argv = ["bash", "-e", "-c", step["run"].as_str().expect("a script")].map(str::to_owned).to_vec();
    Launch { argv, variables, token: Delivery::VariableOrEmpty }
}

/// The script of a GitLab job, run as its runner does. The project's variables are the job's.
pub fn script(job: &Value) -> Launch {
    let lines = file::words(&job["script"]).join("\n");
    Launch {
        argv: ["bash", "-eo", "pipefail", "-c", &lines].map(str::to_owned).to_vec(),
        variables: Vec::new(),
        token: Delivery::Variable,
    }
}

/// A file that is itself run, with the token where its owner has it.
pub fn file(interpreter: &Path, name: &str, token: Delivery) -> Launch {
    let argv = [interpreter.to_path_buf(), file::folder().join(name)].map(|word| word.display().to_string());
    Launch { argv: argv.to_vec(), variables: Vec::new(), token }
}

fn map(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.as_str().expect("a value").to_owned())).collect()
}
