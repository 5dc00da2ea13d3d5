//! Which platform the environment shows.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::env::{Env, Variable};
use crate::platform::Platform;
use crate::process::bounded;

/// The payload of an event is tens of kilobytes.
const LONGEST_EVENT: usize = 4 << 20;

/// Reading it takes no longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The events whose workflows get no secrets for a fork or for Dependabot (docs.github.com).
const WITHOUT_SECRETS: [&str; 3] = ["pull_request", "pull_request_review", "pull_request_review_comment"];

/// The most specific platform that the environment shows.
pub fn platform(env: &Env) -> Platform {
    let is_told = |platform: &&Platform| {
        let sets = platform.advice().told_by;
        sets.iter().any(|set| set.iter().all(|variable| env.get(*variable).is_some()))
    };
    match Platform::ALL.iter().find(is_told).copied() {
        Some(Platform::GitHubActions) => github(env),
        Some(platform) => platform,
        None => Platform::Unknown,
    }
}

fn github(env: &Env) -> Platform {
    let event = env.get(Variable::GitHubEventName).and_then(|event| event.to_str()).unwrap_or_default();
    let is_dependabot = env.get(Variable::GitHubActor).is_some_and(|actor| actor == "dependabot[bot]");
    if is_dependabot && (event == "push" || WITHOUT_SECRETS.contains(&event)) {
        return Platform::Dependabot;
    }
    let payload = env.get(Variable::GitHubEventPath).filter(|_| WITHOUT_SECRETS.contains(&event));
    match payload.map(|path| is_from_a_fork(Path::new(path))) {
        Some(true) => Platform::GitHubFork,
        Some(false) | None => Platform::GitHubActions,
    }
}

/// Whether the head of the pull request is in another repository than its base. A fork that was deleted is null.
fn is_from_a_fork(event: &Path) -> bool {
    let payload = bounded::read(event, LONGEST_EVENT, Instant::now() + PATIENCE);
    let Some(payload) = payload.ok().and_then(|payload| serde_json::from_slice::<Value>(&payload).ok()) else {
        return false;
    };
    let repo = |side: &str| payload.pointer(&format!("/pull_request/{side}/repo/full_name")).and_then(Value::as_str);
    repo("base").is_some() && repo("head") != repo("base")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Platform {
        platform(&Env::of(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()))))
    }

    #[test]
    fn each_platform_is_told_by_its_own_variables() {
        use Platform as P;
        for (variables, expected) in [
            (
                &[
                    ("JOB_ID", "699d874f1aad19adb8aaeadc"),
                    ("ACCELERATOR", "none"),
                    ("CPU_CORES", "2"),
                    ("MEMORY", "8Gi"),
                ][..],
                P::HuggingFaceJobs,
            ),
            (&[("SPACE_ID", "acme/app"), ("SPACE_HOST", "acme-app.hf.space"), ("CPU_CORES", "2")], P::Spaces),
            (&[("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")], P::GitHubActions),
            (&[("CI", "true"), ("GITLAB_CI", "true")], P::GitLab),
            (&[("CI", "true"), ("BUILDKITE", "true")], P::Buildkite),
            (&[("CI", "true"), ("CIRCLECI", "true")], P::CircleCi),
            (&[("JENKINS_URL", "https://ci.example/"), ("BUILD_ID", "7")], P::Jenkins),
            (&[("TRAINING_JOB_NAME", "train-1")], P::SageMaker),
            (&[("SM_HOSTS", "[\"algo-1\"]")], P::SageMaker),
            (&[("CLOUD_ML_JOB_ID", "123")], P::VertexAi),
            (&[("AIP_MODEL_DIR", "gs://bucket/model")], P::VertexAi),
            (&[("AZUREML_RUN_ID", "run")], P::AzureMl),
            (&[("DATABRICKS_RUNTIME_VERSION", "17.3")], P::Databricks),
            (&[("COLAB_RELEASE_TAG", "release-colab_20261101")], P::Colab),
            (&[("KAGGLE_KERNEL_RUN_TYPE", "Batch")], P::Kaggle),
            (&[("MODAL_TASK_ID", "ta-1"), ("MODAL_IS_REMOTE", "1")], P::Modal),
            (&[("SKYPILOT_TASK_ID", "sky-2026-11-25")], P::SkyPilot),
            (&[("RUNPOD_POD_ID", "abc")], P::RunPod),
            (&[("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")], P::Ray),
            (&[("SLURM_JOB_ID", "42"), ("SLURM_PROCID", "0")], P::Slurm),
            (&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")], P::Kubernetes),
            (&[], P::Unknown),
            (&[("JOB_ID", "42")], P::Unknown),
            (&[("CI", "true")], P::Unknown),
            (&[("GITHUB_ACTIONS", "")], P::Unknown),
        ] {
            assert_eq!(found(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn the_innermost_platform_counts() {
        use Platform as P;
        let kubernetes = ("KUBERNETES_SERVICE_HOST", "10.0.0.1");
        for (name, expected) in [
            ("GITHUB_ACTIONS", P::GitHubActions),
            ("GITLAB_CI", P::GitLab),
            ("SLURM_JOB_ID", P::Slurm),
            ("SKYPILOT_TASK_ID", P::SkyPilot),
            ("RAY_JOB_CONFIG_JSON_ENV_VAR", P::Ray),
            ("DATABRICKS_RUNTIME_VERSION", P::Databricks),
        ] {
            assert_eq!(found(&[kubernetes, (name, "x")]), expected, "{name}");
        }
    }

    #[test]
    fn a_workflow_without_secrets_is_told_from_one_that_has_them() {
        use Platform as P;
        let folder = tempfile::tempdir().expect("a folder");
        let payload = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a payload");
            path.display().to_string()
        };
        let pull = |head: &str| {
            format!(r#"{{"pull_request":{{"head":{{"repo":{head}}},"base":{{"repo":{{"full_name":"acme/app"}}}}}}}}"#)
        };
        let fork = payload("fork", &pull(r#"{"full_name":"mallory/app","fork":true}"#));
        let gone = payload("gone", &pull("null"));
        // The repository may itself be a fork of another one.
        let own = payload("own", &pull(r#"{"full_name":"acme/app","fork":true}"#));
        let odd = payload("odd", "not json");
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        let (fifo, none) = (fifo.display().to_string(), "/nonexistent/event.json".to_owned());
        for (event, path, actor, expected) in [
            ("pull_request", &fork, "mallory", P::GitHubFork),
            ("pull_request", &gone, "mallory", P::GitHubFork),
            ("pull_request_review", &fork, "mallory", P::GitHubFork),
            ("pull_request", &own, "alice", P::GitHubActions),
            ("pull_request_target", &fork, "mallory", P::GitHubActions),
            ("push", &fork, "mallory", P::GitHubActions),
            ("pull_request", &odd, "alice", P::GitHubActions),
            ("pull_request", &none, "alice", P::GitHubActions),
            ("pull_request", &fifo, "alice", P::GitHubActions),
            ("pull_request", &own, "dependabot[bot]", P::Dependabot),
            ("push", &own, "dependabot[bot]", P::Dependabot),
            ("schedule", &own, "dependabot[bot]", P::GitHubActions),
        ] {
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", event),
                ("GITHUB_EVENT_PATH", path.as_str()),
                ("GITHUB_ACTOR", actor),
            ];
            assert_eq!(found(&variables), expected, "{event} {path} {actor}");
        }
    }
}
