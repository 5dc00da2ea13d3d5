/// `hf_` and 34 letters or digits (Hugging Face's own redaction list, hf-mcp-server).
pub const USUAL_BODY: usize = 34;

/// The kinds of access token that the Hub takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `hf_…`: a user access token (or a service account's).
    User,
    /// `hf_oauth_…`: `hf auth login`, Spaces, Trusted Publishers bound to a user. Expires.
    OAuth,
    /// `hf_jwt_…`: a Trusted Publisher's, bound to one repo for an hour.
    Oidc,
}

impl TokenKind {
    /// The word in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::OAuth => "oauth",
            Self::Oidc => "oidc",
        }
    }

    /// The phrase for people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::User => "a user access token",
            Self::OAuth => "an OAuth token",
            Self::Oidc => "an OIDC token",
        }
    }
}

/// What an `hf_oauth_` or `hf_jwt_` token says of itself, unverified: a hint, never a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// `exp`, in seconds since 1970.
    pub expires_at: Option<i64>,
    /// `scope`, as a list.
    pub scopes: Option<Vec<String>>,
}

/// What is known of a token without the Hub, and without its secret: all that judgement ever sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Told apart by the prefix.
    pub kind: TokenKind,
    /// Read from the token itself.
    pub claims: Claims,
}
