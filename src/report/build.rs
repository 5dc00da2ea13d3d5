//! The report of each kind of run: judged, refused for want of a token, rehearsed.

use std::time::SystemTime;

use crate::cli::options::{Audit, Options};
use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::message::Message;
use crate::diagnosis::message::MessageContext;
use crate::diagnosis::params::Params;
use crate::env::Env;
use crate::model::author::{Author, HubKind};
use crate::model::identity::{Identity, TokenRole};
use crate::model::reply::{Job, JobReply, WhoamiReply};
use crate::model::timestamp::Timestamp;
use crate::policy::assess::{self, Assessment, Replies};
use crate::policy::least_privilege;
use crate::rehearse::{self, Heard, Rehearsal};
use crate::report::{Basis, Finding, Origin, Outcome, Report, TokenFacts, Warning};
use crate::token::kind::TokenInfo;
use crate::token::source::{self, MissingToken};

/// The report of a run whose token was sent, or would have been but for `HF_HUB_OFFLINE`.
pub fn judged(
    options: &Options,
    info: &TokenInfo,
    source: &source::Source,
    replies: Replies,
    local: Timestamp,
) -> Report {
    let (clock, hub) = (replies.clock(local), replies.hub(options.endpoint.site()));
    let requests = replies.exchanges().cloned().collect();
    let Replies { whoami, asked, job, token_warnings, hidden_login, practices } = replies;
    let source_name = source.to_string();
    let identity = whoami.as_ref().and_then(WhoamiReply::identity);
    let context = MessageContext {
        kind: Some(info.kind),
        hub,
        identity,
        hidden_login: hidden_login.as_deref(),
        ..context(options, &source_name)
    };
    let mut warnings: Vec<_> =
        token_warnings.into_iter().map(|(diagnosis, params)| warning(&context, diagnosis, params)).collect();
    let Assessment { identity: identity_finding, requirements, warnings: judged } =
        assess::assess(context, info, clock, whoami.as_ref(), &asked);
    warnings.extend(judged);
    if options.audit == Audit::Practices {
        let on_the_hub = habits_on_the_hub(options, &source_name, identity, &job, clock.now);
        warnings.extend(
            on_the_hub.into_iter().chain(practices).map(|(diagnosis, params)| warning(&context, diagnosis, params)),
        );
    }
    let found = Message { summary: info.kind.phrase().into(), ..Message::default() };
    let (check, subject, basis) = ("token", source_name.clone(), Basis::Local);
    let token =
        Finding { check, subject, outcome: Outcome::Pass, diagnosis: None, basis, message: found, exchange: None };
    Report {
        requests,
        token_facts: token_facts(info, source, identity),
        holder: identity.cloned(),
        warnings,
        ..blank(options, token, identity_finding, requirements)
    }
}

/// What `--audit` finds on the Hub: the token's rights and age, and the job's own record.
fn habits_on_the_hub(
    options: &Options,
    source: &str,
    identity: Option<&Identity>,
    job: &[JobReply],
    now: Timestamp,
) -> Vec<(Diagnosis, Params)> {
    let mut practices =
        identity.map(|identity| least_privilege::findings(identity, &options.requirements, now)).unwrap_or_default();
    let shown = |reply: &&JobReply| match &reply.answer {
        Job::Shown(record) => record.environment.iter().any(|name| name == source),
        Job::NotShown | Job::NoAnswer(_) => false,
    };
    if let Some(job) = job.iter().find(shown).map(|reply| &reply.question) {
        practices
            .push((Diagnosis::AuditEnvNotSecret, Params::default().with("found", format!("{}/{}", job.owner, job.id))));
    }
    practices
}

/// The report of a run in which `diagnosis` decides, without one.
pub fn rehearsed(options: &Options, env: &Env, diagnosis: Diagnosis) -> Report {
    let now = now();
    let Rehearsal { options, found, left_out } = rehearse::rehearse(diagnosis, options, env, now);
    let mut report = match found {
        Err(missing) => refused(&options, missing),
        Ok(Heard { info, source, replies }) => judged(&options, &info, &source, replies, now),
    };
    for at in left_out {
        let requirement = &options.requirements[at];
        let why = "not rehearsed: this case does not grant it";
        report.requirements.insert(at, Finding::skipped(requirement.name(), requirement.subject(), why));
    }
    report.origin = Origin::Rehearsal;
    report
}

/// The report of a run that had no token to send.
pub fn refused(options: &Options, missing: MissingToken) -> Report {
    let MissingToken { diagnosis, source, params, token_warnings, .. } = missing;
    let source_name = source.to_string();
    let context = context(options, &source_name);
    let message = context.message(diagnosis, None, None, params);
    let subject = source_name.clone();
    let token = Finding {
        check: "token",
        subject,
        outcome: Outcome::of(Some(diagnosis)),
        diagnosis: Some(diagnosis),
        basis: Basis::Local,
        message,
        exchange: None,
    };
    let identity = Finding::skipped("identity", String::new(), "skipped: no token");
    let requirements = options
        .requirements
        .iter()
        .map(|requirement| Finding::skipped(requirement.name(), requirement.subject(), "skipped: no token"));
    Report {
        token_facts: TokenFacts { source: Some(source.tagged()), ..TokenFacts::default() },
        warnings: token_warnings.into_iter().map(|(diagnosis, params)| warning(&context, diagnosis, params)).collect(),
        ..blank(options, token, identity, requirements.collect())
    }
}

/// A warning about the process or its variables, whatever the token is.
pub fn warn(options: &Options, diagnosis: Diagnosis, params: Params) -> Warning {
    warning(&context(options, ""), diagnosis, params)
}

/// The clock.
pub fn now() -> Timestamp {
    Timestamp::at(SystemTime::now()).unwrap_or(Timestamp::START)
}

fn context<'a>(options: &'a Options, source: &'a str) -> MessageContext<'a> {
    MessageContext {
        timeout: options.timeout,
        source,
        platform: options.platform,
        kind: None,
        hidden_login: None,
        endpoint: &options.endpoint,
        hub: HubKind::of(options.endpoint.site(), Author::Unknown),
        identity: None,
        requirements: &options.requirements,
    }
}

fn warning(context: &MessageContext<'_>, diagnosis: Diagnosis, params: Params) -> Warning {
    Warning { diagnosis, message: context.message(diagnosis, None, None, params) }
}

fn token_facts(info: &TokenInfo, source: &source::Source, identity: Option<&Identity>) -> TokenFacts {
    let access = identity.and_then(|identity| identity.access.as_ref());
    TokenFacts {
        source: Some(source.tagged()),
        kind: Some(info.kind),
        role: access.map(|access| match &access.role {
            TokenRole::Read => "read".into(),
            TokenRole::Write => "write".into(),
            TokenRole::FineGrained(_) => "fineGrained".into(),
            TokenRole::Other(role) => role.clone(),
        }),
        name: access.and_then(|access| access.name.clone()),
        created_at: access.and_then(|access| access.created_at),
        expires_at: identity
            .and_then(|identity| identity.expiry().moment())
            .or(info.claims.expires_at.and_then(Timestamp::from_unix)),
    }
}

/// A report with these checks and nothing else.
fn blank(options: &Options, token: Finding, identity: Finding, requirements: Vec<Finding>) -> Report {
    Report {
        endpoint: options.endpoint.to_string(),
        elapsed: std::time::Duration::ZERO,
        token_facts: TokenFacts::default(),
        holder: None,
        token,
        identity,
        requirements,
        warnings: Vec::new(),
        requests: Vec::new(),
        strictness: options.strictness,
        origin: Origin::Run,
    }
}
