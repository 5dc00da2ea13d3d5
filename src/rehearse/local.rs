//! What the made-up run finds around it, before the Hub is asked and beside what it says: where the token is, what is odd
//! about it, what `--audit` sees here.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::path::PathBuf;

use crate::cli::unknown;
use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::env::{Env, Variable};
use crate::model::ca_bundle::Distrust;
use crate::model::printable;
use crate::token::source::{self, Source};

/// Where the token is, or is looked for: in the file that the user names, but for what can only be said of a variable.
pub fn source(diagnosis: Diagnosis, named: Option<PathBuf>, env: &Env) -> Source {
    use Diagnosis as D;
    match diagnosis {
        D::TokenOldName => Source::Variable(Variable::OldToken),
        D::TokenMissing | D::TokenWrongName | D::TokenIgnoredFile | D::AuditEnvNotSecret => {
            Source::Variable(Variable::Token)
        }
        D::TokenUnreadable | D::AuditExposedFile => Source::File(
            named.or_else(|| source::path_in_the_environment(env)).unwrap_or_else(|| "/run/secrets/hf_token".into()),
        ),
        _ => named.map_or(Source::Variable(Variable::Token), Source::File),
    }
}

/// Warnings about the value that the token came in, or about this process.
pub fn token_warnings(diagnosis: Diagnosis, env: &Env) -> Vec<(Diagnosis, Params)> {
    use Diagnosis as D;
    match diagnosis {
        D::TokenWhitespace
        | D::TokenUnusualLength
        | D::TokenOldName
        | D::TokenIgnoredFile
        | D::TokenShadowed
        | D::RankMalformed
        | D::TokenNotImplicit
        | D::EndpointEmpty
        | D::CaNotShared
        | D::CaStoreMissing
        | D::VariableUnknown => vec![(diagnosis, params(diagnosis, env))],
        _ => Vec::new(),
    }
}

/// Habits that show without the Hub.
pub fn practices(diagnosis: Diagnosis, env: &Env) -> Vec<(Diagnosis, Params)> {
    match diagnosis {
        Diagnosis::AuditHardcoded | Diagnosis::AuditExposedFile => vec![(diagnosis, params(diagnosis, env))],
        _ => Vec::new(),
    }
}

/// The facts that a real case finds without the Hub.
pub fn params(diagnosis: Diagnosis, env: &Env) -> Params {
    use Diagnosis as D;
    let params = Params::default();
    match diagnosis {
        D::TokenMissing => params.with("detail", "is not set"),
        D::TokenWrongName => params.with("found", "HF_API_TOKEN"),
        D::TokenQuoted => params.with("detail", "quotes are part of the value"),
        D::TokenWrongKind => params.with("detail", "an OAuth refresh token"),
        D::TokenMalformed => params.with("detail", "it does not start with hf_"),
        D::TokenForeign => params.with("detail", "a GitHub token"),
        D::TokenUnreadable => params.with("detail", "it does not exist"),
        D::TokenIgnoredFile => params.with(
            "found",
            source::login_path(env)
                .map_or_else(|| "/root/.cache/huggingface/token".into(), |path| printable::path(&path)),
        ),
        D::TokenShadowed => source::exchanged(),
        D::CaNotShared => Params::from(&Distrust::OnlyIn(Variable::CurlBundle.name())),
        D::RankMalformed => params.with("found", "RANK"),
        D::VariableUnknown => unknown::params("HF_TOKEN_CHECK_WRTIE"),
        D::AuditHardcoded => params.with("found", "train.py, line 1"),
        D::AuditExposedFile => params.with("detail", "0644"),
        _ => params,
    }
}
