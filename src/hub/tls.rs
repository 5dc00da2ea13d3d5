use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::domain::bundle::Bundle;

/// The built-in roots and those of `bundles`. A bundle that cannot be read takes nothing away; it is named in the
/// second part, for the day that the handshake fails.
pub(crate) fn roots(bundles: &[Bundle]) -> (RootCertStore, Vec<String>) {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut complaints = Vec::new();
    for bundle in bundles {
        let files = match std::fs::read_dir(&bundle.path) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect(),
            Err(_) => vec![bundle.path.clone()],
        };
        let added: usize = files.iter().map(|file| add(&mut roots, file)).sum();
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

fn add(roots: &mut RootCertStore, file: &std::path::Path) -> usize {
    let Ok(certificates) = CertificateDer::pem_file_iter(file) else { return 0 };
    roots.add_parsable_certificates(certificates.map_while(Result::ok)).0
}

/// TLS 1.2 and 1.3 with ring.
pub(crate) fn config(roots: RootCertStore) -> anyhow::Result<ClientConfig> {
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
