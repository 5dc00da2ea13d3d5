//! Habits that show outside the Hub: tokens in texts, and files that others can read.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::env::{Env, Variable};
use crate::model::printable;
use crate::process::bounded;
use crate::token::redact::Redactor;

/// Scripts beyond this are not looked through.
const LONGEST_SCRIPT: usize = 1 << 20;

/// Of a long line so much is looked at in one step, and so much again in the next.
const PIECE: usize = 1 << 16;
const OVERLAP: usize = 1 << 14;

/// Readable by the group or by everybody.
const OTHERS_READ: u32 = 0o044;

/// What is looked through, and how.
pub struct Scope<'a> {
    /// COMMAND and its arguments, some of which may be scripts.
    pub command: &'a [OsString],
    /// The variables.
    pub env: &'a Env,
    /// The file that the token came from.
    pub token_file: Option<&'a Path>,
    /// Finds tokens.
    pub redactor: &'a Redactor,
    /// What cannot be read and looked through by then is passed over.
    pub until: Instant,
}

impl Scope<'_> {
    /// What COMMAND, its scripts, the environment and the token file show. Places are named, literals never.
    pub fn findings(&self) -> Vec<(Diagnosis, Params)> {
        let hardcoded = |place: String| (Diagnosis::AuditHardcoded, Params::default().with("found", place));
        let arguments = self.command.iter().enumerate();
        let in_arguments = arguments
            .filter(|(_, argument)| self.redactor.flags(&argument.to_string_lossy()))
            .map(|(at, _)| format!("argument {at} of COMMAND"));
        let in_scripts = self.command.iter().map(Path::new).flat_map(|path| {
            let lines = self.lines_with_a_token(path).into_iter();
            lines.map(move |line| format!("{}, line {line}", printable::path(path)))
        });
        let in_variables =
            self.variables_with_a_token().into_iter().map(|name| format!("the text of the variable {name}"));
        let mut findings: Vec<_> = in_arguments.chain(in_scripts).chain(in_variables).map(hardcoded).collect();
        let mode = self.token_file.and_then(|path| bounded::metadata(path, self.until).ok());
        let mode = mode.map(|file| file.permissions().mode() & 0o777);
        if let Some(mode) = mode.filter(|mode| mode & OTHERS_READ != 0) {
            findings.push((Diagnosis::AuditExposedFile, Params::default().with("detail", format!("{mode:04o}"))));
        }
        findings
    }

    /// The lines of a script that hold a token, counted from 1; none for what is no regular file, too long or no text. A
    /// pipe is not opened: its content is COMMAND's. Files of the kernel, such as `/proc/kmsg`, call themselves regular and
    /// empty.
    fn lines_with_a_token(&self, path: &Path) -> Vec<usize> {
        let is_script = |about: fs::Metadata| about.is_file() && (1..=LONGEST_SCRIPT as u64).contains(&about.len());
        if !bounded::metadata(path, self.until).is_ok_and(is_script) {
            return Vec::new();
        }
        let Ok(content) = bounded::read(path, LONGEST_SCRIPT, self.until) else { return Vec::new() };
        let text = std::str::from_utf8(&content).unwrap_or_default();
        if text.contains('\0') {
            return Vec::new();
        }
        let has_a_token = |line| pieces(line).take_while(|_| !self.is_over()).any(|piece| self.redactor.flags(piece));
        text.lines().enumerate().filter(|(_, line)| has_a_token(line)).map(|(at, _)| at + 1).collect()
    }

    /// Variables whose text holds a token among other words. One that is nothing but a token is a secret under some name.
    fn variables_with_a_token(&self) -> Vec<String> {
        let among_words = |value: &str| {
            value.trim().contains(|c: char| c.is_whitespace() || "=\"'(:/".contains(c)) && self.redactor.flags(value)
        };
        let others = self.env.all().filter(|(name, _)| *name != Variable::Token.name());
        let mut names: Vec<_> = others
            .filter(|(_, value)| !self.is_over() && among_words(&value.to_string_lossy()))
            .map(|(name, _)| self.redactor.line(&name.to_string_lossy()))
            .collect();
        names.sort();
        names
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

/// The line in pieces that are soon looked through, and overlap by more than a token.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let boundary = |at: usize| (at..line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or(line.len());
    let starts =
        (0..).map(|piece| piece * (PIECE - OVERLAP)).take_while(move |at| *at == 0 || at + OVERLAP < line.len());
    starts.map(move |at| &line[boundary(at)..boundary(at + PIECE)])
}
