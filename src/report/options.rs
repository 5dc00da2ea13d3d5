use std::path::PathBuf;

/// How the report is shown, as the user chose.
#[derive(Clone, Debug)]
pub struct OutputOptions {
    /// Of what is printed.
    pub format: Format,
    /// Where the JSON report is written too.
    pub file: Option<PathBuf>,
    /// The summary of a step of GitHub Actions, added to with [`Format::GitHub`].
    pub step_summary: Option<PathBuf>,
    /// The outputs of a step of GitHub Actions, added to with [`Format::GitHub`].
    pub step_output: Option<PathBuf>,
    /// Of the text.
    pub color: Color,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Who reads the streams.
    pub destination: Destination,
}

/// Who reads stdout and stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Whoever started the check.
    Caller,
    /// Whoever looks for the output of COMMAND, which owns stdout.
    BeforeCommand,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, on stderr.
    Text,
    /// For programs, on stdout.
    Json,
    /// For GitHub Actions: annotations on stdout, and the text in the step's summary.
    GitHub,
}

/// When the text has colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// How much the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing on success.
    Quiet,
    /// One line per check.
    Normal,
    /// And one per request.
    Verbose,
}
