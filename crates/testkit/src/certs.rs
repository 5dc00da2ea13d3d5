//! Certificates made at run time: a CA, and a server certificate that it signed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// A server's side of TLS, and the CA to trust for it.
pub struct Identity {
    pub config: Arc<ServerConfig>,
    pub ca_pem: String,
    pub certificate_pem: String,
    pub key_pem: String,
}

/// A fresh CA and a certificate for `names`.
pub fn issue(names: &[&str]) -> Identity {
    issue_for(names, |_| {})
}

/// The same, with the server's certificate changed before it is signed.
pub fn issue_for(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.distinguished_name.push(rcgen::DnType::CommonName, "loopback Hub CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).expect("a CA").pem();
    let issuer = Issuer::new(ca, ca_key);

    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("names");
    params.distinguished_name.push(rcgen::DnType::CommonName, "loopback Hub");
    change(&mut params);
    let certificate = params.signed_by(&key, &issuer).expect("a certificate");
    identity(&certificate, &key, ca_pem)
}

/// A CA that is its own server certificate, as `openssl req -x509` makes it, changed before it is signed.
pub fn self_signed_ca(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).expect("names");
    params.distinguished_name.push(rcgen::DnType::CommonName, "loopback Hub, self-signed");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let certificate = params.self_signed(&key).expect("a certificate");
    identity(&certificate, &key, certificate.pem())
}

fn identity(certificate: &Certificate, key: &KeyPair, ca_pem: String) -> Identity {
    let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a server configuration");
    Identity { config: Arc::new(config), ca_pem, certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }
}

/// Writes the CA where programs can be pointed to it with `SSL_CERT_FILE`.
pub fn save(folder: &Path, pem: &str) -> PathBuf {
    let path = folder.join("ca.pem");
    std::fs::write(&path, pem).expect("the CA can be written");
    path
}
