use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::args::Cli;
use crate::diagnosis::catalog::Diagnosis;
use crate::env::{self, Env, Variable};
use crate::model::ca_bundle::Bundle;
use crate::model::duration;
use crate::model::endpoint::{self, Endpoint, PlainHttp};
use crate::model::repo::{self, RepoRef};
use crate::model::requirement::{Access, Permission, Requirement};
use crate::report::Strictness;
use crate::report::options::{Color, Destination, Format, OutputOptions, Verbosity};

/// The whole verdict, retries included, unless `--timeout` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The usual reason for a word that belongs to nothing (`hf` 2.4.0: click drops the first `--`).
const STRAY: &str =
    ". COMMAND goes behind `--`; `hf jobs run` takes the first `--` away, so write one before hf-token-check too";

/// What the user asked for, validated once.
#[derive(Clone, Debug)]
pub struct Options {
    /// In the order given.
    pub requirements: Vec<Requirement>,
    /// The Hub.
    pub endpoint: Endpoint,
    /// For the whole verdict.
    pub timeout: Duration,
    /// `--token-file`; `HF_TOKEN_PATH` is looked at elsewhere, because it comes after `HF_TOKEN`.
    pub token_file: Option<PathBuf>,
    /// What warnings come to.
    pub strictness: Strictness,
    /// How the report is shown.
    pub output: OutputOptions,
    /// Which ranks of a parallel job check.
    pub ranks: Ranks,
    /// What a missing answer means for COMMAND.
    pub if_unavailable: IfUnavailable,
    /// Whether the Hub may be asked at all.
    pub reach: Reach,
    /// Certificates to trust besides the built-in ones.
    pub bundles: Vec<Bundle>,
    /// Whether habits are looked at too.
    pub audit: Audit,
    /// `JOB_ID`: the Hugging Face Job that this process runs in.
    pub job_id: Option<String>,
    /// `--rehearse`: what to behave as if it had been diagnosed.
    pub rehearse: Option<Diagnosis>,
    /// `HF_TOKEN_CHECK_SKIP`: the reason to check nothing.
    pub skip: Option<String>,
    /// The folders of `PATH`, where COMMAND is looked for.
    pub path: Option<Vec<PathBuf>>,
    /// What to become; empty for a plain check.
    pub command: Vec<OsString>,
}

/// Which ranks of a parallel job check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranks {
    /// Every one.
    All,
    /// Rank 0; the others become COMMAND at once.
    ZeroOnly,
}

/// What a missing answer means for COMMAND.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUnavailable {
    /// It does not run.
    Fail,
    /// It runs all the same.
    Run,
}

/// Whether habits are looked at too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// No.
    Nothing,
    /// `--audit`
    Practices,
}

/// Whether the Hub may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As usual.
    Online,
    /// `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` is set.
    Offline,
}

/// What the command line came to.
#[derive(Debug)]
pub enum Request {
    /// A run.
    Check(Box<Options>),
    /// `--help` or `--version`, for stdout.
    Show(String),
    /// `--explain`, perhaps with a topic.
    Explain(Option<String>),
}

/// Bad input, in one sentence with the accepted forms. Ends the program with status 2.
#[derive(Debug)]
pub struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the command line and the variables behind it.
pub fn parse(args: &[OsString], env: &Env) -> Result<Request, Usage> {
    let matches = match Cli::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => return Ok(Request::Show(error.to_string())),
        Err(error) if is_stray(&error) => return Err(Usage(format!("{}{STRAY}", first_line(&error.to_string())))),
        Err(error) => return Err(Usage(first_line(&error.to_string()))),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Usage(first_line(&error.to_string())))?;
    if cli.command.is_empty() && args.last().is_some_and(|last| last == "--") {
        return Err(Usage("nothing follows `--`: give a COMMAND, or leave out `--` to check only".into()));
    }
    if let Some(topic) = cli.explain {
        return topic.map(|topic| text(&topic, "--explain")).transpose().map(Request::Explain);
    }
    let allow_http = switch(env, cli.allow_http, Variable::AllowHttp)?;
    let plain = if allow_http { PlainHttp::Allowed } else { PlainHttp::LoopbackOnly };
    let endpoint = match setting(env, cli.endpoint, "--endpoint", Variable::Endpoint)? {
        Some(value) => Endpoint::parse(&value.text, plain).map_err(|why| {
            Usage(format!("{}: this endpoint cannot be used: {why}; accepted: {}", value.origin, endpoint::ACCEPTED))
        })?,
        None => Endpoint::default(),
    };
    let requirements = requirements(&matches, env, &endpoint)?;
    let output = OutputOptions {
        format: choice(
            setting(env, cli.format, "--format", Variable::Format)?,
            &[("text", Format::Text), ("json", Format::Json), ("github", Format::GitHub)],
        )?,
        step_summary: env.get(Variable::StepSummary).map(PathBuf::from),
        file: cli.report.or_else(|| env.get(Variable::Report).map(PathBuf::from)),
        color: color(env, cli.color)?,
        verbosity: match (cli.quiet, cli.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        },
        destination: if cli.command.is_empty() { Destination::Caller } else { Destination::BeforeCommand },
    };
    let timeout = setting(env, cli.timeout, "--timeout", Variable::Timeout)?
        .map_or(Ok(DEFAULT_TIMEOUT), |value| duration(value.origin, &value.text))?;
    let offline = env.is_true(Variable::HubOffline) || env.is_true(Variable::TransformersOffline);
    Ok(Request::Check(Box::new(Options {
        requirements,
        endpoint,
        timeout,
        token_file: cli.token_file,
        strictness: if switch(env, cli.strict, Variable::Strict)? { Strictness::Strict } else { Strictness::Lenient },
        ranks: if switch(env, cli.rank_zero_only, Variable::RankZeroOnly)? { Ranks::ZeroOnly } else { Ranks::All },
        output,
        if_unavailable: choice(
            setting(env, cli.if_unavailable, "--if-unavailable", Variable::IfUnavailable)?,
            &[("fail", IfUnavailable::Fail), ("run", IfUnavailable::Run)],
        )?,
        reach: if offline { Reach::Offline } else { Reach::Online },
        bundles: bundles(env),
        audit: if switch(env, cli.audit, Variable::Audit)? { Audit::Practices } else { Audit::Nothing },
        job_id: env.get(Variable::JobId).and_then(OsStr::to_str).map(Into::into),
        rehearse: cli.rehearse.map(|code| rehearsed(&code)).transpose()?,
        skip: env.get(Variable::Skip).map(|reason| reason.to_string_lossy().into_owned()),
        path: env.paths(Variable::Path),
        command: cli.command,
    })))
}

/// A value and where it came from, for the error message.
struct Setting {
    origin: &'static str,
    text: String,
}

/// The needs in the order in which they were given; those of variables come after, kind by kind.
fn requirements(matches: &ArgMatches, env: &Env, endpoint: &Endpoint) -> Result<Vec<Requirement>, Usage> {
    let mut placed: Vec<(usize, Requirement)> = Vec::new();
    for (id, flag, variable) in [
        ("read", "--read", Variable::Read),
        ("write", "--write", Variable::Write),
        ("create", "--create", Variable::Create),
        ("permission", "--permission", Variable::Permission),
        ("valid_for", "--valid-for", Variable::ValidFor),
    ] {
        let typed: Vec<(usize, OsString)> = match (matches.indices_of(id), matches.get_many::<OsString>(id)) {
            (Some(indices), Some(values)) => indices.zip(values.cloned()).collect(),
            _ => Vec::new(),
        };
        let origin = if typed.is_empty() { variable.name() } else { flag };
        let given = if typed.is_empty() { listed(env, variable)? } else { typed };
        for (place, value) in given {
            let text = text(&value, origin)?;
            placed.push((place, requirement(id, origin, &text, endpoint)?));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut requirements: Vec<Requirement> = Vec::new();
    for (_, requirement) in placed {
        if !requirements.contains(&requirement) {
            requirements.push(requirement);
        }
    }
    Ok(requirements)
}

/// One need, by the name of its option; `origin` is for the error message.
pub fn requirement(id: &str, origin: &'static str, text: &str, endpoint: &Endpoint) -> Result<Requirement, Usage> {
    let refuse = |why: &str, accepted: &str| {
        Usage(format!("{origin}: {} cannot be used: {why}; accepted: {accepted}", quote(text)))
    };
    match id {
        "permission" => {
            Permission::parse(text).map(Requirement::Permission).map_err(|why| refuse(&why, Permission::ACCEPTED))
        }
        "valid_for" => duration(origin, text).map(Requirement::ValidFor),
        _ => {
            let repo = RepoRef::parse(text, endpoint).map_err(|why| refuse(&why, repo::ACCEPTED))?;
            match (id, &repo.owner) {
                ("read", _) => Ok(Requirement::Repo { access: Access::Read, repo }),
                (_, None) => Err(refuse("it has no owner, and only --read takes a name without one", repo::ACCEPTED)),
                ("write", Some(_)) => Ok(Requirement::Repo { access: Access::Write, repo }),
                (_, Some(_)) => Ok(Requirement::Repo { access: Access::Create, repo }),
            }
        }
    }
}

fn duration(origin: &'static str, text: &str) -> Result<Duration, Usage> {
    duration::parse(text)
        .ok_or_else(|| Usage(format!("{origin}: {} is not a duration; accepted: {}", quote(text), duration::ACCEPTED)))
}

/// The items of a list in a variable, behind everything that was typed.
fn listed(env: &Env, variable: Variable) -> Result<Vec<(usize, OsString)>, Usage> {
    let Some(value) = env.get(variable) else { return Ok(Vec::new()) };
    Ok(items(&text(value, variable.name())?).map(|item| (usize::MAX, item.into())).collect())
}

/// The items of a list, separated by commas or white space.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty())
}

fn setting(
    env: &Env,
    flag: Option<OsString>,
    flag_name: &'static str,
    variable: Variable,
) -> Result<Option<Setting>, Usage> {
    let (value, origin) = match flag {
        Some(value) => (Some(value), flag_name),
        None => (env.get(variable).map(Into::into), variable.name()),
    };
    value.map(|value| Ok(Setting { origin, text: text(&value, origin)? })).transpose()
}

fn choice<T: Copy>(value: Option<Setting>, of: &[(&str, T)]) -> Result<T, Usage> {
    let Some(value) = value else { return Ok(of[0].1) };
    of.iter().find(|(word, _)| *word == value.text).map(|(_, choice)| *choice).ok_or_else(|| {
        let words: Vec<_> = of.iter().map(|(word, _)| *word).collect();
        Usage(format!("{}: {} is none of its values; accepted: {}", value.origin, quote(&value.text), words.join(", ")))
    })
}

fn color(env: &Env, flag: Option<OsString>) -> Result<Color, Usage> {
    let words = [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];
    if let Some(value) = flag {
        return choice(Some(Setting { origin: "--color", text: text(&value, "--color")? }), &words);
    }
    Ok(if env.get(Variable::NoColor).is_some() {
        Color::Never
    } else if env.get(Variable::ForceColor).is_some_and(|value| value != "0") {
        Color::Always
    } else if env.get(Variable::Term).is_some_and(|term| term == "dumb") {
        Color::Never
    } else {
        Color::Auto
    })
}

fn switch(env: &Env, flag: bool, variable: Variable) -> Result<bool, Usage> {
    let Some(value) = env.get(variable).filter(|_| !flag) else { return Ok(flag) };
    match value.to_ascii_lowercase().to_str() {
        Some("1" | "true" | "yes" | "on") => Ok(true),
        Some("0" | "false" | "no" | "off") => Ok(false),
        _ => Err(Usage(format!(
            "{}: {} is neither on nor off; accepted: 1, true, yes, on, 0, false, no, off",
            variable.name(),
            quote(&value.to_string_lossy())
        ))),
    }
}

fn rehearsed(code: &OsStr) -> Result<Diagnosis, Usage> {
    let code = text(code, "--rehearse")?;
    Diagnosis::from_code(&code).ok_or_else(|| {
        Usage(format!("--rehearse: {} is no diagnosis; accepted: the codes that --explain lists", quote(&code)))
    })
}

/// The variables in which other programs look for certificates.
fn bundles(env: &Env) -> Vec<Bundle> {
    let paths = |variable| {
        // OpenSSL takes a list of folders.
        let list = if variable == Variable::CertDir { env.paths(variable) } else { None };
        list.or_else(|| Some(vec![env.raw(variable)?.into()])).unwrap_or_default()
    };
    let variables = [Variable::CertFile, Variable::CertDir, Variable::RequestsBundle, Variable::CurlBundle];
    let bundles = variables.into_iter().flat_map(|variable| {
        let paths = paths(variable).into_iter().filter(|path| !env::is_blank(path.as_os_str()));
        paths.map(move |path| Bundle { variable: variable.name(), path })
    });
    bundles.collect()
}

fn text(value: &OsStr, origin: &str) -> Result<String, Usage> {
    value.to_str().map(Into::into).ok_or_else(|| Usage(format!("{origin}: the value is not UTF-8")))
}

/// The value as it may be shown: escaped, cut, and never a token.
fn quote(value: &str) -> String {
    if repo::looks_like_a_token(value) {
        return "the value".into();
    }
    let shown: String = value.chars().take(100).collect();
    format!("{shown:?}")
}

/// The sentence of a clap error, without its usage and hints, and never with a token in it.
fn first_line(error: &str) -> String {
    let paragraphs =
        error.split("\n\n").take_while(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    // Its one tip is how to pass the argument on, to a COMMAND that nobody spoke of.
    let sentences = paragraphs.filter(|part| !part.trim_start().starts_with("tip:"));
    let words: Vec<_> = sentences.flat_map(str::split_whitespace).collect();
    let sentence = words.join(" ");
    let sentence = sentence.strip_prefix("error: ").unwrap_or(&sentence);
    if repo::looks_like_a_token(sentence) {
        return "an argument looks like a token: pass it in HF_TOKEN or with --token-file, never on the command line"
            .into();
    }
    format!("{sentence}; see hf-token-check --help")
}

/// A word, not a flag, where only flags may stand.
fn is_stray(error: &clap::Error) -> bool {
    let word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) => !word.starts_with('-'),
        _ => false,
    };
    error.kind() == ErrorKind::UnknownArgument && word
}
