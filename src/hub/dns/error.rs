use std::error::Error;
use std::fmt;

/// Why a host name has no address, in a clause.
#[derive(Clone, Debug)]
pub struct NoAddress(pub String);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NoAddress {}
