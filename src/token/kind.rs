/// `hf_` and 34 letters or digits (Hugging Face's own redaction list, hf-mcp-server).
pub(crate) const USUAL_BODY: usize = 34;

/// The kinds of access token that the Hub takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `hf_…`: a user access token (or a service account's).
    User,
    /// `hf_oauth_…`: `hf auth login`, Spaces, Trusted Publishers bound to a user. Expires.
    OAuth,
    /// `hf_jwt_…`: a Trusted Publisher's, bound to one repo for an hour.
    Oidc,
}

impl TokenKind {
    /// The word in the report.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::OAuth => "oauth",
            Self::Oidc => "oidc",
        }
    }

    /// The phrase for people.
    pub(crate) const fn phrase(self) -> &'static str {
        match self {
            Self::User => "a user access token",
            Self::OAuth => "an OAuth token",
            Self::Oidc => "an OIDC token",
        }
    }
}

/// What an `hf_oauth_` or `hf_jwt_` token says of itself, unverified: a hint, never a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `exp`, in seconds since 1970.
    pub(crate) expires_at: Option<i64>,
    /// `scope`, as a list.
    pub(crate) scopes: Option<Vec<String>>,
}

/// What is known of a token without the Hub, and without its secret: all that judgement ever sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenInfo {
    /// Told apart by the prefix.
    pub(crate) kind: TokenKind,
    /// Read from the token itself.
    pub(crate) claims: Claims,
}
