use std::fmt;
use std::net::IpAddr;

/// Of the addresses of a name so many are shown.
const MOST_SHOWN: usize = 3;

/// The addresses of a host, and the name that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The host's own name, or that name with a domain of the search list behind it.
    pub name: String,
    /// At least one.
    pub addresses: Vec<IpAddr>,
}

/// `10.0.0.9 (huggingface.co.home.example)`: for a reader who asks where a connection went.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.addresses.iter().take(MOST_SHOWN).map(ToString::to_string).collect();
        write!(f, "{} ({})", shown.join(", "), self.name)
    }
}
