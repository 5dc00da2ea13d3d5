/// `hf_` and 34 letters or digits (Hugging Face's own redaction list, hf-mcp-server).
pub const USUAL_BODY: usize = 34;

/// The kinds of access token that a Hub takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `hf_…`: a user access token (or a service account's).
    User,
    /// `hf_oauth_…`: `hf auth login`, Spaces, Trusted Publishers bound to a user. Expires.
    OAuth,
    /// `hf_jwt_…`: a Trusted Publisher's, bound to one repo for an hour.
    Oidc,
    /// In none of huggingface.co's forms. Only another Hub takes such a token: a proxy registry, or a Hub with accounts of its own.
    Other,
}

impl TokenKind {
    /// True where it was obtained with a login or an exchange, and acts for somebody within scopes.
    pub const fn is_delegated(self) -> bool {
        matches!(self, Self::OAuth | Self::Oidc)
    }

    /// The word in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::OAuth => "oauth",
            Self::Oidc => "oidc",
            Self::Other => "other",
        }
    }

    /// The phrase for people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::User => "a user access token",
            Self::OAuth => "an OAuth token",
            Self::Oidc => "an OIDC token",
            Self::Other => "a token, in another form than huggingface.co's",
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
