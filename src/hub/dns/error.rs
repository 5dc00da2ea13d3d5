use std::error::Error;
use std::fmt;

use crate::model::obstacle::Restriction;

/// Why a host name has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAddress {
    /// In a clause.
    pub why: String,
    /// What this machine refused, where no name server could be asked.
    pub restriction: Option<Restriction>,
    /// Whether time may bring an answer.
    pub outlook: Outlook,
}

/// Whether a name may have an address later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// A name server says that there is none, or none can be reached.
    Settled,
    /// The name servers have trouble (SERVFAIL, REFUSED), or are silent.
    Open,
}

impl NoAddress {
    /// Without a restriction.
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), restriction: None, outlook: Outlook::Settled }
    }

    /// Where asking again later may help.
    pub fn for_now(why: impl Into<String>) -> Self {
        Self { outlook: Outlook::Open, ..Self::because(why) }
    }
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for NoAddress {}
