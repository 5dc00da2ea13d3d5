use std::path::PathBuf;

use crate::model::printable;

/// A file or folder of certificates in PEM that the environment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`.
    pub variable: &'static str,
    /// As the variable has it.
    pub path: PathBuf,
}

impl Bundle {
    /// Whether the Python client reads this variable; it trusts nothing else where one is set.
    pub fn is_read_by_the_client(&self) -> bool {
        matches!(self.variable, "SSL_CERT_FILE" | "SSL_CERT_DIR")
    }
}

/// Why the Python client does not trust a server that this program trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It reads the certificates of this variable only, and they do not verify the server's.
    NotIn(&'static str),
    /// The certificates are only in a variable that it does not read.
    OnlyIn(&'static str),
    /// Only the machine's own store has them, which clients built on certifi do not read.
    OnlyTheMachine,
    /// A variable that only clients built on requests read names what is not there, and they fail on it.
    Missing(Bundle),
}

impl Distrust {
    /// Which client fails: the beginning of a sentence.
    pub const fn client(&self) -> &'static str {
        match self {
            Self::NotIn(_) | Self::OnlyIn(_) | Self::OnlyTheMachine => "The Python client",
            Self::Missing(_) => "A Python client built on requests",
        }
    }

    /// The one thing to do.
    pub fn fix(&self) -> String {
        match self {
            Self::NotIn(_) | Self::OnlyIn(_) | Self::OnlyTheMachine => {
                "Set SSL_CERT_FILE, where COMMAND runs, to one file with all the CA certificates that the job needs"
                    .into()
            }
            Self::Missing(bundle) => format!("Correct {}, or unset it", bundle.variable),
        }
    }

    /// The reason, in a sentence without its full stop.
    pub fn why(&self) -> String {
        match self {
            Self::NotIn(variable) => {
                format!("{variable} is set, and the client trusts only what it names, which does not verify this server")
            }
            Self::OnlyIn(variable) => {
                format!("Only {variable} names the CA certificate; the client reads SSL_CERT_FILE and SSL_CERT_DIR")
            }
            Self::OnlyTheMachine => {
                "Only this machine's own store has the CA certificate; huggingface_hub before 2.0 and requests bring a store of their own"
                    .into()
            }
            Self::Missing(Bundle { variable, path }) => format!(
                "{variable} names {}, which does not exist; huggingface_hub before 1.0 and requests fail on that",
                printable::path(path)
            ),
        }
    }
}
