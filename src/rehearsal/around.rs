//! What the made-up run finds around it, before the Hub is asked and beside what it says: where the token is, what is odd
//! about it, what `--audit` sees here.

#![expect(clippy::wildcard_enum_match_arm, reason = "a diagnosis without a peculiarity has none")]

use std::path::PathBuf;

use crate::credential::{self, Source};
use crate::domain::diagnosis::Diagnosis;
use crate::domain::facts::Facts;
use crate::domain::prose::shown;

/// Where the token is, or is looked for: in the file that the user names, but for what can only be said of a variable.
pub(super) fn source(diagnosis: Diagnosis, named: Option<PathBuf>) -> Source {
    use Diagnosis as D;
    match diagnosis {
        D::TokenOldName => Source::Variable(credential::OLD_NAME),
        D::TokenMissing | D::TokenWrongName | D::TokenIgnoredFile | D::AuditEnvNotSecret => {
            Source::Variable(credential::NAME)
        }
        D::TokenUnreadable | D::AuditExposedFile => Source::File(
            named.or_else(credential::path_in_the_environment).unwrap_or_else(|| "/run/secrets/hf_token".into()),
        ),
        _ => named.map_or(Source::Variable(credential::NAME), Source::File),
    }
}

/// Warnings about the value that the token came in, or about this process.
pub(super) fn oddities(diagnosis: Diagnosis) -> Vec<(Diagnosis, Facts)> {
    use Diagnosis as D;
    match diagnosis {
        D::TokenWhitespace
        | D::TokenUnusualLength
        | D::TokenOldName
        | D::TokenIgnoredFile
        | D::TokenShadowed
        | D::RankMalformed => vec![(diagnosis, facts(diagnosis))],
        _ => Vec::new(),
    }
}

/// Habits that show without the Hub.
pub(super) fn habits(diagnosis: Diagnosis) -> Vec<(Diagnosis, Facts)> {
    match diagnosis {
        Diagnosis::AuditHardcoded | Diagnosis::AuditExposedFile => vec![(diagnosis, facts(diagnosis))],
        _ => Vec::new(),
    }
}

/// The facts that a real case finds without the Hub.
pub(super) fn facts(diagnosis: Diagnosis) -> Facts {
    use Diagnosis as D;
    let facts = Facts::default();
    match diagnosis {
        D::TokenMissing => facts.with("detail", "is not set"),
        D::TokenWrongName => facts.with("found", "HF_API_TOKEN"),
        D::TokenQuoted => facts.with("detail", "quotes are part of the value"),
        D::TokenWrongKind => facts.with("detail", "an OAuth refresh token"),
        D::TokenMalformed => facts.with("detail", "it does not start with hf_"),
        D::TokenForeign => facts.with("detail", "a GitHub token"),
        D::TokenUnreadable => facts.with("detail", "it does not exist"),
        D::TokenIgnoredFile => facts.with(
            "found",
            credential::login_path().map_or_else(|| "/root/.cache/huggingface/token".into(), |path| shown(&path)),
        ),
        D::TokenShadowed => credential::exchanged(),
        D::RankMalformed => facts.with("found", "RANK"),
        D::AuditHardcoded => facts.with("found", "train.py, line 1"),
        D::AuditExposedFile => facts.with("detail", "0644"),
        _ => facts,
    }
}
