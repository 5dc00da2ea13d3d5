//! What was given on the command line and in the variables behind it, before it is understood.

use std::ffi::OsString;

use crate::cli::usage::UsageError;
use crate::env::{Env, Owner, Variable};
use crate::token::redact::Redactor;

/// The option or variable whose value holds a credential or a part of the token. COMMAND does not count: it is run as it
/// is, and masked where it is shown. The reason of the off switch is words for people.
pub fn credential(args: &[OsString], env: &Env, redactor: &Redactor) -> Option<UsageError> {
    let (origin, _) = values(args, env).into_iter().find(|(_, text)| redactor.flags(text))?;
    Some(UsageError::Token(redactor.line(&origin)))
}

/// Each value, beside the option or variable that it was given in.
fn values(args: &[OsString], env: &Env) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let mut flag = "an argument".to_owned();
    for arg in args.iter().skip(1).take_while(|arg| *arg != "--") {
        let text = arg.to_string_lossy().into_owned();
        if !text.starts_with('-') {
            values.push((flag.clone(), text));
            continue;
        }
        flag = match text.split_once('=') {
            Some((name, _)) => name.into(),
            None if text.starts_with("--") => text.clone(),
            None => text.chars().take(2).collect(),
        };
        values.push((flag.clone(), text));
    }
    let is_option = |variable: &Variable| {
        variable.owner() == Owner::Ours && *variable != Variable::Skip || *variable == Variable::Endpoint
    };
    let variables = Variable::ALL.iter().filter(|variable| is_option(variable));
    values.extend(variables.filter_map(|variable| {
        let value = env.get(*variable)?;
        Some((variable.name().to_owned(), value.to_string_lossy().into_owned()))
    }));
    values
}
