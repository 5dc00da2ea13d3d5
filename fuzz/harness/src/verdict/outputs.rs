//! What leaves the process, in every format and manner.

use crate::oracle::{hides, is_visible};
use crate::verdict::Run;
use hf_token_check::internals::report::options::{Destination, Verbosity};
use hf_token_check::internals::report::write::{Pages, Paint, Style};
use hf_token_check::internals::report::{Finding, Outcome, Report, Verdict};
use hf_token_check::internals::token::redact::Redactor;

impl Run {
    /// Every output, in every manner: no part of the token, nothing that harms a terminal, a log or a parser.
    pub fn is_told_safely(&self, report: &Report) {
        let decision = report.decision();
        let secret = self.token.expose();
        let redactor = Redactor::default().and(self.token.secret());
        let pages = Pages { report, redactor: &redactor };
        let json = pages.json();
        hides(secret, &json);
        let parsed: serde_json::Value = serde_json::from_str(&json).expect("a report that is JSON");
        let code = decision.diagnosis.map(|diagnosis| redactor.page(diagnosis.code()));
        assert_eq!(json.lines().count(), 1, "one object on one line");
        assert_eq!(parsed["verdict"], decision.verdict.word());
        assert_eq!(parsed["exit"], decision.exit.number());
        assert_eq!(parsed["code"].as_str(), code.as_deref());
        let results = parsed["checks"].as_array().expect("checks").iter().map(|check| check["result"].as_str());
        assert!(results.eq(report.checks().map(|finding| Some(finding.outcome.word()))), "{json}");
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            for destination in [Destination::Caller, Destination::BeforeCommand] {
                for paint in
                    [Paint::Plain, Paint::Ansi].into_iter().take(1 + usize::from(verbosity == Verbosity::Verbose))
                {
                    let text = pages.text(Style { paint, verbosity, destination });
                    hides(secret, &text);
                    let bare = ["\x1b[0m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m", "\x1b[2m"].iter().fold(
                        text.clone(),
                        |text, code| if paint == Paint::Ansi { text.replace(code, "") } else { text },
                    );
                    is_visible(&bare);
                    assert_eq!(
                        text.is_empty(),
                        verbosity == Verbosity::Quiet && decision.verdict == Verdict::Pass,
                        "{text}"
                    );
                }
            }
        }
        let annotations = pages.annotations();
        hides(secret, &annotations);
        is_visible(&annotations);
        let named = |finding: &&Finding| {
            matches!(finding.outcome, Outcome::Fail | Outcome::Unknown)
                && finding.diagnosis.is_some_and(|diagnosis| diagnosis.exit().is_some())
        };
        let due = report.checks().filter(named).count()
            + report.warnings.len()
            + usize::from(decision.verdict == Verdict::Pass);
        let is_command =
            |line: &str| ["::error ", "::warning ", "::notice "].iter().any(|level| line.starts_with(level));
        assert!(annotations.lines().all(is_command) && annotations.lines().count() == due, "{due}: {annotations}");
        let summary = pages.summary();
        hides(secret, &summary);
        is_visible(&summary);
        let fence = summary.lines().last().unwrap_or_default();
        let closings = summary.lines().skip(3).filter(|line| line.trim_start().starts_with(fence)).count();
        assert!(fence.len() >= 3 && fence.chars().all(|c| c == '`') && closings == 1, "{summary}");
    }
}
