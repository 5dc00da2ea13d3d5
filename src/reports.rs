//! The report of each kind of run: judged, refused for want of a token, rehearsed.

use std::time::SystemTime;

use crate::credential::{self, Shortfall};
use crate::domain::answer::{Answer, Reply};
use crate::domain::assess::{self, Assessment, Replies};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::expiry::Moment;
use crate::domain::facts::Facts;
use crate::domain::identity::{Identity, TokenRole};
use crate::domain::need::Question;
use crate::domain::privilege;
use crate::domain::reasons::Scene;
use crate::domain::report::{Basis, Finding, Origin, Outcome, Report, TokenFacts, Warning, Words};
use crate::domain::token::Nature;
use crate::options::{Audit, Options};
use crate::rehearsal::{self, Heard, Rehearsal};

/// The report of a run whose token was sent, or would have been but for `HF_HUB_OFFLINE`.
pub(crate) fn judged(
    options: &Options,
    nature: &Nature,
    source: &credential::Source,
    replies: Replies,
    now: Moment,
) -> Report {
    let Replies { whoami, asked, job, oddities, habits } = replies;
    let source_name = source.to_string();
    let identity = whoami.as_ref().and_then(|reply| reply.identity.as_deref());
    let scene = Scene { kind: Some(nature.kind), identity, ..scene(options, &source_name) };
    let mut warnings: Vec<_> = oddities.into_iter().map(|(diagnosis, facts)| warn(&scene, diagnosis, facts)).collect();
    let Assessment { findings, warnings: judged } = assess::assess(scene, nature, now, whoami.as_ref(), &asked);
    warnings.extend(judged);
    if options.audit == Audit::Habits {
        let on_the_hub = habits_on_the_hub(options, &source_name, identity, &job, now);
        warnings.extend(on_the_hub.into_iter().chain(habits).map(|(diagnosis, facts)| warn(&scene, diagnosis, facts)));
    }
    let found = Words { summary: nature.kind.phrase().into(), ..Words::default() };
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
        token: facts_of(nature, source, identity),
        identity: whoami.and_then(|reply| reply.identity).map(|identity| *identity),
        checks: std::iter::once(first).chain(findings).collect(),
        warnings,
        ..blank(options)
    }
}

/// What `--audit` finds on the Hub: the token's rights and age, and the job's own record.
fn habits_on_the_hub(
    options: &Options,
    source: &str,
    identity: Option<&Identity>,
    job: &[Reply],
    now: Moment,
) -> Vec<(Diagnosis, Facts)> {
    let mut habits = identity.map(|identity| privilege::findings(identity, &options.needs, now)).unwrap_or_default();
    let shown =
        |reply: &&Reply| reply.job.as_ref().is_some_and(|job| job.environment.iter().any(|name| name == source));
    if let Some(Question::Job(job)) = job.iter().find(shown).map(|reply| &reply.question) {
        habits
            .push((Diagnosis::AuditEnvNotSecret, Facts::default().with("found", format!("{}/{}", job.owner, job.id))));
    }
    habits
}

/// The report of a run in which `diagnosis` decides, without one.
pub(crate) fn rehearsed(options: &Options, diagnosis: Diagnosis) -> Report {
    let now = now();
    let Rehearsal { options, found, left_out } = rehearsal::rehearse(diagnosis, options, now);
    let mut report = match found {
        Err(shortfall) => refused(&options, shortfall),
        Ok(Heard { nature, source, replies }) => judged(&options, &nature, &source, replies, now),
    };
    for at in left_out {
        let need = &options.needs[at];
        let why = "not rehearsed: this case does not grant it";
        // The token and the identity come first.
        report.checks.insert(2 + at, Finding::skipped(need.word(), need.subject(), why));
    }
    report.origin = Origin::Rehearsal;
    report
}

/// The report of a run that had no token to send.
pub(crate) fn refused(options: &Options, shortfall: Shortfall) -> Report {
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

/// The warning of `--rank-zero-only` in a process whose rank nobody knows.
pub(crate) fn malformed_rank(options: &Options, name: &str) -> Warning {
    warn(&scene(options, ""), Diagnosis::RankMalformed, Facts::default().with("found", name))
}

/// The clock.
pub(crate) fn now() -> Moment {
    Moment::at(SystemTime::now()).unwrap_or(Moment::START)
}

fn scene<'a>(options: &'a Options, source: &'a str) -> Scene<'a> {
    Scene { source, kind: None, endpoint: &options.endpoint, identity: None, needs: &options.needs }
}

fn warn(scene: &Scene<'_>, diagnosis: Diagnosis, facts: Facts) -> Warning {
    Warning { diagnosis, words: scene.words(diagnosis, None, None, facts) }
}

fn facts_of(nature: &Nature, source: &credential::Source, identity: Option<&Identity>) -> TokenFacts {
    let access = identity.and_then(|identity| identity.access.as_ref());
    TokenFacts {
        source: Some(source.tagged()),
        kind: Some(nature.kind),
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
            .or(nature.claims.expires_at.and_then(Moment::from_unix)),
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
