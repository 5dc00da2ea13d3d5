//! Whose certificates are trusted: the built-in roots and those that the environment names; where these do not do, the machine's
//! own store. And whether the Python client, which looks elsewhere, trusts the server as well.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::hub::net::handshake::Rejected;
use crate::hub::net::pem::BundleFiles;
use crate::hub::net::{machine_store, pem};
use crate::model::ca_bundle::{Bundle, Distrust};

/// Certificates that are trusted.
#[derive(Debug)]
struct Store {
    verifier: Arc<WebPkiServerVerifier>,
    /// The files and folders where those that somebody named are.
    paths: Vec<PathBuf>,
}

/// What was found out about the Hub's certificate; empty before the first handshake.
#[derive(Clone, Debug, Default)]
pub struct Finding(Arc<OnceLock<Option<Distrust>>>);

impl Finding {
    /// Why the Python client does not trust a certificate that this program trusts.
    pub fn get(&self) -> Option<Distrust> {
        self.0.get().cloned().flatten()
    }
}

/// Verifies a server's certificate.
#[derive(Debug)]
pub struct Trust {
    /// The built-in roots and those of all bundles.
    known: Store,
    /// The machine's own store, once it was needed.
    machine: OnceLock<Option<Store>>,
    bundles: Vec<Bundle>,
    files: BundleFiles,
    provider: Arc<CryptoProvider>,
    /// The host of the Hub. A proxy that speaks TLS has another one.
    host: String,
    finding: Finding,
}

impl Trust {
    /// Trusts these roots, which are those of the bundles too, and looks for what the Python client makes of `host`.
    pub fn new(
        roots: RootCertStore,
        bundles: &[Bundle],
        files: BundleFiles,
        host: &str,
        provider: Arc<CryptoProvider>,
    ) -> anyhow::Result<Self> {
        let paths = bundles.iter().filter(|_| files == BundleFiles::InTime).map(|bundle| bundle.path.clone()).collect();
        Ok(Self {
            known: Store::of(roots, paths, &provider)?,
            machine: OnceLock::new(),
            bundles: bundles.to_vec(),
            files,
            provider,
            host: host.trim_matches(['[', ']']).into(),
            finding: Finding::default(),
        })
    }

    /// Where the result of a handshake will be.
    pub fn finding(&self) -> Finding {
        self.finding.clone()
    }

    /// The certificates of these files; none where there is no certificate, because then nothing is trusted.
    fn store(&self, files: Vec<PathBuf>) -> Option<Store> {
        Store::of(pem::read(&files), files, &self.provider).ok()
    }

    /// The machine's own store, as the Python client finds it.
    fn of_the_machine(&self) -> Option<&Store> {
        let read = || {
            let store = machine_store::file()?;
            self.store(vec![store.into()])
        };
        self.machine.get_or_init(read).as_ref()
    }

    /// Whether the Python client (`huggingface_hub` 2.4.0, `httpcore2/_ssl.py`) trusts it, where the environment names certificates.
    fn is_trusted_by_the_client(&self, chain: &Chain<'_>) -> bool {
        let paths = |variable: &str| -> Vec<PathBuf> {
            let named = self.bundles.iter().filter(|bundle| bundle.variable == variable);
            named.map(|bundle| bundle.path.clone()).collect()
        };
        let file = paths("SSL_CERT_FILE");
        let folders = paths("SSL_CERT_DIR");
        let trusts = |store: &Store| store.verify(chain).is_ok();
        match (&file[..], &folders[..]) {
            ([], []) => self.of_the_machine().is_some_and(trusts),
            ([], folders) => self.store(machine_store::hashed(folders)).as_ref().is_some_and(trusts),
            (file, _) => self.store(file.to_vec()).as_ref().is_some_and(trusts),
        }
    }

    /// Why the Python client does not trust what this program trusts.
    fn distrust(&self, chain: &Chain<'_>, trusted: TrustedBy) -> Option<Distrust> {
        match trusted {
            TrustedBy::Machine => Some(Distrust::OnlyTheMachine),
            TrustedBy::Known if self.bundles.is_empty() => None,
            TrustedBy::Known => {
                if self.files == BundleFiles::InTime && self.is_trusted_by_the_client(chain) {
                    let mut of_requests = self.bundles.iter().filter(|bundle| !bundle.is_read_by_the_client());
                    return of_requests.find(|bundle| !bundle.path.exists()).cloned().map(Distrust::Missing);
                }
                let read = self.bundles.iter().find(|bundle| bundle.is_read_by_the_client());
                Some(match read {
                    Some(bundle) => Distrust::NotIn(bundle.variable),
                    None => Distrust::OnlyIn(self.bundles.first().map(|bundle| bundle.variable)?),
                })
            }
        }
    }
}

/// Which certificates made a server trusted.
#[derive(Clone, Copy)]
enum TrustedBy {
    Known,
    Machine,
}

/// What a server presents.
struct Chain<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Store {
    /// An error where there is no root.
    fn of(roots: RootCertStore, paths: Vec<PathBuf>, provider: &Arc<CryptoProvider>) -> anyhow::Result<Self> {
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        Ok(Self { verifier: builder.build()?, paths })
    }

    fn verify(&self, chain: &Chain<'_>) -> Result<ServerCertVerified, Error> {
        let Chain { end_entity, intermediates, name, ocsp, now } = chain;
        let verified = self.verifier.verify_server_cert(end_entity, intermediates, name, ocsp, *now);
        verified.or_else(|error| {
            // `openssl req -x509` makes a CA that servers present as their own certificate. Its dates were looked at before its role
            // was, so that a name is all that is left to verify where the user trusts this very certificate.
            if is_a_ca(&error) && pem::hold(&self.paths, end_entity) {
                let certificate = ParsedCertificate::try_from(*end_entity)?;
                return verify_server_name(&certificate, name).map(|()| ServerCertVerified::assertion());
            }
            Err(error)
        })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = Chain { end_entity, intermediates, name, ocsp, now };
        let trusted = match self.known.verify(&chain) {
            Ok(_) => Ok(TrustedBy::Known),
            Err(error) if is_of_the_issuer(&error) => {
                let machine = self.of_the_machine().filter(|machine| machine.verify(&chain).is_ok());
                machine.map(|_| TrustedBy::Machine).ok_or(error)
            }
            Err(error) => Err(error),
        };
        let trusted = trusted.map_err(|error| Rejected::because(error, end_entity))?;
        if name.to_str() == self.host {
            self.finding.0.get_or_init(|| self.distrust(&chain, trusted));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.known.verifier.supported_verify_schemes()
    }
}

fn is_of_the_issuer(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature))
}

fn is_a_ca(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}
