//! Who answers. `docs/interface.md`, section 8, has the same rules for readers.

/// Which endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// huggingface.co
    HuggingFace,
    /// Any other: a mirror, a proxy registry, somebody's own Hub.
    Elsewhere,
}

/// Who wrote a response, by the marks on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// huggingface.co: `X-Powered-By: huggingface…`. At the site itself, the mark of a Hub is enough.
    HuggingFace,
    /// A Hub: `X-Error-Code`, `X-Error-Message`, or a whole sentence that only a Hub says.
    AnotherHub,
    /// Perhaps a gateway, a portal or a web server. Request ids prove nothing: Envoy, Kong and Rails send them too.
    Unknown,
}

/// The kind of Hub that a run deals with. What is known of huggingface.co holds for the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubKind {
    /// huggingface.co
    HuggingFace,
    /// Another endpoint that passes on what huggingface.co says of the token.
    Proxy,
    /// Another endpoint that does not: a mirror without a whoami, or a Hub with accounts of its own.
    Other,
}

impl HubKind {
    /// The kind of the Hub at `site`, whose whoami was written by `whoami`.
    pub const fn of(site: Site, whoami: Author) -> Self {
        match (site, whoami) {
            (Site::HuggingFace, _) => Self::HuggingFace,
            (Site::Elsewhere, Author::HuggingFace) => Self::Proxy,
            (Site::Elsewhere, Author::AnotherHub | Author::Unknown) => Self::Other,
        }
    }
}
