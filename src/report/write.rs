//! The report in its formats: each a function of the report, and one place that writes.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::model::printable;
use crate::report::Report;
use crate::report::options::{Color, Destination, Format, OutputOptions, Verbosity};
pub use crate::report::text::{Paint, Style};
use crate::report::wrap;
use crate::report::{github, json, text};
use crate::token::classify::holds_a_literal;
use crate::token::secret::Token;

/// Prints and writes the report in the manner that was chosen. Whatever cannot be written, the verdict stands.
pub fn deliver(report: &Report, output: &OutputOptions, token: Option<&Token>) {
    let pages = Pages { report, token };
    if let Some(path) = &output.file
        && let Err(error) = write_atomically(path, &pages.json())
    {
        say(&format!(
            "warning: the report could not be written to {}: {}",
            printable::path(path),
            printable::io_error(&error)
        ));
    }
    match output.format {
        Format::Text => {
            let paint = if is_colored(output.color) { Paint::Ansi } else { Paint::Plain };
            let style = Style { paint, verbosity: output.verbosity, destination: output.destination };
            print(&mut io::stderr(), &pages.text(style));
        }
        Format::Json if output.verbosity == Verbosity::Quiet && report.decision().diagnosis.is_none() => {}
        Format::GitHub => {
            let annotations = pages.annotations();
            match output.destination {
                Destination::BeforeCommand => print(&mut io::stderr(), &annotations),
                Destination::Caller => print(&mut io::stdout(), &annotations),
            }
            if let Some(path) = &output.step_summary {
                summarize(path, &pages.summary());
            }
        }
        // With a COMMAND, stdout is the COMMAND's.
        Format::Json if output.destination == Destination::BeforeCommand => {
            print(&mut io::stderr(), &pages.json());
        }
        Format::Json => print(&mut io::stdout(), &pages.json()),
    }
}

/// The report in every format, as it may leave the process.
pub struct Pages<'a> {
    /// What is told.
    pub report: &'a Report,
    /// What is not.
    pub token: Option<&'a Token>,
}

impl Pages<'_> {
    /// One JSON object.
    pub fn json(&self) -> String {
        self.clean(json::render(self.report))
    }

    /// For people.
    pub fn text(&self, style: Style) -> String {
        self.clean(text::render(self.report, style))
    }

    /// Workflow commands of GitHub.
    pub fn annotations(&self) -> String {
        self.clean(github::annotations(self.report))
    }

    /// The text in Markdown, for the summary of a step.
    pub fn summary(&self) -> String {
        let style = Style { paint: Paint::Plain, verbosity: Verbosity::Normal, destination: Destination::Caller };
        self.clean(github::summary(&text::render(self.report, style)))
    }

    /// A server may echo what it was sent: the last thing before any output is to take the token out of it.
    fn clean(&self, text: String) -> String {
        match self.token {
            Some(token) => token.redact_page(&text),
            None => text,
        }
    }
}

/// The columns that the environment states, else of the terminal on stdout, else of the page.
pub fn columns(stated: Option<&OsStr>) -> usize {
    let stated = stated.and_then(|columns| columns.to_str()?.parse().ok());
    stated.or_else(terminal_columns).filter(|columns| *columns > 0).unwrap_or(wrap::WIDTH)
}

#[expect(unsafe_code, reason = "the width of a terminal is only to be had by ioctl")]
fn terminal_columns() -> Option<usize> {
    // SAFETY: the structure is plain numbers, and ours.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) == 0).then(|| size.ws_col.into())
    }
}

/// Adds to the summary of a step of GitHub Actions.
fn summarize(path: &Path, text: &str) {
    let added =
        OpenOptions::new().append(true).create(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = added {
        say(&format!(
            "warning: the summary could not be written to {}: {}",
            printable::path(path),
            printable::io_error(&error)
        ));
    }
}

/// One line on stderr, with the program's name, and without the tokens that a user has put into the words that it quotes.
pub fn say(line: &str) {
    let words = line.split(' ').map(|word| if holds_a_literal(word) { "[token]" } else { word });
    print(&mut io::stderr(), &format!("hf-token-check: {}\n", words.collect::<Vec<_>>().join(" ")));
}

/// A value of the user's for a log line: without control characters, and of bounded length.
pub fn tidy(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

fn print(to: &mut dyn Write, text: &str) {
    // A closed or full stream must not change the verdict.
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

fn is_colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stderr().is_terminal(),
    }
}

/// Writes beside the target and renames, so that no reader sees half a report; mode 0600. What is no regular file, such
/// as `/dev/stdout`, is written to as it is.
fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|target| !target.is_file()) {
        // A pipe that nobody reads must not hold up the verdict.
        let mut target = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        return target.write_all(text.as_bytes());
    }
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    // Not the pid: in containers everybody's is 1.
    beside.push(format!(".{:016x}", fastrand::u64(..)));
    let beside = path.with_file_name(beside);
    let mut file = create(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
