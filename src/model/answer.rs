/// What a question about a repo came to. Asking never fails: it ends in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200 with the Hub's own `OK` and the Hub's mark on it.
    Granted,
    /// 200 `OK` without the Hub's mark: a grant only where whoami has shown that this is a Hub.
    UnverifiedOk,
    /// 200 with a repo's metadata: it exists and is visible.
    Described(Gating),
    /// 401 `Invalid credentials in Authorization header`: the Hub looked at the token and refuses it.
    BadCredentials,
    /// 401 otherwise: the meaning depends on the identity.
    Unauthorized,
    /// 401 by the gate of a repo, which says it to requests without a token.
    GateUnauthorized,
    /// 401 that names expiry.
    Expired,
    /// 403 without a narrower cause.
    Forbidden,
    /// The repo's gate.
    Gated(Gate),
    /// An organization's rule, read from the message.
    Policy(Policy),
    /// The Hub has disabled the repo.
    Disabled,
    /// Not available from this region, whoever asks.
    Region,
    /// 404 `RepoNotFound`, by huggingface.co.
    NotFound,
    /// `RepoNotFound` by another Hub. Some mirrors say it for every route that they do not have.
    MaybeNotFound,
    /// This server has no such route.
    NoSuchRoute,
    /// Nothing that the Hub would say.
    NoAnswer(NoAnswer),
}

/// What metadata says of a repo's gate. It is public: a gated repo has it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gating {
    /// There is none.
    Open,
    /// There is one, or something that is not known here.
    Gated,
    /// It does not say.
    Unstated,
}

/// Why there is no answer of the Hub's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// 429.
    RateLimited,
    /// 5xx, or 408.
    ServerError,
    /// Anything that the Hub's contract does not have.
    Unexpected,
    /// 401 or 403 without the Hub's mark: a gateway's, a portal's, or that of a server with tokens of its own.
    UnmarkedRefusal,
    /// A redirect to another host, which the token must not follow.
    Redirected,
    /// `HF_HUB_OFFLINE` is set: nothing was asked.
    Offline,
    /// The name has no address, or no name server can be reached.
    NoAddress,
    /// The name servers have trouble, or are silent.
    NameServerTrouble,
    /// The connection was refused.
    Refused,
    /// No route, or another failure to connect.
    Unreachable,
    /// The TLS handshake failed.
    TlsFailure,
    /// The proxy wants a password, or is not one.
    NoProxy,
    /// The proxy could not be reached, or could not or would not reach the host: that may heal.
    ProxyTrouble,
    /// No answer before the deadline.
    Timeout,
    /// The connection broke, or the answer was not HTTP.
    Interrupted,
    /// This machine did not let the request be sent.
    Restricted,
}

/// Where a request for access to a gated repo stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Access was never asked for, or the Hub does not say.
    Closed,
    /// Asked, and waiting for the authors.
    Pending,
    /// Refused by the authors.
    Rejected,
    /// Reset by the authors: must be asked for anew.
    Reset,
    /// The account may have access; this fine-grained token may not use it.
    FineGrained,
}

/// An organization's rule that keeps a token out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Only fine-grained tokens are let in.
    FineGrainedOnly,
    /// An administrator must approve the token.
    Approval,
    /// An administrator revoked the token.
    Revoked,
    /// Only certain networks are let in.
    Network,
    /// Single sign-on is required.
    Sso,
    /// Two-factor authentication is required.
    Mfa,
}

impl Policy {
    /// Every rule, in the order of the printed table.
    #[cfg(any(test, feature = "internals"))]
    pub const ALL: [Self; 6] =
        [Self::FineGrainedOnly, Self::Approval, Self::Revoked, Self::Network, Self::Sso, Self::Mfa];
}

impl NoAnswer {
    /// Every one, in the order of the printed table.
    #[cfg(any(test, feature = "internals"))]
    pub const ALL: [Self; 16] = [
        Self::RateLimited,
        Self::ServerError,
        Self::Unexpected,
        Self::UnmarkedRefusal,
        Self::Redirected,
        Self::Offline,
        Self::NoAddress,
        Self::NameServerTrouble,
        Self::Refused,
        Self::Unreachable,
        Self::TlsFailure,
        Self::NoProxy,
        Self::ProxyTrouble,
        Self::Timeout,
        Self::Interrupted,
        Self::Restricted,
    ];

    /// What comes of a connection that gives no response, HTTP aside.
    #[cfg(any(test, feature = "internals"))]
    pub const OF_A_CONNECTION: [Self; 9] = [
        Self::NoAddress,
        Self::NameServerTrouble,
        Self::Refused,
        Self::Unreachable,
        Self::TlsFailure,
        Self::NoProxy,
        Self::ProxyTrouble,
        Self::Timeout,
        Self::Interrupted,
    ];
}

impl Answer {
    /// Every answer, in the order of the printed table.
    #[cfg(any(test, feature = "internals"))]
    pub fn all() -> impl Iterator<Item = Self> {
        let answers = [
            Self::Granted,
            Self::UnverifiedOk,
            Self::Described(Gating::Open),
            Self::Described(Gating::Gated),
            Self::Described(Gating::Unstated),
            Self::BadCredentials,
            Self::Unauthorized,
            Self::GateUnauthorized,
            Self::Expired,
            Self::Forbidden,
            Self::Gated(Gate::Closed),
            Self::Gated(Gate::Pending),
            Self::Gated(Gate::Rejected),
            Self::Gated(Gate::Reset),
            Self::Gated(Gate::FineGrained),
        ];
        let more = [Self::Disabled, Self::Region, Self::NotFound, Self::MaybeNotFound, Self::NoSuchRoute];
        answers
            .into_iter()
            .chain(Policy::ALL.into_iter().map(Self::Policy))
            .chain(more)
            .chain(NoAnswer::ALL.into_iter().map(Self::NoAnswer))
    }
}
