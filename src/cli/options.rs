//! The options of a run, validated once.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::args::Cli;
use crate::cli::requirements::requirements;
use crate::cli::setting::{Given, Setting, Switch};
use crate::cli::usage::{Origin, Shown, UsageError};
use crate::diagnosis::catalog::Diagnosis;
use crate::env::{self, Env, Variable};
use crate::model::ca_bundle::Bundle;
use crate::model::endpoint::{Endpoint, PlainHttp};
use crate::model::requirement::Requirement;
use crate::platform::{Platform, detect};
use crate::report::Strictness;
use crate::report::options::{Color, Destination, Format, OutputOptions, Verbosity};

/// The whole verdict, retries included, unless `--timeout` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

const ENDPOINT: Setting = Setting { flag: "--endpoint", variable: Variable::Endpoint };
const TIMEOUT: Setting = Setting { flag: "--timeout", variable: Variable::Timeout };
const FORMAT: Setting = Setting { flag: "--format", variable: Variable::Format };
const IF_UNAVAILABLE: Setting = Setting { flag: "--if-unavailable", variable: Variable::IfUnavailable };

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
    /// Where the job runs.
    pub platform: Platform,
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
    /// No check, whatever is wrong with the options: `HF_TOKEN_CHECK_SKIP` is set.
    Skip {
        /// The value of that variable.
        reason: String,
        /// What is wrong with the options.
        mistake: UsageError,
        /// The folders of `PATH`.
        path: Option<Vec<PathBuf>>,
        /// What to become; empty for a plain check.
        command: Vec<OsString>,
    },
}

/// Reads the command line and the variables behind it. The off switch comes before every mistake in either.
pub fn parse(args: &[OsString], env: &Env) -> Result<Request, UsageError> {
    let request = understood(args, env);
    match (request, reason_to_skip(env)) {
        (Err(mistake), Some(reason)) => {
            // COMMAND is what follows the first `--`, whatever is before it.
            let command = args.iter().skip_while(|arg| *arg != "--").skip(1).cloned().collect();
            Ok(Request::Skip { reason, mistake, command, path: env.paths(Variable::Path) })
        }
        (request, _) => request,
    }
}

/// The reason in `HF_TOKEN_CHECK_SKIP`, unless that is a word for no.
fn reason_to_skip(env: &Env) -> Option<String> {
    let reason = env.get(Variable::Skip)?.to_string_lossy().into_owned();
    (Switch::parse(&reason) != Some(Switch::Off)).then_some(reason)
}

fn understood(args: &[OsString], env: &Env) -> Result<Request, UsageError> {
    let matches = match Cli::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => return Ok(Request::Show(error.to_string())),
        Err(error) => return Err(UsageError::from(&error)),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| UsageError::from(&error))?;
    if cli.command.is_empty() && args.last().is_some_and(|last| last == "--") {
        return Err(UsageError::NoCommand);
    }
    if let Some(topic) = &cli.explain {
        let text =
            |topic: &OsString| topic.to_str().map(Into::into).ok_or(UsageError::NotUtf8(Origin::Flag("--explain")));
        return Ok(Request::Explain(topic.as_ref().map(text).transpose()?));
    }
    let endpoint = endpoint(&cli, env)?;
    let requirements = requirements(&matches, env, &endpoint)?;
    let switch = |is_typed: bool, variable| Switch::given(is_typed.then_some(Switch::On), variable, env);
    let offline = env.is_true(Variable::HubOffline) || env.is_true(Variable::TransformersOffline);
    let timeout = TIMEOUT.given(cli.timeout.clone(), env)?.map(|given| given.duration()).transpose()?;
    let if_unavailable = IF_UNAVAILABLE.given(cli.if_unavailable.clone(), env)?;
    Ok(Request::Check(Box::new(Options {
        requirements,
        endpoint,
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
        token_file: cli.token_file.clone(),
        strictness: match switch(cli.strict, Variable::Strict)? {
            Switch::On => Strictness::Strict,
            Switch::Off => Strictness::Lenient,
        },
        ranks: match switch(cli.rank_zero_only, Variable::RankZeroOnly)? {
            Switch::On => Ranks::ZeroOnly,
            Switch::Off => Ranks::All,
        },
        output: output(&cli, env)?,
        if_unavailable: if_unavailable.map_or(Ok(IfUnavailable::Fail), |given| {
            given.choose(&[("fail", IfUnavailable::Fail), ("run", IfUnavailable::Run)])
        })?,
        reach: if offline { Reach::Offline } else { Reach::Online },
        bundles: bundles(env),
        audit: match switch(cli.audit, Variable::Audit)? {
            Switch::On => Audit::Practices,
            Switch::Off => Audit::Nothing,
        },
        platform: detect::platform(env),
        job_id: env.get(Variable::JobId).and_then(OsStr::to_str).map(Into::into),
        rehearse: cli.rehearse.as_deref().map(rehearsed).transpose()?,
        skip: reason_to_skip(env),
        path: env.paths(Variable::Path),
        command: cli.command,
    })))
}

fn endpoint(cli: &Cli, env: &Env) -> Result<Endpoint, UsageError> {
    let allow_http = Switch::given(cli.allow_http.then_some(Switch::On), Variable::AllowHttp, env)?;
    let plain = match allow_http {
        Switch::On => PlainHttp::Allowed,
        Switch::Off => PlainHttp::LoopbackOnly,
    };
    let Some(given) = ENDPOINT.given(cli.endpoint.clone(), env)? else { return Ok(Endpoint::default()) };
    Endpoint::parse(&given.text, plain).map_err(|cause| UsageError::Endpoint { origin: given.origin, cause })
}

fn output(cli: &Cli, env: &Env) -> Result<OutputOptions, UsageError> {
    let words = [("text", Format::Text), ("json", Format::Json), ("github", Format::GitHub)];
    let format = FORMAT.given(cli.format.clone(), env)?.map_or(Ok(Format::Text), |given| given.choose(&words))?;
    Ok(OutputOptions {
        format,
        file: cli.report.clone().or_else(|| env.get(Variable::Report).map(PathBuf::from)),
        step_summary: env.get(Variable::StepSummary).map(PathBuf::from),
        step_output: env.get(Variable::StepOutput).map(PathBuf::from),
        color: color(cli, env)?,
        verbosity: match (cli.quiet, cli.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        },
        destination: if cli.command.is_empty() { Destination::Caller } else { Destination::BeforeCommand },
    })
}

fn color(cli: &Cli, env: &Env) -> Result<Color, UsageError> {
    if let Some(typed) = &cli.color {
        let words = [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];
        return Given::new(Origin::Flag("--color"), typed)?.choose(&words);
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

fn rehearsed(code: &OsStr) -> Result<Diagnosis, UsageError> {
    let code = Given::new(Origin::Flag("--rehearse"), code)?.text;
    Diagnosis::from_code(&code).ok_or_else(|| UsageError::Diagnosis(Shown::of(&code)))
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

#[cfg(test)]
mod tests {
    use crate::model::endpoint::EndpointError;
    use crate::model::permission::PermissionError;
    use crate::model::repo::NameError;
    use crate::model::spelling::RepoError;

    use super::*;

    /// Arguments, variables, and what is wrong with them.
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], UsageError);

    /// What is wrong with these arguments and variables.
    fn refused(args: &[&str], variables: &[(&str, &str)]) -> UsageError {
        let args: Vec<OsString> = ["hf-token-check"].iter().chain(args).map(Into::into).collect();
        let env = Env::of(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        parse(&args, &env).expect_err("bad input")
    }

    #[test]
    fn every_cause_of_a_usage_error_has_its_variant() {
        use UsageError as U;
        let flag = Origin::Flag;
        let shown = Shown::of;
        let accepted = || "fail, run".to_owned();
        #[rustfmt::skip]
        let rows: [Row<'_>; 19] = [
            (&["--"], &[], U::NoCommand),
            (&["-r", "a b"], &[], U::Repo { origin: flag("--read"), value: shown("a b"), cause: RepoError::Part(NameError::Character(' ')) }),
            (&[], &[("HF_TOKEN_CHECK_WRITE", "me/ok, a/b/c")], U::Repo { origin: Origin::Variable(Variable::Write), value: shown("a/b/c"), cause: RepoError::TooManyParts }),
            (&["-w", "gpt2"], &[], U::NoOwner { origin: flag("--write"), value: shown("gpt2") }),
            (&["-c", "datasets/x"], &[], U::NoOwner { origin: flag("--create"), value: shown("datasets/x") }),
            (&["-p", "write"], &[], U::Permission { origin: flag("--permission"), value: shown("write"), cause: PermissionError::Shape }),
            (&["-p", "job.write@a b"], &[], U::Permission { origin: flag("--permission"), value: shown("job.write@a b"), cause: NameError::Character(' ').into() }),
            (&["--valid-for", "soon"], &[], U::Duration { origin: flag("--valid-for"), value: shown("soon") }),
            (&[], &[("HF_TOKEN_CHECK_TIMEOUT", "-1s")], U::Duration { origin: Origin::Variable(Variable::Timeout), value: shown("-1s") }),
            (&[], &[("HF_ENDPOINT", "http://hub.example")], U::Endpoint { origin: Origin::Variable(Variable::Endpoint), cause: EndpointError::PlainHttp }),
            (&["--endpoint", "https://me:pw@hub.example"], &[], U::Endpoint { origin: flag("--endpoint"), cause: EndpointError::Credentials }),
            (&["--if-unavailable", "maybe"], &[], U::Choice { origin: flag("--if-unavailable"), value: shown("maybe"), accepted: accepted() }),
            (&[], &[("HF_TOKEN_CHECK_IF_UNAVAILABLE", "Run")], U::Choice { origin: Origin::Variable(Variable::IfUnavailable), value: shown("Run"), accepted: accepted() }),
            (&[], &[("HF_TOKEN_CHECK_STRICT", "perhaps")], U::Switch { origin: Origin::Variable(Variable::Strict), value: shown("perhaps") }),
            (&[], &[("HF_TOKEN_CHECK_READ", ", ,")], U::EmptyList(Origin::Variable(Variable::Read))),
            (&[], &[("HF_TOKEN_CHECK_READ", "a/b,'c/d',e/f")], U::Quoted(Origin::Variable(Variable::Read))),
            (&["--rehearse", "nothing"], &[], U::Diagnosis(shown("nothing"))),
            (&["stray"], &[], U::StrayWord("unexpected argument 'stray' found".into())),
            (&["--frobnicate"], &[], U::CommandLine("unexpected argument '--frobnicate' found".into())),
        ];
        for (args, variables, expected) in rows {
            assert_eq!(refused(args, variables), expected, "{args:?} {variables:?}");
        }
    }
}
