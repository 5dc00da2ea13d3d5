use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::options::{Audit, IfUnavailable, Options, Ranks, Reach, Request};
use crate::cli::usage::{Shown, UsageError};
use crate::cli::{given, options, unknown};
use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::exit_code::ExitCode;
use crate::diagnosis::params::Params;
use crate::env::{self, Env, Variable};
use crate::hub::{self, ClientConfig, Hub, IdentityUse, LookupOverrides, ProxyRoute};
use crate::model::asked::Asked;
use crate::model::ca_bundle::Bundle;
use crate::model::endpoint::Endpoint;
use crate::model::obstacle::Restriction;
use crate::model::requirement::Requirement;
use crate::policy::assess::Replies;
use crate::process::rank::{self, Rank};
use crate::process::{deadline, event_loop, exec, harden, inherited, signals, terminal};
use crate::report::{Report, Strictness, Verdict};
use crate::report::{build, console, wrap, write};
use crate::token::early;
use crate::token::redact::Redactor;
use crate::token::secret::Token;
use crate::token::source::{self, Credential, MissingToken};
use crate::{audit, manual};

/// How long after the deadline the verdict waits for its reasons, and for their readers.
const GRACE: Duration = Duration::from_millis(500);

/// Does what the command line asks for and returns the status to end with, unless the process has become COMMAND.
pub fn run(args: &[OsString]) -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote anything; the place is enough to find the bug.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        console::say(&Redactor::default(), &format!("internal error at {place}; please report it"));
        #[expect(clippy::exit, reason = "a bug ends with its own status, not with that of an abort")]
        std::process::exit(ExitCode::Internal.number().into())
    }));
    inherited::ignore_file_size_signal();
    let env = Env::read();
    let exit = match options::parse(args, &env) {
        Ok(Request::Check(options)) => start(&options, args, env),
        Ok(Request::Show(text)) => show(&text),
        Ok(Request::Explain(topic)) => tell(topic.as_deref(), args, &env),
        Ok(Request::Skip { reason, mistake, path, command }) => {
            let redactor = early::redactor(args, &env);
            say_skipped(&reason, &redactor);
            let refused = format!("warning: without HF_TOKEN_CHECK_SKIP these options would be refused: {mistake}");
            console::say(&redactor, &refused);
            go_on(&command, path.as_deref(), &redactor)
        }
        Err(usage) => {
            let redactor = early::redactor(args, &env);
            refuse(&redactor, &given::credential(args, &env, &redactor).unwrap_or(usage))
        }
    };
    exit.number()
}

/// Help is what was asked for: it goes to stdout, and a reader that went away has read enough.
fn show(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::Pass
}

/// The width of the manual: what `COLUMNS` says, else the terminal's, else that of the report.
fn columns(env: &Env) -> usize {
    let stated = env.get(Variable::Columns).and_then(|columns| columns.to_str()?.parse().ok());
    stated.or_else(terminal::columns).filter(|columns| *columns > 0).unwrap_or(wrap::WIDTH)
}

/// `--explain`: a page of the manual.
fn tell(topic: Option<&str>, args: &[OsString], env: &Env) -> ExitCode {
    if let Some(page) = manual::explain(topic, columns(env)) {
        return show(&page);
    }
    refuse(&early::redactor(args, env), &UsageError::Topic(Shown::of(topic.unwrap_or_default())))
}

/// Bad input.
fn refuse(redactor: &Redactor, usage: &UsageError) -> ExitCode {
    console::say(redactor, &usage.to_string());
    ExitCode::Usage
}

fn say_skipped(reason: &str, redactor: &Redactor) {
    let reason = redactor.line(reason);
    console::say(redactor, &format!("skipped, nothing was checked (HF_TOKEN_CHECK_SKIP: {reason})"));
}

/// Whether there is anything to check here, and the check.
fn start(options: &Options, args: &[OsString], env: Env) -> ExitCode {
    signals::end_on_signals();
    let rank = if options.ranks == Ranks::ZeroOnly { rank::find(&env) } else { Rank::Zero };
    if rank == Rank::Other {
        return go_on(&options.command, options.path.as_deref(), &early::redactor(args, &env));
    }
    if let Some(reason) = &options.skip {
        let redactor = early::redactor(args, &env);
        say_skipped(reason, &redactor);
        return go_on(&options.command, options.path.as_deref(), &redactor);
    }
    check(options, args, env, rank).unwrap_or_else(|bug| {
        console::say(&Redactor::default(), &format!("internal error: {bug:#}; please report it"));
        ExitCode::Internal
    })
}

/// The straight line: credential, questions, replies, findings, report, status.
fn check(options: &Options, args: &[OsString], env: Env, rank: Rank) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    if let Some(diagnosis) = options.rehearse {
        let redactor = early::redactor(args, &env);
        if let Some(usage) = given::credential(args, &env, &redactor) {
            return Ok(refuse(&redactor, &usage));
        }
        let mut report = build::rehearsed(options, &env, diagnosis);
        report.elapsed = started.elapsed();
        let rehearsal = format!("rehearsal of {}: no token was read, and the Hub was not asked", diagnosis.code());
        console::say(&redactor, &rehearsal);
        write::deliver(&report, &options.output, &redactor, closing(options, started));
        return Ok(gate(&report, options, &redactor));
    }
    harden::memory();
    let surroundings = surroundings(options, &env, rank);
    let mut credential =
        source::find(&env, options.token_file.as_deref(), options.endpoint.site(), started + options.timeout);
    let route = ProxyRoute::to(&options.endpoint, &env);
    let redactor = Arc::new(redactor(&mut credential, &env, &route));
    if let Some(usage) = given::credential(args, &env, &redactor) {
        return Ok(refuse(&redactor, &usage));
    }
    let mut report = match credential {
        Err(missing) => build::refused(options, missing),
        Ok(credential) => {
            let practices = match options.audit {
                Audit::Practices => {
                    // A file that hangs must leave time for the Hub.
                    let until = started + options.timeout / 4;
                    let (command, token_file) = (&options.command, credential.source.file());
                    audit::Scope { command, env: &env, token_file, redactor: &redactor, until }.findings()
                }
                Audit::Nothing => Vec::new(),
            };
            let text = |variable| env.get(variable).map(|value| value.to_string_lossy().into_owned());
            let lookups =
                LookupOverrides { search: text(Variable::SearchList), options: text(Variable::ResolverOptions) };
            // From here on the token is in memory once, besides the process's own environment.
            drop(env);
            let info = credential.token.info.clone();
            let mut replies = ask(options, credential.token, &redactor, route, lookups, started)?;
            replies.token_warnings.splice(0..0, credential.token_warnings);
            replies.hidden_login = credential.hidden_login;
            replies.practices = practices;
            build::judged(options, &info, &credential.source, replies, build::now())
        }
    };
    report
        .warnings
        .splice(0..0, surroundings.into_iter().map(|(diagnosis, params)| build::warn(options, diagnosis, params)));
    report.elapsed = started.elapsed();
    write::deliver(&report, &options.output, &redactor, closing(options, started));
    Ok(gate(&report, options, &redactor))
}

/// Knows every secret of the run: the token, what else the token variables hold, the password of the proxy.
fn redactor(credential: &mut Result<Credential, MissingToken>, env: &Env, route: &ProxyRoute) -> Redactor {
    let known = match credential {
        Ok(credential) => Redactor::default().and(credential.token.secret()),
        Err(missing) => std::mem::take(&mut missing.redactor),
    };
    let known = early::variables(env).into_iter().fold(known, Redactor::and);
    route.secrets().into_iter().fold(known, Redactor::and_password)
}

/// By when the report is delivered.
fn closing(options: &Options, started: Instant) -> Instant {
    (started + options.timeout).max(Instant::now()) + GRACE
}

/// What is odd about the process and its variables, whatever the token is.
fn surroundings(options: &Options, env: &Env, rank: Rank) -> Vec<(Diagnosis, Params)> {
    let malformed = match rank {
        Rank::Malformed(name) => Some((Diagnosis::RankMalformed, Params::default().with("found", name))),
        Rank::Zero | Rank::Other => None,
    };
    // The default is used here; the Python client takes the empty value and fails.
    let is_empty = env.raw(Variable::Endpoint).is_some_and(env::is_blank);
    let endpoint = is_empty.then(|| (Diagnosis::EndpointEmpty, Params::default()));
    let store = lacks_ca_certificates(options).then(|| (Diagnosis::CaStoreMissing, Params::default()));
    malformed.into_iter().chain(unknown::warnings(env)).chain(endpoint).chain(store).collect()
}

/// Whether COMMAND, which has no certificates built in as this program has, finds none for its own connections to the Hub.
fn lacks_ca_certificates(options: &Options) -> bool {
    let are_named = options.bundles.iter().any(Bundle::is_read_by_the_client);
    let is_needed = !options.command.is_empty() && options.endpoint.is_encrypted();
    is_needed && !are_named && !hub::machine_has_ca_certificates()
}

/// Puts every question to the Hub; nothing where the Hub must not be asked.
fn ask(
    options: &Options,
    token: Token,
    redactor: &Arc<Redactor>,
    route: ProxyRoute,
    lookups: LookupOverrides,
    started: Instant,
) -> anyhow::Result<Replies> {
    if options.reach == Reach::Offline {
        return Ok(Replies { asked: options.requirements.iter().map(Asked::offline).collect(), ..Replies::default() });
    }
    let line = ClientConfig {
        endpoint: options.endpoint.clone(),
        deadline: started + options.timeout,
        bundles: options.bundles.clone(),
        route,
        lookups,
    };
    let deadline = line.deadline;
    let inquiry = Inquiry {
        requirements: options.requirements.clone(),
        identity: match (options.strictness, options.audit) {
            (Strictness::Lenient, Audit::Nothing) => IdentityUse::ToExplain,
            (Strictness::Strict, _) | (_, Audit::Practices) => IdentityUse::ForItself,
        },
        job: options.job_id.clone().filter(|_| options.audit == Audit::Practices),
    };
    let redactor = Arc::clone(redactor);
    let asked = deadline::in_time(deadline + GRACE, move || inquiry.make(line, &token, redactor));
    asked.unwrap_or_else(|| Ok(unanswered(&options.endpoint, &options.requirements, None)))
}

fn unanswered(endpoint: &Endpoint, requirements: &[Requirement], restriction: Option<Restriction>) -> Replies {
    let (whoami, asked) = hub::unanswered(endpoint, requirements, restriction);
    Replies { whoami: Some(whoami), asked, ..Replies::default() }
}

/// What is asked of the Hub.
struct Inquiry {
    requirements: Vec<Requirement>,
    identity: IdentityUse,
    /// Whose record is looked at for habits.
    job: Option<String>,
}

impl Inquiry {
    fn make(self, line: ClientConfig, token: &Token, redactor: Arc<Redactor>) -> anyhow::Result<Replies> {
        let runtime = match event_loop::start() {
            Ok(runtime) => runtime,
            Err(restriction) => return Ok(unanswered(&line.endpoint, &self.requirements, Some(restriction))),
        };
        let replies = runtime.block_on(async {
            let hub = Hub::connect(line, token, redactor)?;
            let (whoami, asked) = hub.examine(&self.requirements, self.identity).await;
            let job = match (&self.job, whoami.identity()) {
                (Some(id), Some(identity)) => {
                    let owners: Vec<_> = identity.namespaces().map(Into::into).collect();
                    hub.find_job(id, &owners).await
                }
                _ => Vec::new(),
            };
            let distrust = hub.distrust().map(|distrust| Params::from(&distrust));
            let token_warnings = distrust.into_iter().map(|params| (Diagnosis::CaNotShared, params)).collect();
            Ok(Replies { whoami: Some(whoami), asked, job, token_warnings, ..Replies::default() })
        });
        // What still waits for an answer must not hold up the verdict.
        runtime.shutdown_background();
        replies
    }
}

/// Becomes COMMAND where the verdict lets it, and ends with the verdict's status otherwise.
fn gate(report: &Report, options: &Options, redactor: &Redactor) -> ExitCode {
    let decision = report.decision();
    let excused = decision.verdict == Verdict::Unknown && options.if_unavailable == IfUnavailable::Run;
    if decision.exit == ExitCode::Pass {
        return go_on(&options.command, options.path.as_deref(), redactor);
    }
    if excused && !options.command.is_empty() {
        console::say(redactor, "the Hub gave no answer; going on, because of --if-unavailable run");
        return go_on(&options.command, options.path.as_deref(), redactor);
    }
    decision.exit
}

/// Becomes COMMAND, if there is one.
fn go_on(command: &[OsString], path: Option<&[PathBuf]>, redactor: &Redactor) -> ExitCode {
    if command.is_empty() {
        return ExitCode::Pass;
    }
    let (exit, why) = exec::become_command(command, path);
    console::say(redactor, &redactor.line(&why));
    exit
}
