//! The fix for a token that is missing, malformed or under another name is the line for the platform that the job runs on.

use serde_json::Value;

use testkit::program;
use testkit::tokens;

/// What a job finds in its environment on one platform, and what only that platform's fixes say.
struct Case {
    environment: &'static [(&'static str, &'static str)],
    missing: &'static str,
    malformed: &'static str,
    wrong_name: &'static str,
}

/// The variables as the platforms' documentation lists them.
const CASES: &[Case] = &[
    Case {
        environment: &[
            ("JOB_ID", "699d874f1aad19adb8aaeadc"),
            ("ACCELERATOR", "a10g-small"),
            ("CPU_CORES", "4"),
            ("MEMORY", "15Gi"),
        ],
        missing: "Start the job with the secret: `hf jobs run --secrets HF_TOKEN ...`",
        malformed: "start the job again with it: `hf jobs run --secrets HF_TOKEN ...`",
        wrong_name: "Start the job with `--secrets HF_TOKEN` instead of MY_TOKEN",
    },
    Case {
        environment: &[("SPACE_ID", "acme/app"), ("SPACE_HOST", "acme-app.hf.space"), ("SPACE_AUTHOR_NAME", "acme")],
        missing: "Add the secret HF_TOKEN in the Space's Settings",
        malformed: "save it as the secret HF_TOKEN in the Space's Settings",
        wrong_name: "Rename the secret MY_TOKEN to HF_TOKEN in the Space's Settings",
    },
    Case {
        environment: &[
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_ACTOR", "alice"),
            ("RUNNER_OS", "Linux"),
        ],
        missing: "Set `HF_TOKEN: ${{ secrets.HF_TOKEN }}` under `env:` of the step",
        malformed: "save it as the secret HF_TOKEN under Settings > Secrets and variables > Actions",
        wrong_name: "Set `HF_TOKEN` under `env:` of the step to the secret that MY_TOKEN is set to",
    },
    Case {
        environment: &[
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_ACTOR", "dependabot[bot]"),
        ],
        missing: "Save HF_TOKEN under Settings > Secrets and variables > Dependabot",
        malformed: "> Secrets and variables > Dependabot",
        wrong_name: "the secret that MY_TOKEN is set to",
    },
    Case {
        environment: &[("CI", "true"), ("GITLAB_CI", "true"), ("CI_JOB_ID", "42"), ("CI_PIPELINE_SOURCE", "push")],
        missing: "Add the masked variable HF_TOKEN under Settings > CI/CD > Variables",
        malformed: "save it in the masked variable HF_TOKEN under Settings > CI/CD > Variables",
        wrong_name: "Rename the variable MY_TOKEN to HF_TOKEN under Settings > CI/CD > Variables",
    },
    Case {
        environment: &[("CI", "true"), ("BUILDKITE", "true"), ("BUILDKITE_JOB_ID", "0190")],
        missing: "Read the Buildkite secret HF_TOKEN into the step",
        malformed: "save it in the Buildkite secret HF_TOKEN",
        wrong_name: "Give the step's variable MY_TOKEN the name HF_TOKEN",
    },
    Case {
        environment: &[("CI", "true"), ("CIRCLECI", "true"), ("CIRCLE_JOB", "train")],
        missing: "Add HF_TOKEN under Project Settings > Environment Variables",
        malformed: "save it as HF_TOKEN under Project Settings > Environment Variables",
        wrong_name: "Add the variable HF_TOKEN with the value of MY_TOKEN under Project Settings",
    },
    Case {
        environment: &[("JENKINS_URL", "https://ci.example/"), ("BUILD_NUMBER", "7"), ("JOB_NAME", "train")],
        missing: "Bind the credential around the step: `withCredentials",
        malformed: "save it in the credential that HF_TOKEN is bound to",
        wrong_name: "Set `variable: 'HF_TOKEN'` instead of MY_TOKEN in withCredentials",
    },
    Case {
        environment: &[("TRAINING_JOB_NAME", "train-1"), ("SM_HOSTS", "[\"algo-1\"]"), ("SM_NUM_GPUS", "1")],
        missing: "Read the token from AWS Secrets Manager into HF_TOKEN",
        malformed: "save it where the training job gets HF_TOKEN from",
        wrong_name: "Set HF_TOKEN instead of MY_TOKEN in the training job's environment",
    },
    Case {
        environment: &[("CLOUD_ML_JOB_ID", "1234"), ("AIP_MODEL_DIR", "gs://bucket/model"), ("CLUSTER_SPEC", "{}")],
        missing: "Read the token from Secret Manager into HF_TOKEN",
        malformed: "save it in the secret that HF_TOKEN is read from",
        wrong_name: "Set HF_TOKEN instead of MY_TOKEN in `env` of the container spec",
    },
    Case {
        environment: &[("AZUREML_RUN_ID", "train_1"), ("AZUREML_ARM_WORKSPACE_NAME", "acme")],
        missing: "Read the token from the workspace's Key Vault into HF_TOKEN",
        malformed: "save it where the job gets HF_TOKEN from",
        wrong_name: "Set HF_TOKEN instead of MY_TOKEN under `environment_variables` of the job",
    },
    Case {
        environment: &[("DATABRICKS_RUNTIME_VERSION", "17.3"), ("DB_IS_DRIVER", "TRUE")],
        missing: "Set `HF_TOKEN={{secrets/SCOPE/KEY}}` in the environment variables of the compute",
        malformed: "`databricks secrets put-secret SCOPE KEY`",
        wrong_name: "Rename the environment variable MY_TOKEN of the compute to HF_TOKEN",
    },
    Case {
        environment: &[("COLAB_RELEASE_TAG", "release-colab_20261101"), ("COLAB_GPU", "1")],
        missing: "google.colab.userdata.get(\"HF_TOKEN\")",
        malformed: "save it in the notebook's secret HF_TOKEN",
        wrong_name: "Run `os.environ[\"HF_TOKEN\"] = os.environ[\"MY_TOKEN\"]`",
    },
    Case {
        environment: &[("KAGGLE_KERNEL_RUN_TYPE", "Batch"), ("KAGGLE_URL_BASE", "https://www.kaggle.com")],
        missing: "Add HF_TOKEN under Add-ons > Secrets",
        malformed: "save it as HF_TOKEN under Add-ons > Secrets",
        wrong_name: "Run `os.environ[\"HF_TOKEN\"] = os.environ[\"MY_TOKEN\"]`",
    },
    Case {
        environment: &[("MODAL_TASK_ID", "ta-1"), ("MODAL_IS_REMOTE", "1"), ("MODAL_ENVIRONMENT", "main")],
        missing: "Create a Modal secret with the key HF_TOKEN",
        malformed: "save it under the key HF_TOKEN of the function's Modal secret",
        wrong_name: "Rename the key MY_TOKEN of the Modal secret to HF_TOKEN",
    },
    Case {
        environment: &[
            ("SKYPILOT_TASK_ID", "sky-2026-11-25-10-00-00-000000_train_1"),
            ("SKYPILOT_NODE_RANK", "0"),
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
        ],
        missing: "Declare `secrets: {HF_TOKEN: null}` in the task",
        malformed: "launch the task again with it in HF_TOKEN",
        wrong_name: "Declare HF_TOKEN instead of MY_TOKEN under `secrets` of the task",
    },
    Case {
        environment: &[("RUNPOD_POD_ID", "abc123"), ("RUNPOD_GPU_COUNT", "1")],
        missing: "set `HF_TOKEN={{ RUNPOD_SECRET_NAME }}`",
        malformed: "save it in the RunPod secret that HF_TOKEN refers to",
        wrong_name: "Rename the pod's environment variable MY_TOKEN to HF_TOKEN",
    },
    Case {
        environment: &[("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}"), ("RAY_ADDRESS", "10.0.0.2:6379")],
        missing: "Put HF_TOKEN into `env_vars` of the job's runtime environment",
        malformed: "save it where the Ray job gets HF_TOKEN from",
        wrong_name: "Rename MY_TOKEN to HF_TOKEN in `env_vars` of the job's runtime environment",
    },
    Case {
        environment: &[("SLURM_JOB_ID", "42"), ("SLURM_PROCID", "0"), ("SLURM_NTASKS", "1")],
        missing: "Export HF_TOKEN before sbatch",
        malformed: "save it in the file of HF_TOKEN_PATH, or export it as HF_TOKEN before sbatch",
        wrong_name: "Add `export HF_TOKEN=\"$MY_TOKEN\"` to the batch script",
    },
    Case {
        environment: &[("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("KUBERNETES_SERVICE_PORT", "443")],
        missing: "Set HF_TOKEN in the container's `env` from a Secret",
        malformed: "kubectl create secret generic NAME --from-file=token=/dev/stdin",
        wrong_name: "Set `name: HF_TOKEN` instead of MY_TOKEN in the container's `env`",
    },
    Case {
        environment: &[("HOSTNAME", "host")],
        missing: "Pass the token to the job as a secret named HF_TOKEN",
        malformed: "store it in the secret HF_TOKEN",
        wrong_name: "Rename the secret MY_TOKEN to HF_TOKEN where the job is defined",
    },
];

/// The code, and the fix, of a run in this environment.
fn fix(environment: &[(&str, &str)], more: &[(&str, &str)]) -> (String, String) {
    let all = environment.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let run = program::run(["--format", "json"], &all.collect::<Vec<_>>());
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("a report: {run:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&report["code"]), text(&report["checks"][0]["fix"][0]))
}

#[testkit::test]
fn the_fix_is_the_line_for_the_platform() {
    let token = tokens::user("elsewhere");
    let quoted = format!("\"{token}\"");
    for Case { environment, missing, malformed, wrong_name } in CASES {
        for (more, code, line) in [
            (("HF_TOKEN", ""), "token-missing", missing),
            (("HF_TOKEN", "$HF_TOKEN"), "token-placeholder", missing),
            (("HF_TOKEN", quoted.as_str()), "token-quoted", malformed),
            (("HF_TOKEN", "swordfish"), "token-malformed", malformed),
            (("MY_TOKEN", token.as_str()), "token-wrong-name", wrong_name),
        ] {
            let (found, fix) = fix(environment, &[more]);
            assert_eq!(found, code, "{environment:?}");
            assert!(fix.contains(line), "{environment:?}: {code}: {fix:?} should hold {line:?}");
        }
    }
}

#[testkit::test]
fn a_pull_request_from_a_fork_gets_no_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let event = folder.path().join("event.json");
    let payload = |head: &str| {
        serde_json::json!({"action": "opened", "number": 7, "pull_request": {
            "head": {"repo": {"full_name": head, "fork": true}}, "base": {"repo": {"full_name": "acme/app"}}}})
    };
    let path = event.display().to_string();
    for (head, name, says_so) in [
        ("mallory/app", "pull_request", true),
        ("acme/app", "pull_request", false),
        ("mallory/app", "pull_request_target", false),
    ] {
        std::fs::write(&event, payload(head).to_string()).expect("the payload");
        let environment = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", path.as_str()),
            ("GITHUB_ACTOR", "mallory"),
        ];
        let (code, fix) = fix(&environment, &[("HF_TOKEN", "")]);
        assert_eq!(code, "token-missing");
        assert_eq!(fix.contains("pull requests from forks, which get no secrets"), says_so, "{head} {name}: {fix}");
    }
}
