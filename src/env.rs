//! The environment, read once when the program starts and passed on. No other module reads it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use secrecy::zeroize::Zeroizing;

/// Who defines what a variable means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This program.
    Ours,
    /// `huggingface_hub` and the other clients of the Hub.
    HubClients,
    /// Everything that goes through an HTTP proxy.
    Proxies,
    /// Everything that verifies TLS certificates.
    Certificates,
    /// Launchers of parallel jobs.
    Launchers,
    /// Where the job runs.
    Platforms,
    /// Terminals, and programs that write to one.
    Terminal,
    /// The operating system.
    System,
}

#[cfg(test)]
impl Owner {
    /// The word in the documentation's table.
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "hf-token-check",
            Self::HubClients => "Hub clients",
            Self::Proxies => "proxies",
            Self::Certificates => "CA certificates",
            Self::Launchers => "launchers",
            Self::Platforms => "platforms",
            Self::Terminal => "terminal",
            Self::System => "system",
        }
    }
}

macro_rules! variables {
    ($($variable:ident $name:literal $owner:ident $meaning:literal)*) => {
        #[expect(clippy::doc_markdown, reason = "the meanings are for the documentation's table")]
        /// A variable that this program reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Variable { $(#[doc = $meaning] $variable,)* }

        impl Variable {
            /// Every variable, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variable,)*];

            /// Its name in the environment.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variable => $name,)* }
            }

            /// Who defines what it means.
            pub const fn owner(self) -> Owner {
                match self { $(Self::$variable => Owner::$owner,)* }
            }

            /// What this program takes from it.
            #[cfg(test)]
            const fn meaning(self) -> &'static str {
                match self { $(Self::$variable => $meaning,)* }
            }
        }
    };
}

// The table in docs/interface.md is made from these rows.
variables! {
    Read "HF_TOKEN_CHECK_READ" Ours "`--read`, as a list"
    Write "HF_TOKEN_CHECK_WRITE" Ours "`--write`, as a list"
    Create "HF_TOKEN_CHECK_CREATE" Ours "`--create`, as a list"
    Permission "HF_TOKEN_CHECK_PERMISSION" Ours "`--permission`, as a list"
    ValidFor "HF_TOKEN_CHECK_VALID_FOR" Ours "`--valid-for`"
    Audit "HF_TOKEN_CHECK_AUDIT" Ours "`--audit`"
    Strict "HF_TOKEN_CHECK_STRICT" Ours "`--strict`"
    AllowHttp "HF_TOKEN_CHECK_ALLOW_HTTP" Ours "`--allow-http`"
    Timeout "HF_TOKEN_CHECK_TIMEOUT" Ours "`--timeout`"
    RankZeroOnly "HF_TOKEN_CHECK_RANK_ZERO_ONLY" Ours "`--rank-zero-only`"
    IfUnavailable "HF_TOKEN_CHECK_IF_UNAVAILABLE" Ours "`--if-unavailable`"
    Format "HF_TOKEN_CHECK_FORMAT" Ours "`--format`"
    Report "HF_TOKEN_CHECK_REPORT" Ours "`--report`"
    Skip "HF_TOKEN_CHECK_SKIP" Ours "the reason to check nothing"

    Token "HF_TOKEN" HubClients "the token"
    OldToken "HUGGING_FACE_HUB_TOKEN" HubClients "the token, under its old name"
    TokenPath "HF_TOKEN_PATH" HubClients "the file that holds the token"
    Home "HF_HOME" HubClients "the folder of the login file"
    DisableImplicitToken "HF_HUB_DISABLE_IMPLICIT_TOKEN" HubClients "true: the Python client does not send the token by itself"
    OidcResource "HF_OIDC_RESOURCE" HubClients "set: the Python client exchanges an ID token instead"
    Endpoint "HF_ENDPOINT" HubClients "the Hub, as `--endpoint`"
    HubOffline "HF_HUB_OFFLINE" HubClients "true: the Hub is not asked"
    TransformersOffline "TRANSFORMERS_OFFLINE" HubClients "true: the Hub is not asked"

    HttpsProxy "HTTPS_PROXY" Proxies "the proxy for an https endpoint; in any case, and `https_proxy` wins, an empty one too"
    HttpProxy "HTTP_PROXY" Proxies "the proxy for a plain-http endpoint; spelled as above"
    AllProxy "ALL_PROXY" Proxies "the proxy where there is none of those; spelled as above"
    NoProxy "NO_PROXY" Proxies "hosts that are asked directly; spelled as above"
    RequestMethod "REQUEST_METHOD" Proxies "set: this is a CGI program, and `HTTP_PROXY` may be forged"

    CertFile "SSL_CERT_FILE" Certificates "a file of CA certificates"
    CertDir "SSL_CERT_DIR" Certificates "folders of CA certificates"
    RequestsBundle "REQUESTS_CA_BUNDLE" Certificates "a file or folder of CA certificates"
    CurlBundle "CURL_CA_BUNDLE" Certificates "a file or folder of CA certificates"

    Rank "RANK" Launchers "the rank under torchrun, if `WORLD_SIZE` is set"
    WorldSize "WORLD_SIZE" Launchers "the number of ranks under torchrun"
    OpenMpiRank "OMPI_COMM_WORLD_RANK" Launchers "the rank under Open MPI"
    PmixRank "PMIX_RANK" Launchers "the rank under PMIx"
    PmiRank "PMI_RANK" Launchers "the rank under PMI"
    SlurmRank "SLURM_PROCID" Launchers "the rank under Slurm"
    JobIndex "JOB_COMPLETION_INDEX" Launchers "the index in a Kubernetes Job"

    JobId "JOB_ID" Platforms "the Hugging Face Job, for `--audit`; with one of the next two, this is a Hugging Face Job"
    Accelerator "ACCELERATOR" Platforms "with `JOB_ID`: Hugging Face Jobs"
    CpuCores "CPU_CORES" Platforms "with `JOB_ID`: Hugging Face Jobs"
    SpaceId "SPACE_ID" Platforms "Hugging Face Spaces"
    GitHubActions "GITHUB_ACTIONS" Platforms "GitHub Actions"
    GitHubEventName "GITHUB_EVENT_NAME" Platforms "the event: pull requests from forks get no secrets"
    GitHubEventPath "GITHUB_EVENT_PATH" Platforms "the file that tells whether a pull request is from a fork"
    GitHubActor "GITHUB_ACTOR" Platforms "Dependabot gets its own secrets only"
    StepOutput "GITHUB_OUTPUT" Platforms "the file of the step's outputs in GitHub Actions"
    StepSummary "GITHUB_STEP_SUMMARY" Platforms "the file of the step's summary in GitHub Actions"
    GitLabCi "GITLAB_CI" Platforms "GitLab CI"
    Buildkite "BUILDKITE" Platforms "Buildkite"
    CircleCi "CIRCLECI" Platforms "CircleCI"
    JenkinsUrl "JENKINS_URL" Platforms "Jenkins"
    TrainingJobName "TRAINING_JOB_NAME" Platforms "Amazon SageMaker"
    SageMakerHosts "SM_HOSTS" Platforms "Amazon SageMaker"
    CloudMlJobId "CLOUD_ML_JOB_ID" Platforms "Google Vertex AI"
    AipModelDir "AIP_MODEL_DIR" Platforms "Google Vertex AI"
    AzureMlRunId "AZUREML_RUN_ID" Platforms "Azure Machine Learning"
    DatabricksRuntime "DATABRICKS_RUNTIME_VERSION" Platforms "Databricks"
    ColabReleaseTag "COLAB_RELEASE_TAG" Platforms "Google Colab"
    KaggleRunType "KAGGLE_KERNEL_RUN_TYPE" Platforms "Kaggle"
    ModalTaskId "MODAL_TASK_ID" Platforms "Modal"
    SkyPilotTaskId "SKYPILOT_TASK_ID" Platforms "SkyPilot"
    RunPodId "RUNPOD_POD_ID" Platforms "RunPod"
    RayJobConfig "RAY_JOB_CONFIG_JSON_ENV_VAR" Platforms "Ray"
    SlurmJobId "SLURM_JOB_ID" Platforms "Slurm"
    KubernetesHost "KUBERNETES_SERVICE_HOST" Platforms "Kubernetes"

    NoColor "NO_COLOR" Terminal "set: no color"
    ForceColor "CLICOLOR_FORCE" Terminal "set, and not `0`: color"
    Term "TERM" Terminal "`dumb`: no color"
    Columns "COLUMNS" Terminal "the width of `--explain`"

    UserHome "HOME" System "the home folder"
    CacheHome "XDG_CACHE_HOME" System "the cache folder, for the login file"
    SearchList "LOCALDOMAIN" System "the search list of names, in the place of `/etc/resolv.conf`'s"
    ResolverOptions "RES_OPTIONS" System "options of `resolv.conf(5)`, such as `ndots:1`"
    Path "PATH" System "where COMMAND is looked for"
}

/// The environment as it was when the program started. Values are wiped from memory when it is dropped, and `Debug` prints
/// none of them: any of them may be a token.
pub struct Env(Vec<(OsString, Zeroizing<Vec<u8>>)>);

impl Env {
    /// Reads the environment of this process. Called once, at the start.
    pub fn read() -> Self {
        Self::of(env::vars_os())
    }

    /// An environment of these variables.
    pub fn of(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        // A value keeps its allocation: there is one copy of it here.
        Self(pairs.into_iter().map(|(name, value)| (name, Zeroizing::new(value.into_vec()))).collect())
    }

    /// The value of a variable that is set and holds more than white space. Whether a variable counts as set is decided
    /// here and nowhere else.
    pub fn get(&self, variable: Variable) -> Option<&OsStr> {
        self.raw(variable).filter(|value| !is_blank(value))
    }

    /// The value as it is, empty or blank too: for what a client does with exactly this value.
    pub fn raw(&self, variable: Variable) -> Option<&OsStr> {
        let found = self.0.iter().find(|(name, _)| name == variable.name());
        found.map(|(_, value)| OsStr::from_bytes(value))
    }

    /// True where the Python client reads the value as true (`huggingface_hub` `constants.py`).
    pub fn is_true(&self, variable: Variable) -> bool {
        let value = self.get(variable).map(OsStr::to_ascii_uppercase);
        value.is_some_and(|value| matches!(value.to_str(), Some("1" | "ON" | "YES" | "TRUE")))
    }

    /// The paths of a list such as `PATH`, empty entries too: there, these stand for the current folder.
    pub fn paths(&self, variable: Variable) -> Option<Vec<PathBuf>> {
        self.raw(variable).map(|list| env::split_paths(list).collect())
    }

    /// The path in a variable, as the Python client reads it: a leading `~` is the home folder, and `$NAME` and `${NAME}`
    /// are variables. No shell has expanded them in an `env:` of a job or in an image's `ENV`.
    pub fn path(&self, variable: Variable) -> Option<PathBuf> {
        self.get(variable).map(|path| self.expanded(path))
    }

    /// What Python's `expandvars(expanduser(path))` makes of a path. Unknown names stay as they are, and so does `~name`.
    pub fn expanded(&self, path: &OsStr) -> PathBuf {
        let home = self.get(Variable::UserHome).map(|home| {
            let home = home.as_bytes();
            &home[..home.iter().rposition(|b| *b != b'/').map_or(0, |last| last + 1)]
        });
        let path = match (path.as_bytes(), home) {
            (b"~", Some(b"")) => b"/".to_vec(),
            (b"~", Some(home)) => home.to_owned(),
            ([b'~', b'/', rest @ ..], Some(home)) => [home, b"/", rest].concat(),
            (path, _) => path.to_owned(),
        };
        let mut expanded = Vec::with_capacity(path.len());
        let mut rest = path.as_slice();
        while let Some((before, after)) = rest.iter().position(|b| *b == b'$').map(|at| rest.split_at(at)) {
            expanded.extend_from_slice(before);
            let (name, length) = reference(&after[1..]);
            match self.named(name) {
                Some(value) => expanded.extend_from_slice(value.as_bytes()),
                None => expanded.extend_from_slice(&after[..=length]),
            }
            rest = &after[1 + length..];
        }
        expanded.extend_from_slice(rest);
        PathBuf::from(OsString::from_vec(expanded))
    }

    fn named(&self, name: &[u8]) -> Option<&OsStr> {
        let found = self.0.iter().find(|(known, _)| !name.is_empty() && known.as_bytes() == name);
        found.map(|(_, value)| OsStr::from_bytes(value))
    }

    /// Every variable with its value, in no particular order.
    pub fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), OsStr::from_bytes(value)))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The name that follows a `$`, and the length of the reference without it.
fn reference(text: &[u8]) -> (&[u8], usize) {
    if let Some(inside) = text.strip_prefix(b"{") {
        return inside.iter().position(|b| *b == b'}').map_or((&[], 0), |end| (&inside[..end], end + 2));
    }
    let length = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    (&text[..length], length)
}

/// True for a value of nothing but white space.
pub fn is_blank(value: &OsStr) -> bool {
    value.to_string_lossy().trim().is_empty()
}

/// Panics at the first line where the printed table `now` differs from the one at `path`, from the project's root. With `BLESS=1`
/// the file is written anew.
#[cfg(test)]
pub fn hold_to_review(path: &str, now: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("BLESS").is_some() {
        std::fs::write(&file, now).expect("the table can be written");
    }
    let reviewed = std::fs::read_to_string(&file).expect("run once with BLESS=1");
    for (line, (was, is)) in (1..).zip(reviewed.lines().zip(now.lines())) {
        assert_eq!(
            was, is,
            "{path}, line {line}: if the change is meant, run the test with BLESS=1 and review the diff"
        );
    }
    assert_eq!(reviewed.lines().count(), now.lines().count(), "{path}: the number of lines");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::of(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    #[test]
    fn a_variable_is_set_if_it_holds_more_than_white_space() {
        for (value, is_set) in
            [("", false), (" ", false), ("\t\r\n", false), ("\u{a0}", false), ("0", true), (" x ", true)]
        {
            let env = env(&[("HF_ENDPOINT", value)]);
            assert_eq!(env.get(Variable::Endpoint), is_set.then_some(OsStr::new(value)), "{value:?}");
            assert_eq!(env.raw(Variable::Endpoint), Some(OsStr::new(value)));
        }
        assert_eq!(env(&[("hf_endpoint", "x")]).raw(Variable::Endpoint), None, "names are case-sensitive");
    }

    /// What `os.path.expandvars(os.path.expanduser(path))` gives; `tests/client.rs` asks the genuine client.
    #[test]
    fn a_path_is_expanded_as_python_does() {
        let env = env(&[("HOME", "/home/me"), ("S", "/run/secrets"), ("A_1", "x"), ("D", "$S"), ("E", "")]);
        for (path, expanded) in [
            ("~", "/home/me"),
            ("~/s/token", "/home/me/s/token"),
            ("~other/token", "~other/token"),
            ("/a/~/b", "/a/~/b"),
            ("$S/token", "/run/secrets/token"),
            ("${S}/token", "/run/secrets/token"),
            ("$S", "/run/secrets"),
            ("/a/$A_1.txt", "/a/x.txt"),
            ("$NONE/token", "$NONE/token"),
            ("${NONE}/token", "${NONE}/token"),
            ("$D/token", "$S/token"),
            ("/a$E/b", "/a/b"),
            ("$$S", "$/run/secrets"),
            ("/a/$", "/a/$"),
            ("${S", "${S"),
            ("${}", "${}"),
            ("~/$A_1", "/home/me/x"),
        ] {
            assert_eq!(env.expanded(OsStr::new(path)), PathBuf::from(expanded), "{path}");
        }
        assert_eq!(Env::of([]).expanded(OsStr::new("~/token")), PathBuf::from("~/token"));
        for (home, path, expanded) in [("/", "~", "/"), ("/", "~/t", "/t"), ("/root//", "~/t", "/root/t")] {
            let env = Env::of([("HOME".into(), home.into())]);
            assert_eq!(env.expanded(OsStr::new(path)), PathBuf::from(expanded), "{home} {path}");
        }
    }

    #[test]
    fn no_value_is_printed() {
        let env = env(&[("HF_TOKEN", "swordfish"), ("X", "swordfish")]);
        assert_eq!(format!("{env:?}"), r#"["HF_TOKEN", "X"]"#);
    }

    #[test]
    fn each_variable_has_one_row() {
        let mut names: Vec<_> = Variable::ALL.iter().map(|variable| variable.name()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    /// With `BLESS=1` the table in the documentation is written anew.
    #[test]
    fn the_documentation_has_this_table() {
        let row = |variable: &Variable| {
            format!("| `{}` | {} | {} |\n", variable.name(), variable.owner().name(), variable.meaning())
        };
        let heading = "| variable | defined by | what it is to hf-token-check |\n|---|---|---|\n";
        let table: String = std::iter::once(heading.to_owned()).chain(Variable::ALL.iter().map(row)).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/interface.md");
        let page = std::fs::read_to_string(path).expect("the page");
        let (before, rest) = page.split_once("<!-- variables -->\n").expect("the start of the table");
        let (written, after) = rest.split_once("<!-- end of variables -->").expect("the end of the table");
        if env::var_os("BLESS").is_some() {
            let page = format!("{before}<!-- variables -->\n{table}<!-- end of variables -->{after}");
            return std::fs::write(path, page).expect("the page can be written");
        }
        assert_eq!(written, table, "BLESS=1 writes the table anew");
    }
}
