use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::diagnosis::catalog::Diagnosis;
use crate::diagnosis::params::Params;
use crate::env::{self, Env, Variable};
use crate::model::author::Site;
use crate::model::printable::{self, is_invisible};
use crate::process::{bounded, limits};
use crate::token::redact::Redactor;
use crate::token::secret::{self, Parsed, Token};

/// A token file beyond this is no token file.
pub(super) const LONGEST_FILE: usize = 64 * 1024;

/// How long a login file may take that is only compared.
const PATIENCE: Duration = Duration::from_millis(500);

/// A token, where it came from, and what is odd about either.
#[derive(Debug)]
pub struct Credential {
    /// The token.
    pub token: Token,
    /// Where it was.
    pub source: Source,
    /// Warnings and their facts.
    pub token_warnings: Vec<(Diagnosis, Params)>,
    /// Another login, which the Python client would use without the variable that holds the token.
    pub hidden_login: Option<PathBuf>,
}

/// No usable token reached the job.
#[derive(Debug)]
pub struct MissingToken {
    /// One of the codes that end with status 40.
    pub diagnosis: Diagnosis,
    /// Where the token should have been.
    pub source: Source,
    /// Params of the case; never any part of a value.
    pub params: Params,
    /// Warnings and their facts.
    pub token_warnings: Vec<(Diagnosis, Params)>,
    /// Knows the value that is not a token, unless it is a placeholder.
    pub redactor: Redactor,
}

/// Where a token comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A variable.
    Variable(Variable),
    /// A file, by path.
    File(PathBuf),
}

impl Source {
    /// `env:HF_TOKEN` or `file:/path`, for the report.
    pub fn tagged(&self) -> String {
        match self {
            Self::Variable(variable) => format!("env:{}", variable.name()),
            Self::File(path) => format!("file:{}", printable::path(path)),
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Variable(_) => None,
            Self::File(path) => Some(path),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(variable) => f.write_str(variable.name()),
            Self::File(path) => f.write_str(&printable::path(path)),
        }
    }
}

/// Finds the token as the Python client would (`huggingface_hub` `utils/_auth.py`), so that COMMAND finds the same one;
/// only `--token-file` comes before it. `site` decides which forms are tokens. A pipe has until then to deliver.
pub fn find(env: &Env, flag: Option<&Path>, site: Site, until: Instant) -> Result<Credential, MissingToken> {
    if let Some(path) = flag {
        return from_file(env, path, site, until);
    }
    if let Some(value) = env.get(Variable::Token) {
        let mut credential = judge(env, Source::Variable(Variable::Token), value.as_bytes(), site)?;
        credential.hidden_login = hidden_login(env, &credential.token, until);
        return Ok(credential);
    }
    // A blank HF_TOKEN hides the old name from the Python client, and leads to the file.
    if let Some(value) = held(env, Variable::OldToken).filter(|_| held(env, Variable::Token).is_none()) {
        let mut credential = judge(env, Source::Variable(Variable::OldToken), value.as_bytes(), site)?;
        credential.token_warnings.push((Diagnosis::TokenOldName, Params::default()));
        credential.hidden_login = hidden_login(env, &credential.token, until);
        return Ok(credential);
    }
    if let Some(path) = path_in_the_environment(env) {
        return from_file(env, &path, site, until);
    }
    Err(nothing(env))
}

/// The file in `HF_TOKEN_PATH`.
pub fn path_in_the_environment(env: &Env) -> Option<PathBuf> {
    env.path(Variable::TokenPath)
}

fn from_file(env: &Env, path: &Path, site: Site, until: Instant) -> Result<Credential, MissingToken> {
    let source = Source::File(path.into());
    let unreadable = |detail: &str| MissingToken {
        diagnosis: Diagnosis::TokenUnreadable,
        source: source.clone(),
        params: Params::default().with("detail", detail),
        token_warnings: Vec::new(),
        redactor: Redactor::default(),
    };
    let content = bounded::read(path, LONGEST_FILE, until).map_err(|error| match limits::restriction(&error) {
        Some(restriction) => MissingToken {
            diagnosis: Diagnosis::EnvRestricted,
            params: Params::default().with("restriction", restriction.detail()).with("remedy", restriction.fix()),
            ..unreadable("")
        },
        None => unreadable(&reason(&error)),
    })?;
    if std::str::from_utf8(&content).is_err() {
        return Err(unreadable("it is not text"));
    }
    if content.trim_ascii().is_empty() {
        return Err(unreadable("it is empty"));
    }
    judge(env, source, &content, site)
}

fn judge(env: &Env, source: Source, value: &[u8], site: Site) -> Result<Credential, MissingToken> {
    match Token::parse(value, site) {
        Ok(Parsed { token, token_warnings }) => {
            let mut token_warnings: Vec<_> =
                token_warnings.into_iter().map(|diagnosis| (diagnosis, Params::default())).collect();
            token_warnings.extend(shadow(env, &token, &source).map(|params| (Diagnosis::TokenShadowed, params)));
            let is_withheld = env.is_true(Variable::DisableImplicitToken);
            token_warnings.extend(is_withheld.then(|| (Diagnosis::TokenNotImplicit, Params::default())));
            Ok(Credential { token, source, token_warnings, hidden_login: None })
        }
        Err(flaw) => {
            let params = Params::default().with("detail", flaw.detail);
            let redactor = secret::concealed(value).into_iter().fold(Redactor::default(), Redactor::and);
            Err(MissingToken { diagnosis: flaw.diagnosis, source, params, token_warnings: Vec::new(), redactor })
        }
    }
}

/// A variable of another name that is meant for a Hub token, and what it holds instead of one.
fn near_miss(env: &Env) -> Option<String> {
    let is_meant = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["TOKEN", "API_KEY"].iter().any(|word| name.ends_with(word))
            && (name.starts_with("HF_") || name.contains("HUGGING"))
            && Variable::ALL.iter().all(|known| known.name() != name)
    };
    let mut found: Vec<_> = env
        .all()
        .filter_map(|(name, value)| Some((name.to_str().filter(|name| is_meant(name))?, value)))
        .filter(|(_, value)| !env::is_blank(value))
        .filter_map(|(name, value)| {
            let diagnosis = Token::parse(value.as_bytes(), Site::HuggingFace).err()?.diagnosis;
            let kinds = [
                (Diagnosis::TokenPlaceholder, "a placeholder"),
                (Diagnosis::TokenQuoted, "a token with extra characters"),
                (Diagnosis::TokenEncoded, "a base64-encoded token"),
            ];
            let kind = kinds.into_iter().find(|(kind, _)| *kind == diagnosis);
            let what = kind.map_or("a value that is not a Hub token", |(_, what)| what);
            Some(format!("{} is set, but holds {what}", name.replace(is_invisible, "\u{fffd}")))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

/// The token that the Python client of the job will use instead of the one checked, if it will.
fn shadow(env: &Env, token: &Token, source: &Source) -> Option<Params> {
    if env.get(Variable::OidcResource).is_some() {
        return Some(exchanged());
    }
    let Source::File(path) = source else { return None };
    let here = printable::path(path);
    let tokens = [Variable::Token, Variable::OldToken];
    let Some((variable, value)) = tokens.into_iter().find_map(|variable| Some((variable, held(env, variable)?))) else {
        // Without a variable the client goes by the path: HF_TOKEN_PATH, else the login file.
        let read = path_in_the_environment(env).or_else(|| login_path(env));
        let same = read.as_ref().is_some_and(|read| read == path || is_same_file(read, path));
        let other = read.filter(|read| read.is_file()).map_or_else(
            || "it will find no token: neither HF_TOKEN nor HF_TOKEN_PATH is set".to_owned(),
            |read| format!("it reads {}", printable::path(&read)),
        );
        return (!same).then(|| {
            Params::default()
                .with("detail", other)
                .with("unshadow", format!("Set {}={here} where COMMAND runs", Variable::TokenPath.name()))
        });
    };
    let same = value.to_str().is_some_and(|value| token.is(value));
    (!same && !env::is_blank(value)).then(|| {
        let name = variable.name();
        Params::default()
            .with("detail", format!("{name} is set, and comes before {here}"))
            .with("unshadow", format!("Unset {name}, or check it instead: leave out --token-file"))
    })
}

/// Why an ID token comes before the token, and what to do.
pub fn exchanged() -> Params {
    let name = Variable::OidcResource.name();
    Params::default()
        .with("detail", format!("{name} is set, so it exchanges an ID token first"))
        .with("unshadow", format!("Keep only one of them: unset {name}, or remove the token"))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
}

/// There is no token where one should be: is there one elsewhere?
fn nothing(env: &Env) -> MissingToken {
    let mut names: Vec<String> = env
        .all()
        .filter(|(_, value)| {
            Token::parse(value.as_bytes(), Site::HuggingFace)
                .is_ok_and(|parsed| !parsed.token_warnings.contains(&Diagnosis::TokenUnusualLength))
        })
        .filter_map(|(name, _)| name.to_str())
        .map(|name| name.replace(is_invisible, "\u{fffd}"))
        .collect();
    names.sort();
    names.truncate(3);
    let token_warnings = login_file(env)
        .map(|path| (Diagnosis::TokenIgnoredFile, Params::default().with("found", printable::path(&path))));
    let detail = match env.raw(Variable::Token) {
        None => "is not set",
        Some(value) if value.is_empty() => "is set but empty",
        Some(_) => "contains only whitespace",
    };
    let (diagnosis, params) = if names.is_empty() {
        let detail = near_miss(env).map_or_else(|| detail.to_owned(), |found| format!("{detail} ({found})"));
        (Diagnosis::TokenMissing, Params::default().with("detail", detail))
    } else {
        (Diagnosis::TokenWrongName, Params::default().with("found", names.join(" and ")))
    };
    MissingToken {
        diagnosis,
        source: Source::Variable(Variable::Token),
        params,
        token_warnings: token_warnings.into_iter().collect(),
        redactor: Redactor::default(),
    }
}

/// The file that the Python client reads without a variable, if it holds another token.
fn hidden_login(env: &Env, token: &Token, until: Instant) -> Option<PathBuf> {
    let path = path_in_the_environment(env).or_else(|| login_path(env))?;
    // A file that hangs must leave time for the Hub, and a pipe can be read only once.
    let until = until.min(Instant::now() + PATIENCE);
    bounded::metadata(&path, until).ok().filter(std::fs::Metadata::is_file)?;
    let content = bounded::read(&path, LONGEST_FILE, until).ok()?;
    let text = std::str::from_utf8(&content).ok()?;
    (!token.is(text) && !text.trim().is_empty()).then_some(path)
}

/// The login file, if it is there.
fn login_file(env: &Env) -> Option<PathBuf> {
    login_path(env).filter(|path| path.is_file())
}

/// Where `hf auth login` writes (`huggingface_hub` `constants.py`).
pub fn login_path(env: &Env) -> Option<PathBuf> {
    let cache = || {
        env.path(Variable::CacheHome).or_else(|| env.get(Variable::UserHome).map(|home| Path::new(home).join(".cache")))
    };
    let home = env.path(Variable::Home).or_else(|| cache().map(|cache| cache.join("huggingface")))?;
    Some(home.join("token"))
}

/// Why a token file cannot be used, in a clause.
#[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's list is open")]
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it does not exist".into(),
        ErrorKind::PermissionDenied => "this user may not read it".into(),
        ErrorKind::IsADirectory => "it is a directory".into(),
        ErrorKind::FileTooLarge => "it is larger than 64 KiB".into(),
        ErrorKind::TimedOut => "reading it took too long".into(),
        _ => format!("it cannot be read ({})", printable::io_error(error)),
    }
}

/// What a variable holds, if that is anything at all: for the Python client a blank value is one.
fn held(env: &Env, variable: Variable) -> Option<&OsStr> {
    env.raw(variable).filter(|value| !value.is_empty())
}
