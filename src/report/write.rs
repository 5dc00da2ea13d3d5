//! Delivers the report: to the streams, to the file of `--report`, to GitHub's files. Every text leaves through [`Pages`].

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Instant;

use crate::model::printable;
use crate::process::bounded;
use crate::report::options::{Color, Destination, Format, OutputOptions, Verbosity};
pub use crate::report::text::{Paint, Style};
use crate::report::{Report, console, file};
use crate::report::{github, json, text};
use crate::token::redact::Redactor;

/// Prints and writes the report as the options say. What cannot be written by `until` is left out with a warning: the
/// verdict never waits for a reader, and never changes because of one.
pub fn deliver(report: &Report, output: &OutputOptions, redactor: &Redactor, until: Instant) {
    let pages = Pages { report, redactor };
    let to_caller = output.destination == Destination::Caller;
    match output.format {
        Format::Text => {
            let paint = if is_colored(output.color) { Paint::Ansi } else { Paint::Plain };
            let style = Style { paint, verbosity: output.verbosity, destination: output.destination };
            console::print(io::stderr(), &pages.text(style), until);
        }
        Format::Json if output.verbosity == Verbosity::Quiet && report.decision().diagnosis.is_none() => {}
        // With a COMMAND, stdout is the COMMAND's.
        Format::Json if to_caller => console::print(io::stdout(), &pages.json(), until),
        Format::Json => console::print(io::stderr(), &pages.json(), until),
        Format::GitHub if to_caller => console::print(io::stdout(), &pages.annotations(), until),
        Format::GitHub => console::print(io::stderr(), &pages.annotations(), until),
    }
    let file = output.file.as_deref();
    let written = file.filter(|path| is_written(redactor, "report", path, &file::write(path, pages.json(), until)));
    if output.format == Format::GitHub {
        if let Some(path) = &output.step_summary {
            is_written(redactor, "summary", path, &bounded::append(path, &pages.summary(), until));
        }
        if let Some(path) = &output.step_output {
            is_written(redactor, "output", path, &bounded::append(path, &pages.outputs(written), until));
        }
    }
}

/// Warns where it is not.
fn is_written(redactor: &Redactor, what: &str, path: &Path, written: &io::Result<()>) -> bool {
    if let Err(error) = written {
        let (path, why) = (printable::path(path), file::reason(error));
        console::say(redactor, &format!("warning: the {what} could not be written to {path}: {why}"));
    }
    written.is_ok()
}

/// The report in every format, as it may leave the process.
pub struct Pages<'a> {
    /// What is told.
    pub report: &'a Report,
    /// What is not.
    pub redactor: &'a Redactor,
}

impl Pages<'_> {
    /// One JSON object.
    pub fn json(&self) -> String {
        self.clean(&json::render(self.report))
    }

    /// For people.
    pub fn text(&self, style: Style) -> String {
        self.clean(&text::render(self.report, style))
    }

    /// The outputs of a step; `file` holds the JSON report.
    pub fn outputs(&self, file: Option<&Path>) -> String {
        self.clean(&github::outputs(self.report, file))
    }

    /// Workflow commands of GitHub.
    pub fn annotations(&self) -> String {
        self.clean(&github::annotations(self.report))
    }

    /// The text in Markdown, for the summary of a step.
    pub fn summary(&self) -> String {
        let style = Style { paint: Paint::Plain, verbosity: Verbosity::Normal, destination: Destination::Caller };
        self.clean(&github::summary(&text::render(self.report, style)))
    }

    /// A server may echo what it was sent: the last thing before any output is to take the token out of it.
    fn clean(&self, text: &str) -> String {
        self.redactor.page(text)
    }
}

fn is_colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stderr().is_terminal(),
    }
}
