//! Where the job runs, and what to do there about its token: one table, for the report and for the manual.

pub mod detect;

use crate::env::Variable;

/// What to do about the token on one platform. Each line starts with a verb and has no full stop.
#[derive(Clone, Copy, Debug)]
pub struct Advice {
    /// The platform, for the list in the manual, which a test holds to this table.
    #[cfg(test)]
    pub name: &'static str,
    /// The platform is told by any of these sets of variables; of a set, all are there.
    pub told_by: &'static [&'static [Variable]],
    /// No token reaches the job.
    pub provide: &'static str,
    /// Where a token that was made or corrected goes, as the second half of a sentence: `Create … and …`.
    pub store: &'static str,
    /// The token is in the variable `{found}`.
    pub rename: &'static str,
}

macro_rules! platforms {
    ($($variant:ident $name:literal $told_by:tt provide $provide:literal store $store:literal rename $rename:literal)*) => {
        #[expect(clippy::doc_markdown, reason = "the names are for people")]
        /// A platform, the most specific one that the environment shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Platform { $(#[doc = $name] $variant,)* }

        impl Platform {
            /// Every platform. Of two that fit, the first counts: the one that stores the job's secrets, not the one around it.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What to do there.
            pub const fn advice(self) -> Advice {
                use Variable as V;
                match self {
                    $(Self::$variant => Advice {
                        #[cfg(test)]
                        name: $name,
                        told_by: &$told_by,
                        provide: $provide,
                        store: $store,
                        rename: $rename,
                    },)*
                }
            }
        }
    };
}

platforms! {
    // huggingface.co/docs/hub/jobs-configuration: JOB_ID alone is a common name.
    HuggingFaceJobs "Hugging Face Jobs" [&[V::JobId, V::Accelerator], &[V::JobId, V::CpuCores]]
        provide "Start the job with the secret: `hf jobs run --secrets HF_TOKEN ...`, or `secrets={\"HF_TOKEN\": get_token()}` in Python"
        store "start the job again with it: `hf jobs run --secrets HF_TOKEN ...` takes HF_TOKEN from your shell, else your login"
        rename "Start the job with `--secrets HF_TOKEN` instead of {found}"
    // huggingface.co/docs/hub/spaces-overview
    Spaces "Hugging Face Spaces" [&[V::SpaceId]]
        provide "Add the secret HF_TOKEN in the Space's Settings > Variables and secrets"
        store "save it as the secret HF_TOKEN in the Space's Settings > Variables and secrets"
        rename "Rename the secret {found} to HF_TOKEN in the Space's Settings > Variables and secrets"
    // docs.github.com: workflows of forks get no secrets, those of Dependabot only its own.
    GitHubFork "GitHub Actions, for a pull request from a fork" []
        provide "Skip this job for pull requests from forks, which get no secrets: `if: github.event.pull_request.head.repo.full_name == github.repository`"
        store "save it as the secret HF_TOKEN under Settings > Secrets and variables > Actions; pull requests from forks do not get it"
        rename "Set `HF_TOKEN` under `env:` of the step to the secret that {found} is set to; pull requests from forks do not get it"
    Dependabot "GitHub Actions, for Dependabot" []
        provide "Save HF_TOKEN under Settings > Secrets and variables > Dependabot too: its runs do not get the secrets of Actions"
        store "save it as the secret HF_TOKEN under Settings > Secrets and variables > Dependabot"
        rename "Set `HF_TOKEN` under `env:` of the step to the secret that {found} is set to"
    GitHubActions "GitHub Actions" [&[V::GitHubActions]]
        provide "Set `HF_TOKEN: ${{ secrets.HF_TOKEN }}` under `env:` of the step, and save the secret under Settings > Secrets and variables > Actions"
        store "save it as the secret HF_TOKEN under Settings > Secrets and variables > Actions"
        rename "Set `HF_TOKEN` under `env:` of the step to the secret that {found} is set to"
    // docs.gitlab.com/ci/variables
    GitLab "GitLab CI" [&[V::GitLabCi]]
        provide "Add the masked variable HF_TOKEN under Settings > CI/CD > Variables; a protected one reaches protected branches and tags only"
        store "save it in the masked variable HF_TOKEN under Settings > CI/CD > Variables"
        rename "Rename the variable {found} to HF_TOKEN under Settings > CI/CD > Variables"
    // buildkite.com/docs/pipelines/security/secrets
    Buildkite "Buildkite" [&[V::Buildkite]]
        provide "Read the Buildkite secret HF_TOKEN into the step with the secrets plugin, or export HF_TOKEN in the agent's environment hook"
        store "save it in the Buildkite secret HF_TOKEN"
        rename "Give the step's variable {found} the name HF_TOKEN"
    // circleci.com/docs/env-vars
    CircleCi "CircleCI" [&[V::CircleCi]]
        provide "Add HF_TOKEN under Project Settings > Environment Variables, or to a context that the job lists"
        store "save it as HF_TOKEN under Project Settings > Environment Variables, or in the job's context"
        rename "Add the variable HF_TOKEN with the value of {found} under Project Settings > Environment Variables"
    // jenkins.io/doc/pipeline/steps/credentials-binding
    Jenkins "Jenkins" [&[V::JenkinsUrl]]
        provide "Bind the credential around the step: `withCredentials([string(credentialsId: 'ID', variable: 'HF_TOKEN')])`"
        store "save it in the credential that HF_TOKEN is bound to"
        rename "Set `variable: 'HF_TOKEN'` instead of {found} in withCredentials"
    // docs.aws.amazon.com/sagemaker, github.com/aws/sagemaker-training-toolkit
    SageMaker "Amazon SageMaker" [&[V::TrainingJobName], &[V::SageMakerHosts]]
        provide "Read the token from AWS Secrets Manager into HF_TOKEN before the training starts; `environment={\"HF_TOKEN\": ...}` works, but shows it in the job's description"
        store "save it where the training job gets HF_TOKEN from"
        rename "Set HF_TOKEN instead of {found} in the training job's environment"
    // cloud.google.com/vertex-ai/docs/training/code-requirements
    VertexAi "Google Vertex AI" [&[V::CloudMlJobId], &[V::AipModelDir]]
        provide "Read the token from Secret Manager into HF_TOKEN before the training starts; `env` of the container spec works, but shows it in the job"
        store "save it in the secret that HF_TOKEN is read from"
        rename "Set HF_TOKEN instead of {found} in `env` of the container spec"
    // learn.microsoft.com/azure/machine-learning
    AzureMl "Azure Machine Learning" [&[V::AzureMlRunId]]
        provide "Read the token from the workspace's Key Vault into HF_TOKEN, or set HF_TOKEN under `environment_variables` of the job, where it can be seen"
        store "save it where the job gets HF_TOKEN from"
        rename "Set HF_TOKEN instead of {found} under `environment_variables` of the job"
    // docs.databricks.com/security/secrets
    Databricks "Databricks" [&[V::DatabricksRuntime]]
        provide "Set `HF_TOKEN={{secrets/SCOPE/KEY}}` in the environment variables of the compute"
        store "save it in the secret that HF_TOKEN refers to: `databricks secrets put-secret SCOPE KEY`"
        rename "Rename the environment variable {found} of the compute to HF_TOKEN"
    Colab "Google Colab" [&[V::ColabReleaseTag]]
        provide "Add the secret HF_TOKEN (key icon) and run `os.environ[\"HF_TOKEN\"] = google.colab.userdata.get(\"HF_TOKEN\")` before this check"
        store "save it in the notebook's secret HF_TOKEN (key icon)"
        rename "Run `os.environ[\"HF_TOKEN\"] = os.environ[\"{found}\"]` before this check"
    Kaggle "Kaggle" [&[V::KaggleRunType]]
        provide "Add HF_TOKEN under Add-ons > Secrets and run `os.environ[\"HF_TOKEN\"] = UserSecretsClient().get_secret(\"HF_TOKEN\")` before this check"
        store "save it as HF_TOKEN under Add-ons > Secrets"
        rename "Run `os.environ[\"HF_TOKEN\"] = os.environ[\"{found}\"]` before this check"
    // modal.com/docs/guide/secrets
    Modal "Modal" [&[V::ModalTaskId]]
        provide "Create a Modal secret with the key HF_TOKEN and pass it to the function: `secrets=[modal.Secret.from_name(\"NAME\")]`"
        store "save it under the key HF_TOKEN of the function's Modal secret"
        rename "Rename the key {found} of the Modal secret to HF_TOKEN"
    // docs.skypilot.co/en/stable/running-jobs/environment-variables.html
    SkyPilot "SkyPilot" [&[V::SkyPilotTaskId]]
        provide "Declare `secrets: {HF_TOKEN: null}` in the task and launch it with `--secret HF_TOKEN`"
        store "launch the task again with it in HF_TOKEN and `--secret HF_TOKEN`"
        rename "Declare HF_TOKEN instead of {found} under `secrets` of the task"
    // docs.runpod.io/pods/templates/secrets
    RunPod "RunPod" [&[V::RunPodId]]
        provide "Create a RunPod secret and set `HF_TOKEN={{ RUNPOD_SECRET_NAME }}` in the environment variables of the pod"
        store "save it in the RunPod secret that HF_TOKEN refers to"
        rename "Rename the pod's environment variable {found} to HF_TOKEN"
    // docs.ray.io: the job's supervisor sets it for `ray job submit`.
    Ray "Ray" [&[V::RayJobConfig]]
        provide "Put HF_TOKEN into `env_vars` of the job's runtime environment, or mount a token file on the nodes and set HF_TOKEN_PATH"
        store "save it where the Ray job gets HF_TOKEN from"
        rename "Rename {found} to HF_TOKEN in `env_vars` of the job's runtime environment"
    // slurm.schedmd.com/sbatch.html
    Slurm "Slurm" [&[V::SlurmJobId]]
        provide "Export HF_TOKEN before sbatch (not with `--export=NONE`), or set HF_TOKEN_PATH to a file with mode 600"
        store "save it in the file of HF_TOKEN_PATH, or export it as HF_TOKEN before sbatch"
        rename "Add `export HF_TOKEN=\"${found}\"` to the batch script"
    // kubernetes.io/docs/concepts/services-networking/service
    Kubernetes "Kubernetes" [&[V::KubernetesHost]]
        provide "Set HF_TOKEN in the container's `env` from a Secret: `valueFrom: {secretKeyRef: {name: NAME, key: token}}`"
        store "save it in the Secret: `printf %s \"$HF_TOKEN\" | kubectl create secret generic NAME --from-file=token=/dev/stdin`"
        rename "Set `name: HF_TOKEN` instead of {found} in the container's `env`"
    Unknown "any other platform" []
        provide "Pass the token to the job as a secret named HF_TOKEN"
        store "store it in the secret HF_TOKEN"
        rename "Rename the secret {found} to HF_TOKEN where the job is defined"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list in the manual, between the sentence that introduces it and the next paragraph.
    const INTRODUCTION: &str = "The line for each platform:\n\n";

    fn list() -> String {
        let mut list = String::new();
        for platform in Platform::ALL.iter().filter(|platform| **platform != Platform::Unknown) {
            let Advice { name, provide, .. } = platform.advice();
            crate::report::wrap::fold(&mut list, "- ", "  ", &format!("{name}: {provide}."), 78);
        }
        list
    }

    /// With `BLESS=1` the list in the manual is written anew.
    #[test]
    fn the_manual_has_the_line_of_every_platform() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnoses.md");
        let page = std::fs::read_to_string(path).expect("the manual");
        let (before, rest) = page.split_once(INTRODUCTION).expect("the introduction of the list");
        let (written, after) = rest.split_once("\n\n").expect("the end of the list");
        if std::env::var_os("BLESS").is_some() {
            let page = format!("{before}{INTRODUCTION}{}\n{after}", list());
            return std::fs::write(path, page).expect("the manual can be written");
        }
        assert_eq!(format!("{written}\n"), list(), "BLESS=1 writes the list anew");
    }

    #[test]
    fn every_line_reads_as_one_step() {
        for platform in Platform::ALL {
            let advice = platform.advice();
            for line in [advice.provide, advice.store, advice.rename] {
                assert!(!line.ends_with('.') && !line.contains(". "), "{platform:?}: {line}");
            }
            assert!(advice.provide.starts_with(|c: char| c.is_ascii_uppercase()), "{platform:?}");
            assert!(advice.store.starts_with(|c: char| c.is_ascii_lowercase()), "{platform:?}");
            assert!(advice.rename.contains("{found}") && advice.rename.contains("HF_TOKEN"), "{platform:?}");
        }
    }
}
