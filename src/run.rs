use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::credential;
use crate::domain::assess::{Asked, Replies};
use crate::domain::exit_code::ExitCode;
use crate::domain::need::Need;
use crate::domain::report::{Report, Strictness, Verdict};
use crate::domain::token::Token;
use crate::hub::{self, Hub, Line, Wanted, Way};
use crate::options::{Audit, IfUnavailable, Options, Ranks, Reach, Request};
use crate::rank::{self, Rank};
use crate::reports;
use crate::{audit, exec, explain, options, output, seal};

/// How long after the deadline the verdict waits for its reasons.
const GRACE: Duration = Duration::from_millis(500);

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
    let rank = if options.ranks == Ranks::ZeroOnly { rank::find() } else { Rank::Zero };
    if rank == Rank::Other {
        return go_on(options);
    }
    if let Some(reason) = &options.skip {
        output::say(&format!("skipped, nothing was checked (HF_TOKEN_CHECK_SKIP: {})", output::tidy(reason)));
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
        let mut report = reports::rehearsed(options, diagnosis);
        report.elapsed = started.elapsed();
        output::say(&format!("rehearsal of {}: no token was read, and the Hub was not asked", diagnosis.code()));
        output::deliver(&report, &options.manner, None);
        return Ok(gate(&report, options));
    }
    seal::memory();
    let credential = credential::find(options.token_file.as_deref(), options.timeout);
    let (mut report, token) = match credential {
        Err(shortfall) => (reports::refused(options, shortfall), None),
        Ok(credential) => {
            let way = Way::to(&options.endpoint);
            let token = Arc::new(credential.token.beside(way.secrets()));
            let mut replies = ask(options, &token, way, started)?;
            replies.oddities = credential.oddities;
            if options.audit == Audit::Habits {
                replies.habits = audit::findings(&options.command, credential.source.file());
            }
            (reports::judged(options, &token.nature, &credential.source, replies, reports::now()), Some(token))
        }
    };
    if let Rank::Malformed(name) = rank {
        report.warnings.insert(0, reports::malformed_rank(options, name));
    }
    report.elapsed = started.elapsed();
    output::deliver(&report, &options.manner, token.as_deref());
    drop(token);
    Ok(gate(&report, options))
}

/// Puts every question to the Hub; nothing where the Hub must not be asked.
fn ask(options: &Options, token: &Arc<Token>, way: Way, started: Instant) -> anyhow::Result<Replies> {
    if options.reach == Reach::Offline {
        return Ok(Replies { asked: options.needs.iter().map(Asked::offline).collect(), ..Replies::default() });
    }
    let line = Line {
        endpoint: options.endpoint.clone(),
        deadline: started + options.timeout,
        bundles: options.bundles.clone(),
        way,
    };
    let deadline = line.deadline;
    let inquiry = Inquiry {
        needs: options.needs.clone(),
        identity: match (options.strictness, options.audit) {
            (Strictness::Lenient, Audit::Nothing) => Wanted::ToExplain,
            (Strictness::Strict, _) | (_, Audit::Habits) => Wanted::ForItself,
        },
        job: options.job_id.clone().filter(|_| options.audit == Audit::Habits),
    };
    let shared = Arc::clone(token);
    hub::in_time(deadline + GRACE, move || inquiry.make(line, shared)).unwrap_or_else(|| {
        let (whoami, asked) = hub::unanswered(&options.endpoint, &options.needs);
        Ok(Replies { whoami: Some(whoami), asked, ..Replies::default() })
    })
}

/// What is asked of the Hub.
struct Inquiry {
    needs: Vec<Need>,
    identity: Wanted,
    /// Whose record is looked at for habits.
    job: Option<String>,
}

impl Inquiry {
    fn make(self, line: Line, token: Arc<Token>) -> anyhow::Result<Replies> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let replies = runtime.block_on(async {
            let hub = Hub::connect(line, token)?;
            let (whoami, asked) = hub.examine(&self.needs, self.identity).await;
            let job = match (&self.job, &whoami.identity) {
                (Some(id), Some(identity)) => {
                    let owners: Vec<_> = identity.namespaces().map(Into::into).collect();
                    hub.find_job(id, &owners).await
                }
                _ => Vec::new(),
            };
            Ok(Replies { whoami: Some(whoami), asked, job, ..Replies::default() })
        });
        // What still waits for an answer must not hold up the verdict.
        runtime.shutdown_background();
        replies
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

fn go_on(options: &Options) -> ExitCode {
    if options.command.is_empty() {
        return ExitCode::Pass;
    }
    let (exit, why) = exec::become_command(&options.command);
    output::say(&output::tidy(&why));
    exit
}
