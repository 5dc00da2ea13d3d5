use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::credential::{self, Shortfall};
use crate::domain::answer::{Answer, Evidence, Reply};
use crate::domain::assess::{self, Asked, Assessment};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::exit_code::ExitCode;
use crate::domain::expiry::Moment;
use crate::domain::facts::Facts;
use crate::domain::identity::{Identity, TokenRole};
use crate::domain::need::{Need, Question};
use crate::domain::privilege;
use crate::domain::reasons::Scene;
use crate::domain::report::{Basis, Finding, Origin, Outcome, Report, TokenFacts, Verdict, Warning, Words};
use crate::domain::token::Token;
use crate::hub::{Hub, Line};
use crate::options::{Audit, IfUnavailable, Options, Ranks, Reach, Request};
use crate::rank::{self, Rank};
use crate::rehearsal::{self, Rehearsal};
use crate::{audit, exec, explain, options, output};

/// Does what the command line asks for and returns the status to end with, unless the process has become COMMAND.
pub fn run(args: &[OsString]) -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote anything; the place is enough to find the bug.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        output::say(&format!("internal error at {place}; please report it"));
        #[expect(clippy::exit, reason = "a bug ends with its own status, not with that of an abort")]
        std::process::exit(ExitCode::Internal.number().into())
    }));
    let exit = match options::parse(args) {
        Ok(Request::Check(options)) => start(&options),
        Ok(Request::Show(text)) => show(&text),
        Ok(Request::Explain(topic)) => tell(topic.as_deref()),
        Err(usage) => {
            output::say(&usage.to_string());
            ExitCode::Usage
        }
    };
    exit.number()
}

/// Help is what was asked for: it goes to stdout, and a reader that went away has read enough.
fn show(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::Pass
}

/// `--explain`: a page of the manual.
fn tell(topic: Option<&str>) -> ExitCode {
    if let Some(page) = explain::explain(topic, output::columns()) {
        return show(&page);
    }
    let topic = output::tidy(topic.unwrap_or_default());
    output::say(&format!(
        "--explain: {topic:?} is not in the manual; accepted: a code (alone, --explain lists them), an exit status, an HTTP status, or words of an error"
    ));
    ExitCode::Usage
}

/// Whether there is anything to check here, and the check.
fn start(options: &Options) -> ExitCode {
    exec::end_on_signals();
    if let Some(reason) = &options.skip {
        output::say(&format!("skipped, nothing was checked (HF_PREFLIGHT_SKIP: {})", output::tidy(reason)));
        return go_on(options);
    }
    let rank = if options.ranks == Ranks::ZeroOnly { rank::find() } else { Rank::Zero };
    if rank == Rank::Other {
        return go_on(options);
    }
    check(options, rank).unwrap_or_else(|bug| {
        output::say(&format!("internal error: {bug:#}; please report it"));
        ExitCode::Internal
    })
}

/// The straight line: credential, questions, replies, findings, report, status.
fn check(options: &Options, rank: Rank) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    if let Some(diagnosis) = options.rehearse {
        let mut report = rehearse(options, diagnosis);
        report.elapsed = started.elapsed();
        output::say(&format!("rehearsal of {}: no token was read, and the Hub was not asked", diagnosis.code()));
        output::deliver(&report, &options.manner, None);
        return Ok(gate(&report, options));
    }
    let credential = credential::find(options.token_file.as_deref(), options.timeout);
    let (mut report, token) = match credential {
        Err(shortfall) => (refuse(options, shortfall), None),
        Ok(credential) => {
            let token = Arc::new(credential.token);
            let mut replies = ask(options, &token, started)?;
            replies.oddities.splice(0..0, credential.oddities);
            (judge(options, &token, &credential.source, replies), Some(token))
        }
    };
    if let Rank::Malformed(name) = rank {
        report
            .warnings
            .insert(0, warn(&scene(options, ""), Diagnosis::RankMalformed, Facts::default().with("found", name)));
    }
    report.elapsed = started.elapsed();
    output::deliver(&report, &options.manner, token.as_deref());
    drop(token);
    Ok(gate(&report, options))
}

/// What came back, before it is judged.
#[derive(Default)]
struct Replies {
    /// Absent where the Hub was not asked.
    whoami: Option<Reply>,
    asked: Vec<Asked>,
    /// The record of the job that this process runs in, under every owner it may have.
    job: Vec<Reply>,
    /// Warnings that were found without the Hub.
    oddities: Vec<(Diagnosis, Facts)>,
}

/// Puts every question to the Hub; nothing where the Hub must not be asked.
fn ask(options: &Options, token: &Arc<Token>, started: Instant) -> anyhow::Result<Replies> {
    if options.reach == Reach::Offline {
        return Ok(Replies { asked: options.needs.iter().map(offline).collect(), ..Replies::default() });
    }
    let line = Line {
        endpoint: options.endpoint.clone(),
        deadline: started + options.timeout,
        bundles: options.bundles.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let replies = runtime.block_on(async {
        let hub = Hub::connect(line, Arc::clone(token))?;
        let (whoami, asked) = hub.examine(&options.needs).await;
        let job = match (options.audit, &options.job_id, &whoami.identity) {
            (Audit::Habits, Some(id), Some(identity)) => {
                let owners: Vec<_> = identity.namespaces().map(Into::into).collect();
                hub.find_job(id, &owners).await
            }
            _ => Vec::new(),
        };
        anyhow::Ok(Replies { whoami: Some(whoami), asked, job, oddities: Vec::new() })
    });
    // A thread that still waits for a name server must not hold up the verdict.
    runtime.shutdown_background();
    replies
}

/// The report of a run whose token was sent, or would have been but for `HF_HUB_OFFLINE`.
fn judge(options: &Options, token: &Token, source: &credential::Source, replies: Replies) -> Report {
    let Replies { whoami, asked, job, oddities } = replies;
    let source_name = source.to_string();
    let identity = whoami.as_ref().and_then(|reply| reply.identity.as_ref());
    let scene = Scene { kind: Some(token.kind), identity, ..scene(options, &source_name) };
    let mut warnings: Vec<_> = oddities.into_iter().map(|(diagnosis, facts)| warn(&scene, diagnosis, facts)).collect();
    let now = now();
    let Assessment { findings, warnings: judged } = assess::assess(scene, token, now, whoami.as_ref(), &asked);
    warnings.extend(judged);
    if options.audit == Audit::Habits {
        let habits = habits(options, source, identity, &job, now);
        warnings.extend(habits.into_iter().map(|(diagnosis, facts)| warn(&scene, diagnosis, facts)));
    }
    let found = Words { summary: token.kind.phrase().into(), ..Words::default() };
    let (check, subject, basis) = ("token", source_name.clone(), Basis::Local);
    let first =
        Finding { check, subject, outcome: Outcome::Pass, diagnosis: None, basis, words: found, evidence: None };
    let needs = asked.iter().flat_map(|asked| asked.reply.iter().chain(&asked.follow_ups));
    let requests = whoami.iter().chain(needs).chain(&job);
    Report {
        requests: requests
            .filter(|reply| reply.answer != Answer::Offline)
            .map(|reply| reply.evidence.clone())
            .collect(),
        token: facts_of(token, source, whoami.as_ref().and_then(|reply| reply.identity.as_ref())),
        identity: whoami.and_then(|reply| reply.identity),
        checks: std::iter::once(first).chain(findings).collect(),
        warnings,
        ..blank(options)
    }
}

/// What `--audit` finds: on the Hub, in the job's own record, and in what lies around here.
fn habits(
    options: &Options,
    source: &credential::Source,
    identity: Option<&Identity>,
    job: &[Reply],
    now: Moment,
) -> Vec<(Diagnosis, Facts)> {
    let mut habits = identity.map(|identity| privilege::findings(identity, &options.needs, now)).unwrap_or_default();
    let shown = |reply: &&Reply| {
        reply.job.as_ref().is_some_and(|job| job.environment.iter().any(|name| name == &source.to_string()))
    };
    if let Some(Question::Job(job)) = job.iter().find(shown).map(|reply| &reply.question) {
        habits
            .push((Diagnosis::AuditEnvNotSecret, Facts::default().with("found", format!("{}/{}", job.owner, job.id))));
    }
    let file = match source {
        credential::Source::File(path) => Some(path.as_path()),
        credential::Source::Variable(_) => None,
    };
    habits.extend(audit::findings(&options.command, file));
    habits
}

/// The report of a run in which `diagnosis` decides, without one.
fn rehearse(options: &Options, diagnosis: Diagnosis) -> Report {
    let path = options.token_file.as_ref().map(|path| path.display().to_string());
    let is_file = matches!(diagnosis, Diagnosis::TokenUnreadable | Diagnosis::AuditExposedFile);
    let source = path.unwrap_or_else(|| if is_file { "/run/secrets/hf_token".into() } else { "HF_TOKEN".into() });
    let Rehearsal { identity, checks, warnings } = rehearsal::rehearse(diagnosis, scene(options, &source), now());
    Report { identity, checks, warnings, origin: Origin::Rehearsal, ..blank(options) }
}

/// The report of a run that had no token to send.
fn refuse(options: &Options, shortfall: Shortfall) -> Report {
    let Shortfall { diagnosis, source, facts, oddities } = shortfall;
    let source_name = source.to_string();
    let scene = scene(options, &source_name);
    let words = scene.words(diagnosis, None, None, facts);
    let subject = source_name.clone();
    let token = Finding {
        check: "token",
        subject,
        outcome: Outcome::Fail,
        diagnosis: Some(diagnosis),
        basis: Basis::Local,
        words,
        evidence: None,
    };
    let identity = Finding::skipped("identity", String::new(), "not asked: there is no token");
    let needs =
        options.needs.iter().map(|need| Finding::skipped(need.word(), need.subject(), "not asked: there is no token"));
    Report {
        token: TokenFacts { source: Some(source.tagged()), ..TokenFacts::default() },
        checks: [token, identity].into_iter().chain(needs).collect(),
        warnings: oddities.into_iter().map(|(diagnosis, facts)| warn(&scene, diagnosis, facts)).collect(),
        ..blank(options)
    }
}

/// Becomes COMMAND where the verdict lets it, and ends with the verdict's status otherwise.
fn gate(report: &Report, options: &Options) -> ExitCode {
    let decision = report.decision();
    let excused = decision.verdict == Verdict::Unknown && options.if_unavailable == IfUnavailable::Run;
    if decision.exit == ExitCode::Pass {
        return go_on(options);
    }
    if excused && !options.command.is_empty() {
        output::say("the Hub gave no answer; going on, because of --if-unavailable run");
        return go_on(options);
    }
    decision.exit
}

fn now() -> Moment {
    Moment::at(SystemTime::now()).unwrap_or(Moment::START)
}

fn go_on(options: &Options) -> ExitCode {
    if options.command.is_empty() {
        return ExitCode::Pass;
    }
    let (exit, why) = exec::become_command(&options.command);
    output::say(&output::tidy(&why));
    exit
}

fn scene<'a>(options: &'a Options, source: &'a str) -> Scene<'a> {
    Scene { source, kind: None, endpoint: &options.endpoint, identity: None, needs: &options.needs }
}

fn warn(scene: &Scene<'_>, diagnosis: Diagnosis, facts: Facts) -> Warning {
    Warning { diagnosis, words: scene.words(diagnosis, None, None, facts) }
}

/// A need that would have been asked about.
fn offline(need: &Need) -> Asked {
    let reply = need.question().map(|question| Reply {
        question,
        answer: Answer::Offline,
        evidence: Evidence::default(),
        identity: None,
        job: None,
        landed: None,
    });
    Asked { need: need.clone(), reply, follow_ups: Vec::new() }
}

fn facts_of(token: &Token, source: &credential::Source, identity: Option<&Identity>) -> TokenFacts {
    let access = identity.and_then(|identity| identity.access.as_ref());
    TokenFacts {
        source: Some(source.tagged()),
        kind: Some(token.kind),
        role: access.map(|access| match &access.role {
            TokenRole::Read => "read".into(),
            TokenRole::Write => "write".into(),
            TokenRole::FineGrained(_) => "fineGrained".into(),
            TokenRole::Other(role) => role.clone(),
        }),
        name: access.and_then(|access| access.name.clone()),
        created_at: access.and_then(|access| access.created_at),
        expires_at: identity
            .and_then(Identity::token_expires_at)
            .or(token.claims.expires_at.and_then(Moment::from_unix)),
    }
}

fn blank(options: &Options) -> Report {
    Report {
        endpoint: options.endpoint.to_string(),
        elapsed: std::time::Duration::ZERO,
        token: TokenFacts::default(),
        identity: None,
        checks: Vec::new(),
        warnings: Vec::new(),
        requests: Vec::new(),
        strictness: options.strictness,
        origin: Origin::Run,
    }
}
