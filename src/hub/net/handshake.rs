//! Why a TLS handshake failed, in words that name what the server presented.

use std::error::Error;
use std::fmt;

use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError};
use webpki::EndEntityCert;

use crate::model::obstacle::TlsProblem;

/// Of the names in a certificate so many are shown.
const MOST_NAMES: usize = 4;

/// A certificate that was rejected, and why. The verifier passes it through rustls, whose own errors do not say what was presented.
#[derive(Clone, Debug)]
pub struct Rejected {
    cause: rustls::Error,
    certificate: Presented,
}

/// What a certificate says about itself, as far as a reader needs it.
#[derive(Clone, Debug, Default)]
struct Presented {
    /// The host names that it is for.
    names: Vec<String>,
    /// Common name, else organization.
    issuer: Option<String>,
    is_self_issued: bool,
}

/// A failed handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeFailure {
    /// Why, where it can be told.
    pub problem: Option<TlsProblem>,
    /// The same in a clause, with the certificate's names or its issuer.
    pub detail: String,
}

impl Rejected {
    /// The error that a verifier returns in place of `cause`.
    pub fn because(cause: rustls::Error, certificate: &CertificateDer<'_>) -> rustls::Error {
        let certificate = Presented::read(certificate);
        CertificateError::Other(OtherError(std::sync::Arc::new(Self { cause, certificate }))).into()
    }

    fn inside(error: &rustls::Error) -> Option<&Self> {
        let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else { return None };
        other.0.downcast_ref()
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for Rejected {}

impl Presented {
    fn read(certificate: &CertificateDer<'_>) -> Self {
        let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Self::default() };
        Self {
            names: certificate.valid_dns_names().take(MOST_NAMES).map(Into::into).collect(),
            issuer: attribute(certificate.issuer(), COMMON_NAME)
                .or_else(|| attribute(certificate.issuer(), ORGANIZATION)),
            is_self_issued: certificate.issuer() == certificate.subject(),
        }
    }

    /// What helps to understand the problem.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is about a name")]
    fn words(&self, problem: TlsProblem) -> Option<String> {
        match problem {
            TlsProblem::WrongName if !self.names.is_empty() => Some(self.names.join(", ")),
            TlsProblem::UnknownIssuer | TlsProblem::SelfSigned | TlsProblem::WrongName => {
                self.issuer.as_ref().map(|issuer| format!("issuer \"{issuer}\""))
            }
            _ => None,
        }
    }
}

/// 2.5.4.3 and 2.5.4.10 in DER (X.520).
const COMMON_NAME: &[u8] = &[6, 3, 0x55, 4, 3];
const ORGANIZATION: &[u8] = &[6, 3, 0x55, 4, 10];

/// The value of an attribute in a distinguished name. It is for people: the DER around it is not parsed, only searched.
fn attribute(name: &[u8], kind: &[u8]) -> Option<String> {
    let at = name.windows(kind.len()).position(|window| window == kind)?;
    let [_string_type, length, rest @ ..] = name.get(at + kind.len()..)? else { return None };
    let value = rest.get(..usize::from(*length)).filter(|_| *length < 0x80)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

impl HandshakeFailure {
    /// Names the failure.
    pub fn of(error: &rustls::Error) -> Self {
        let rejected = Rejected::inside(error);
        let cause = rejected.map_or(error, |rejected| &rejected.cause);
        let nothing = Presented::default();
        let presented = rejected.map_or(&nothing, |rejected| &rejected.certificate);
        let problem = match problem(cause) {
            Some(TlsProblem::UnknownIssuer) if presented.is_self_issued => Some(TlsProblem::SelfSigned),
            Some(TlsProblem::WrongName) if names_nothing(cause) => Some(TlsProblem::NoName),
            problem => problem,
        };
        let detail = match problem {
            None => format!("TLS: {cause}"),
            Some(problem) => match presented.words(problem) {
                Some(words) => format!("{} ({words})", problem.detail()),
                None => problem.detail().into(),
            },
        };
        Self { problem, detail }
    }
}

/// Whether the certificate has no name of any kind in its subjectAltName.
fn names_nothing(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. })
            if presented.is_empty()
    )
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the lists of rustls are open, and the rest is told in its own words"
)]
fn problem(error: &rustls::Error) -> Option<TlsProblem> {
    match error {
        rustls::Error::InvalidCertificate(cause) => match cause {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(TlsProblem::Expired),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some(TlsProblem::NotYetValid)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(TlsProblem::WrongName)
            }
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Some(TlsProblem::UnsupportedKey)
            }
            // An authority of the same name with another key: a company's CA that was made anew.
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_) => {
                Some(TlsProblem::UnknownIssuer)
            }
            _ => None,
        },
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) | rustls::Error::PeerIncompatible(_) => {
            Some(TlsProblem::OldProtocol)
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Some(TlsProblem::ClientCertificate),
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => Some(TlsProblem::NothingInCommon),
        rustls::Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Some(TlsProblem::LongChain),
        rustls::Error::InvalidMessage(_) => Some(TlsProblem::NotTls),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_in_a_distinguished_name_and_a_broken_one_is_none() {
        let name = b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04Acme\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x13\x03top";
        assert_eq!(attribute(name, COMMON_NAME).as_deref(), Some("top"));
        assert_eq!(attribute(name, ORGANIZATION).as_deref(), Some("Acme"));
        for length in 0..name.len() {
            assert_ne!(attribute(&name[..length], COMMON_NAME).as_deref(), Some("top"), "{length}");
        }
    }

    #[test]
    fn a_certificate_that_cannot_be_read_keeps_its_cause() {
        let rejected = Rejected::because(CertificateError::Expired.into(), &CertificateDer::from(vec![0; 9]));
        let failure = HandshakeFailure::of(&rejected);
        assert_eq!(failure.problem, Some(TlsProblem::Expired));
        assert_eq!(failure.detail, TlsProblem::Expired.detail());
    }
}
