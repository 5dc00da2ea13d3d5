use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::model::ca_bundle::Bundle;

/// The built-in roots and those of `bundles`. A bundle that cannot be read takes nothing away; it is named in the
/// second part, for the day that the handshake fails.
pub fn roots(bundles: &[Bundle]) -> (RootCertStore, Vec<String>) {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut complaints = Vec::new();
    // Images name one bundle in several variables, and a folder may hold it once more: each file is read once.
    let mut counts = BTreeMap::new();
    let mut count = |file: &Path| {
        let file = file.canonicalize().unwrap_or_else(|_| file.into());
        *counts.entry(file).or_insert_with_key(|file| add(&mut roots, file))
    };
    for bundle in bundles {
        let files = match std::fs::read_dir(&bundle.path) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect(),
            Err(_) => vec![bundle.path.clone()],
        };
        let added: usize = files.iter().map(|file| count(file)).sum();
        if added == 0 {
            complaints.push(format!(
                "{} names {}, and no certificate can be read from it",
                bundle.variable,
                bundle.path.display()
            ));
        }
    }
    (roots, complaints)
}

fn add(roots: &mut RootCertStore, file: &Path) -> usize {
    // A pipe or a device may never end.
    if !file.is_file() {
        return 0;
    }
    let Ok(certificates) = CertificateDer::pem_file_iter(file) else { return 0 };
    roots.add_parsable_certificates(certificates.map_while(Result::ok)).0
}

/// TLS 1.2 and 1.3 with ring, for HTTP/2 where the server speaks it. A run resumes nothing of an earlier one.
pub fn config(roots: RootCertStore) -> anyhow::Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The same where the server is not offered HTTP/2.
pub fn for_http1(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"http/1.1".into()];
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_several_variables_name_is_read_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        let ca = rcgen::generate_simple_self_signed(["hub".to_owned()]).expect("a certificate");
        std::fs::write(&path, ca.cert.pem()).expect("a file");
        std::os::unix::fs::symlink(&path, folder.path().join("again.pem")).expect("a link");
        let bundle = |variable, path: &Path| Bundle { variable, path: path.into() };
        let bundles = [
            bundle("SSL_CERT_FILE", &path),
            bundle("CURL_CA_BUNDLE", &path),
            bundle("SSL_CERT_DIR", folder.path()),
            bundle("REQUESTS_CA_BUNDLE", &folder.path().join("none.pem")),
        ];
        let (store, complaints) = roots(&bundles);
        assert_eq!(store.len(), webpki_roots::TLS_SERVER_ROOTS.len() + 1);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("REQUESTS_CA_BUNDLE names "), "{complaints:?}");
    }
}
