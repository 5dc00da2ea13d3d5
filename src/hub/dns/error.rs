use std::error::Error;
use std::fmt;

use crate::model::answer::Restriction;

/// Why a host name has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAddress {
    /// In a clause.
    pub why: String,
    /// What this machine refused, where no name server could be asked.
    pub restriction: Option<Restriction>,
}

impl NoAddress {
    /// Without a restriction.
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), restriction: None }
    }
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Error for NoAddress {}
