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
use crate::token::classify::holds_a_literal;

/// Scripts beyond this are not looked through.
const LONGEST_SCRIPT: usize = 1 << 20;

/// Readable by the group or by everybody.
const OTHERS_READ: u32 = 0o044;

/// What COMMAND, the scripts that it names, the environment and the token file show. Places are named, literals never.
/// What cannot be read by `until` is passed over.
pub fn findings(
    command: &[OsString],
    env: &Env,
    token_file: Option<&Path>,
    until: Instant,
) -> Vec<(Diagnosis, Params)> {
    let mut findings = Vec::new();
    let hardcoded = |place: String| (Diagnosis::AuditHardcoded, Params::default().with("found", place));
    let arguments = command.iter().enumerate().filter(|(_, argument)| holds_a_literal(&argument.to_string_lossy()));
    findings.extend(arguments.map(|(at, _)| hardcoded(format!("argument {at} of COMMAND"))));
    for script in command {
        let path = Path::new(script);
        findings.extend(
            lines_with_a_token(path, until)
                .into_iter()
                .map(|line| hardcoded(format!("{}, line {line}", printable::path(path)))),
        );
    }
    findings.extend(
        variables_with_a_token(env).into_iter().map(|name| hardcoded(format!("the text of the variable {name}"))),
    );
    let mode = token_file.and_then(|path| bounded::metadata(path, until).ok());
    let mode = mode.map(|file| file.permissions().mode() & 0o777);
    if let Some(mode) = mode.filter(|mode| mode & OTHERS_READ != 0) {
        findings.push((Diagnosis::AuditExposedFile, Params::default().with("detail", format!("{mode:04o}"))));
    }
    findings
}

/// The lines of a script that hold a token, counted from 1; none for what is no regular file, too long or no text. A pipe
/// is not opened: its content is COMMAND's. Files of the kernel, such as `/proc/kmsg`, call themselves regular and empty.
fn lines_with_a_token(path: &Path, until: Instant) -> Vec<usize> {
    let is_script = |about: fs::Metadata| about.is_file() && (1..=LONGEST_SCRIPT as u64).contains(&about.len());
    if !bounded::metadata(path, until).is_ok_and(is_script) {
        return Vec::new();
    }
    let Ok(content) = bounded::read(path, LONGEST_SCRIPT, until) else { return Vec::new() };
    let text = std::str::from_utf8(&content).unwrap_or_default();
    if text.contains('\0') {
        return Vec::new();
    }
    text.lines().enumerate().filter(|(_, line)| holds_a_literal(line)).map(|(at, _)| at + 1).collect()
}

/// Variables whose text holds a token among other words. One that is nothing but a token is a secret under some name.
fn variables_with_a_token(env: &Env) -> Vec<String> {
    let among_words = |value: &str| {
        holds_a_literal(value) && value.trim().contains(|c: char| c.is_whitespace() || "=\"'(:/".contains(c))
    };
    let mut names: Vec<_> = env
        .all()
        .filter(|(name, value)| *name != Variable::Token.name() && among_words(&value.to_string_lossy()))
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
