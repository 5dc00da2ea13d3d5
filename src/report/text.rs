use std::fmt::Write;
use std::iter;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::message::Message;
use crate::model::reply::Exchange;
use crate::report::options::{Destination, Verbosity};
use crate::report::wrap::{self, WIDTH};
use crate::report::{Basis, Finding, Outcome, Report, Verdict};

/// How the text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colour or without.
    pub paint: Paint,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Who reads it.
    pub destination: Destination,
}

/// Colour, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Escape sequences of ECMA-48.
    Ansi,
    /// Bare text.
    Plain,
}

impl Paint {
    fn on(self, color: &str, text: &str) -> String {
        match self {
            Self::Ansi => format!("\x1b[{color}m{text}\x1b[0m"),
            Self::Plain => text.into(),
        }
    }
}

const GREEN: &str = "32";
const RED: &str = "1;31";
const YELLOW: &str = "33";
const DIM: &str = "2";

/// The report for people: one line per check, then a block per failure, then what it comes to.
pub fn render(report: &Report, style: Style) -> String {
    let decision = report.decision();
    let passed = decision.diagnosis.is_none();
    match style.verbosity {
        Verbosity::Quiet if passed => return String::new(),
        Verbosity::Normal if passed && style.destination == Destination::BeforeCommand => return brief(report, style),
        Verbosity::Quiet | Verbosity::Normal | Verbosity::Verbose => {}
    }
    let mut text = String::new();
    if style.verbosity != Verbosity::Quiet {
        let width = report.checks().map(|finding| finding.check.len()).max().unwrap_or_default();
        for finding in report.checks() {
            text.push_str(&line(finding, width, style.paint));
        }
    }
    if style.verbosity == Verbosity::Verbose {
        text.push('\n');
        for exchange in &report.requests {
            text.push_str(&request(exchange));
        }
    }
    let mut shown: Vec<Diagnosis> = Vec::new();
    for finding in report.checks() {
        let Some((diagnosis, _)) = finding.failure().filter(|(diagnosis, _)| !shown.contains(diagnosis)) else {
            continue;
        };
        let color = if finding.outcome == Outcome::Fail { RED } else { YELLOW };
        let others =
            report.checks().filter(|other| other.diagnosis == Some(diagnosis) && other.message != finding.message);
        block(
            &mut text,
            &style.paint.on(color, diagnosis.code()),
            diagnosis,
            &finding.message,
            &others.collect::<Vec<_>>(),
        );
        shown.push(diagnosis);
    }
    warnings(&mut text, report, style.paint);
    let blank = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{blank}hf-token-check: {}", result(report, style.paint));
    text
}

fn warnings(text: &mut String, report: &Report, paint: Paint) {
    for warning in &report.warnings {
        let title = format!("{} {}", paint.on(YELLOW, "warning:"), warning.diagnosis.code());
        block(text, &title, warning.diagnosis, &warning.message, &[]);
    }
}

/// A pass in one line, before the COMMAND's own output, and a block per warning.
fn brief(report: &Report, style: Style) -> String {
    let who = report.identity.message.summary.as_str();
    let granted = match report.requirements.len() {
        0 => String::new(),
        1 => "; 1 requirement granted".into(),
        many => format!("; {many} requirements granted"),
    };
    let mut text = format!("hf-token-check: {}: {who}{granted}\n", result(report, style.paint));
    warnings(&mut text, report, style.paint);
    text
}

fn line(finding: &Finding, width: usize, paint: Paint) -> String {
    let (color, mark) = match finding.outcome {
        Outcome::Pass => (GREEN, "ok"),
        Outcome::Fail => (RED, "FAIL"),
        Outcome::Unknown => (YELLOW, "?"),
        Outcome::Skipped => (DIM, "-"),
    };
    let mark = paint.on(color, &format!("{mark:<4}"));
    let told = match (finding.outcome, finding.diagnosis) {
        (Outcome::Fail | Outcome::Unknown, Some(diagnosis)) => join(&finding.subject, diagnosis.code()),
        (Outcome::Skipped, _) => join(&finding.subject, &finding.message.summary),
        (Outcome::Pass | Outcome::Fail | Outcome::Unknown, _) if finding.check == "identity" => {
            finding.message.summary.clone()
        }
        (Outcome::Pass | Outcome::Fail | Outcome::Unknown, _) if finding.check == "token" => {
            join(&finding.subject, &finding.message.summary)
        }
        (Outcome::Pass | Outcome::Fail | Outcome::Unknown, _) => match finding.basis {
            Basis::Inferred if !finding.message.summary.is_empty() => format!("{} (inferred)", finding.message.summary),
            Basis::Inferred => format!("{} (inferred)", finding.subject),
            Basis::Asked | Basis::Local => finding.subject.clone(),
        },
    };
    let first = format!("  {mark}  {:<width$}  ", finding.check);
    let mut text = String::new();
    wrap::fold(&mut text, &first, &" ".repeat(10 + width), &told, WIDTH);
    text
}

fn join(subject: &str, message: &str) -> String {
    match (subject.is_empty(), message.is_empty()) {
        (true, _) => message.into(),
        (_, true) => subject.into(),
        (false, false) => format!("{subject}: {message}"),
    }
}

/// One diagnosis: the wording of the first finding that has it, and of `others` their names and what only they say.
fn block(text: &mut String, title: &str, diagnosis: Diagnosis, message: &Message, others: &[&Finding]) {
    let _ = writeln!(text, "\n{title}");
    let end = if message.summary.ends_with(['.', '?', '!']) { "" } else { "." };
    wrap::fold(text, "  ", "  ", &format!("{}{end}", message.summary), WIDTH);
    let names: Vec<_> = others.iter().map(|other| format!("{} {}", other.check, other.subject)).collect();
    if !names.is_empty() {
        wrap::fold(text, "  also: ", "        ", &names.join(", "), WIDTH);
    }
    let messages = || iter::once(message).chain(others.iter().map(|other| &other.message));
    paragraphs(text, "why", messages().flat_map(|message| &message.why));
    paragraphs(text, "fix", messages().flat_map(|message| &message.fix));
    let _ = writeln!(text, "  more: hf-token-check --explain {}", diagnosis.code());
}

/// Every line once, after a label of three letters.
fn paragraphs<'a>(text: &mut String, label: &str, lines: impl Iterator<Item = &'a String>) {
    let mut shown: Vec<&String> = Vec::new();
    for line in lines {
        if !shown.contains(&line) {
            let first = if shown.is_empty() { format!("  {label}: ") } else { "       ".into() };
            wrap::fold(text, &first, "       ", line, WIDTH);
            shown.push(line);
        }
    }
}

fn request(exchange: &Exchange) -> String {
    let outcome = match (exchange.status, &exchange.detail) {
        (Some(status), _) => status.to_string(),
        (None, Some(detail)) => detail.clone(),
        (None, None) => "no answer".into(),
    };
    let mut line = format!("  GET {} -> {outcome}, {} ms", exchange.url, exchange.elapsed.as_millis());
    if exchange.attempts > 1 {
        let _ = write!(line, ", {} attempts", exchange.attempts);
    }
    for (name, value) in
        [("code", &exchange.error_code), ("message", &exchange.error_message), ("request", &exchange.request_id)]
    {
        if let Some(value) = value {
            let _ = write!(line, ", {name} {value:?}");
        }
    }
    line + "\n"
}

/// The result of the run, once: `pass in 143 ms`, `FAILED (exit 43, forbidden)`.
fn result(report: &Report, paint: Paint) -> String {
    let decision = report.decision();
    let exit = format!("exit {}, {}", decision.exit.number(), decision.exit.name());
    let elapsed = elapsed(report.elapsed);
    match decision.verdict {
        Verdict::Pass if report.warnings.iter().any(|warning| warning.diagnosis == Diagnosis::TokenShadowed) => {
            let subject = &report.token.subject;
            format!("{} for {subject} only, see the warning", paint.on(YELLOW, "pass"))
        }
        Verdict::Pass => format!("{} in {elapsed}", paint.on(GREEN, "pass")),
        Verdict::Fail => format!("{} ({exit})", paint.on(RED, "FAILED")),
        Verdict::Unknown => format!("{} ({exit}) after {elapsed}", paint.on(YELLOW, "UNKNOWN")),
    }
}

fn elapsed(elapsed: std::time::Duration) -> String {
    match elapsed.as_millis() {
        millis @ 0..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", elapsed.as_secs_f64()),
    }
}
