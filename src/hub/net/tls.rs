use std::sync::Arc;

use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};

use crate::hub::net::pem::BundleFiles;
use crate::hub::net::trust::{Finding, Trust};
use crate::model::ca_bundle::Bundle;

/// TLS 1.2 and 1.3 with ring, for HTTP/2 where the server speaks it; where to look afterwards whether the Python client trusts the
/// server. A run resumes nothing of an earlier one. Bundles that were not read in time are not read again.
pub fn config(
    roots: RootCertStore,
    bundles: &[Bundle],
    files: BundleFiles,
    host: &str,
) -> anyhow::Result<(ClientConfig, Finding)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trust = Trust::new(roots, bundles, files, host, Arc::clone(&provider))?;
    let finding = trust.finding();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    config.resumption = Resumption::disabled();
    Ok((config, finding))
}

/// The same where the server is not offered HTTP/2.
pub fn for_http1(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"http/1.1".into()];
    config
}
