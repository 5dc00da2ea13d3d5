use std::path::PathBuf;

/// A file or folder of certificates in PEM that the environment names.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`.
    pub variable: &'static str,
    /// As the variable has it.
    pub path: PathBuf,
}
