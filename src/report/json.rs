use serde::Serialize;

use crate::diagnosis::catalog::Diagnosis;
use crate::model::reply::Exchange;
use crate::report::{Finding, Origin, Report, Warning};
use crate::token::kind::TokenKind;

/// The version of the shape; it changes only where something is taken away or changes its meaning.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: Tool,
    rehearsal: bool,
    verdict: &'static str,
    exit: u8,
    code: Option<&'static str>,
    endpoint: &'a str,
    elapsed_ms: u128,
    token: TokenPart<'a>,
    identity: Option<IdentityPart<'a>>,
    checks: Vec<CheckPart<'a>>,
    warnings: Vec<WarningPart<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct TokenPart<'a> {
    source: Option<&'a str>,
    kind: Option<&'static str>,
    role: Option<&'a str>,
    name: Option<&'a str>,
    created_at: Option<String>,
    expires_at: Option<String>,
}

#[derive(Serialize)]
struct IdentityPart<'a> {
    r#type: Option<&'a str>,
    name: &'a str,
    orgs: Vec<OrgPart<'a>>,
}

#[derive(Serialize)]
struct OrgPart<'a> {
    name: &'a str,
    role: &'static str,
}

#[derive(Serialize)]
struct CheckPart<'a> {
    check: &'static str,
    subject: &'a str,
    result: &'static str,
    code: Option<&'static str>,
    basis: &'static str,
    summary: &'a str,
    why: &'a [String],
    fix: &'a [String],
    http: Option<HttpPart<'a>>,
}

#[derive(Serialize)]
struct HttpPart<'a> {
    method: &'static str,
    url: &'a str,
    status: Option<u16>,
    error_code: Option<&'a str>,
    error_message: Option<&'a str>,
    detail: Option<&'a str>,
    request_id: Option<&'a str>,
    attempts: u32,
    elapsed_ms: u128,
    retry_after_s: Option<u64>,
}

#[derive(Serialize)]
struct WarningPart<'a> {
    code: &'static str,
    summary: &'a str,
    why: &'a [String],
    fix: &'a [String],
}

/// The report as one JSON object and a line feed; described by `docs/report.schema.json`.
pub fn render(report: &Report) -> String {
    let decision = report.decision();
    let token = &report.token_facts;
    let document = Document {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        rehearsal: report.origin == Origin::Rehearsal,
        verdict: decision.verdict.word(),
        exit: decision.exit.number(),
        code: decision.diagnosis.map(Diagnosis::code),
        endpoint: &report.endpoint,
        elapsed_ms: report.elapsed.as_millis(),
        token: TokenPart {
            source: token.source.as_deref(),
            kind: token.kind.map(TokenKind::name),
            role: token.role.as_deref(),
            name: token.name.as_deref(),
            created_at: token.created_at.map(|timestamp| timestamp.to_string()),
            expires_at: token.expires_at.map(|timestamp| timestamp.to_string()),
        },
        identity: report.holder.as_ref().map(|identity| IdentityPart {
            r#type: identity.kind.as_deref(),
            name: &identity.name,
            orgs: identity.orgs.iter().map(|org| OrgPart { name: &org.name, role: org.role.name() }).collect(),
        }),
        checks: report.checks().map(check).collect(),
        warnings: report.warnings.iter().map(warning).collect(),
    };
    // Only maps with keys that are no strings, and broken writers, fail to serialize: there is neither here.
    serde_json::to_string(&document).map(|text| text + "\n").unwrap_or_default()
}

fn check(finding: &Finding) -> CheckPart<'_> {
    CheckPart {
        check: finding.check,
        subject: &finding.subject,
        result: finding.outcome.word(),
        code: finding.diagnosis.map(Diagnosis::code),
        basis: finding.basis.word(),
        summary: &finding.message.summary,
        why: &finding.message.why,
        fix: &finding.message.fix,
        http: finding.exchange.as_ref().filter(|exchange| !exchange.url.is_empty()).map(http),
    }
}

fn http(exchange: &Exchange) -> HttpPart<'_> {
    HttpPart {
        method: "GET",
        url: &exchange.url,
        status: exchange.status,
        error_code: exchange.error_code.as_deref(),
        error_message: exchange.error_message.as_deref(),
        detail: exchange.detail.as_deref(),
        request_id: exchange.request_id.as_deref(),
        attempts: exchange.attempts,
        elapsed_ms: exchange.elapsed.as_millis(),
        retry_after_s: exchange.retry_after.map(|wait| wait.as_secs()),
    }
}

fn warning(warning: &Warning) -> WarningPart<'_> {
    WarningPart {
        code: warning.diagnosis.code(),
        summary: &warning.message.summary,
        why: &warning.message.why,
        fix: &warning.message.fix,
    }
}
