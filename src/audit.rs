//! Habits that show outside the Hub: tokens in texts, and files that others can read.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::env::{Env, Variable};
use crate::model::printable;
use crate::token::classify::holds_a_literal;

/// Scripts beyond this are not looked through.
const LONGEST_SCRIPT: u64 = 1 << 20;

/// Readable by the group or by everybody.
const OTHERS_READ: u32 = 0o044;

/// What COMMAND, the scripts that it names, the environment and the token file show. Places are named, literals never.
pub fn findings(command: &[OsString], env: &Env, token_file: Option<&Path>) -> Vec<(Diagnosis, Params)> {
    let mut findings = Vec::new();
    let hardcoded = |place: String| (Diagnosis::AuditHardcoded, Params::default().with("found", place));
    let arguments = command.iter().enumerate().filter(|(_, argument)| holds_a_literal(&argument.to_string_lossy()));
    findings.extend(arguments.map(|(at, _)| hardcoded(format!("argument {at} of COMMAND"))));
    for script in command {
        let path = Path::new(script);
        findings.extend(
            lines_with_a_token(path)
                .into_iter()
                .map(|line| hardcoded(format!("{}, line {line}", printable::path(path)))),
        );
    }
    findings.extend(
        variables_with_a_token(env).into_iter().map(|name| hardcoded(format!("the text of the variable {name}"))),
    );
    let mode = token_file.and_then(|path| path.metadata().ok()).map(|file| file.permissions().mode() & 0o777);
    if let Some(mode) = mode.filter(|mode| mode & OTHERS_READ != 0) {
        findings.push((Diagnosis::AuditExposedFile, Params::default().with("detail", format!("{mode:04o}"))));
    }
    findings
}

/// The lines of a script that hold a token, counted from 1; none for what is no regular file, too long or no text.
fn lines_with_a_token(path: &Path) -> Vec<usize> {
    let mut text = String::new();
    let is_script = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LONGEST_SCRIPT);
    let mut read = || File::open(path).and_then(|file| file.take(LONGEST_SCRIPT).read_to_string(&mut text));
    if !is_script || read().is_err() || text.contains('\0') {
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
