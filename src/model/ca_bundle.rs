use std::path::PathBuf;

/// A file or folder of certificates in PEM that the environment names.
#[derive(Clone, Debug)]
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
}

impl Distrust {
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
        }
    }
}
