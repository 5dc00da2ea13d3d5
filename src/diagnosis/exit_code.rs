/// The status the process ends with: one number per action a person takes. 4x is the HTTP status without its
/// middle zero. These numbers appear here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for is granted.
    Pass = 0,
    /// A bug in hf-token-check.
    Internal = 1,
    /// Wrong options.
    Usage = 2,
    /// No usable token reached the job; nothing was sent.
    NoToken = 40,
    /// The Hub rejects the token, or it expires too early.
    Unauthorized = 41,
    /// The token is good, a right is missing.
    Forbidden = 43,
    /// No such repo under that name and kind, or none that this token may see.
    NotFound = 44,
    /// HTTP 429 until the deadline: no answer.
    RateLimited = 49,
    /// No answer, or not one that the Hub would give.
    Unavailable = 50,
    /// Passed, but with warnings, and `--strict` was given.
    Strict = 51,
    /// COMMAND could not be executed, as `env(1)`.
    CannotExecute = 126,
    /// COMMAND was not found, as `env(1)`.
    CommandNotFound = 127,
}

impl ExitCode {
    /// Every status, in ascending order.
    pub const ALL: [Self; 12] = [
        Self::Pass,
        Self::Internal,
        Self::Usage,
        Self::NoToken,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::RateLimited,
        Self::Unavailable,
        Self::Strict,
        Self::CannotExecute,
        Self::CommandNotFound,
    ];

    /// The status that stands for an HTTP status of the Hub or of a proxy, if one does.
    pub const fn of_http(status: u16) -> Option<Self> {
        match status {
            401 => Some(Self::Unauthorized),
            403 => Some(Self::Forbidden),
            404 => Some(Self::NotFound),
            429 => Some(Self::RateLimited),
            407 | 408 | 500..=599 => Some(Self::Unavailable),
            _ => None,
        }
    }

    /// The number that the parent process sees.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The one-word name, as the interface and the manual print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::NoToken => "no-token",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::RateLimited => "rate-limited",
            Self::Unavailable => "unavailable",
            Self::Strict => "strict",
            Self::CannotExecute => "cannot-execute",
            Self::CommandNotFound => "command-not-found",
        }
    }

    /// True where the status says that nothing was found out, as opposed to a "no".
    pub const fn means_no_answer(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}
