//! What GitHub Actions shows and passes on: annotations, the step's summary and its outputs.

use std::path::{self, Path};

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::message::Message;
use crate::report::Report;

/// The findings as workflow commands: an error per failure, a warning per warning, a notice for a pass. What the Hub said
/// is escaped, so that no message can forge a command.
pub fn annotations(report: &Report) -> String {
    let mut text = String::new();
    for finding in report.checks() {
        if let Some((diagnosis, _)) = finding.failure() {
            text.push_str(&command("error", diagnosis.code(), &finding.message));
        }
    }
    for warning in &report.warnings {
        text.push_str(&command("warning", warning.diagnosis.code(), &warning.message));
    }
    if report.decision().diagnosis.is_none() {
        let message = Message { summary: "everything that was asked for is granted".into(), ..Message::default() };
        text.push_str(&command("notice", "pass", &message));
    }
    text
}

/// The text report as Markdown, in a fence that nothing inside it can close.
pub fn summary(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("### hf-token-check\n\n{fence}text\n{text}{fence}\n")
}

/// The outputs `exit`, `code` (empty for a pass) and `report` (the absolute path of `file`; empty without one), in the form
/// of `$GITHUB_OUTPUT`.
pub fn outputs(report: &Report, file: Option<&Path>) -> String {
    let decision = report.decision();
    let file =
        file.and_then(|file| path::absolute(file).ok()).and_then(|file| file.into_os_string().into_string().ok());
    output("exit", &decision.exit.number().to_string())
        + &output("code", decision.diagnosis.map_or("", Diagnosis::code))
        + &output("report", &file.unwrap_or_default())
}

/// One output. A value with a line break is put between delimiters that it cannot contain.
fn output(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    let delimiter = format!("ghadelimiter_{:032x}", fastrand::u128(..));
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

fn command(level: &str, title: &str, message: &Message) -> String {
    let why = message.why.iter().map(|line| format!("\nwhy: {line}"));
    let fix = message.fix.iter().map(|line| format!("\nfix: {line}"));
    let message: String = std::iter::once(message.summary.clone()).chain(why).chain(fix).collect();
    format!(
        "::{level} title={}::{}\n",
        escape(&format!("hf-token-check: {title}"), &[(':', "%3A"), (',', "%2C")]),
        escape(&message, &[])
    )
}

/// The escapes of GitHub's toolkit: `%`, CR and LF everywhere, and `:` and `,` in properties.
fn escape(text: &str, more: &[(char, &str)]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            _ => match more.iter().find(|(special, _)| *special == c) {
                Some((_, code)) => escaped.push_str(code),
                None => escaped.push(c),
            },
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_can_forge_a_command_or_leave_its_fence() {
        let message = Message {
            summary: "100%\r\n::set-output name=x::y".into(),
            why: vec!["a\n::error::b".into()],
            fix: vec![],
        };
        let text = command("error", "a:b,c\n::d", &message);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.starts_with("::error title=hf-token-check%3A a%3Ab%2Cc%0A%3A%3Ad::100%25%0D%0A::set-output"),
            "{text}"
        );
        let summary = summary("evil\n```\n<b>`````</b>\n");
        assert!(summary.contains("\n``````text\n") && summary.ends_with("``````\n"), "{summary}");
    }
}
