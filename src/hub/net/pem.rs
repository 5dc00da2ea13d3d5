//! CA certificates in PEM.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::model::ca_bundle::Bundle;
use crate::process::{bounded, deadline};

/// So much is read, of all files together: a complete bundle has a quarter of a megabyte.
const MOST: u64 = 8 << 20;

const CERTIFICATE: &[u8] = b"CERTIFICATE-----";
const TRUSTED: &[u8] = b"TRUSTED CERTIFICATE-----";

/// What became of a file.
#[derive(Clone, Copy)]
enum Reading {
    /// So many certificates are in it.
    Read(usize),
    /// It is not among what is read.
    TooLarge,
}

/// The certificates that are trusted.
pub struct Trusted {
    /// The built-in roots and those of the bundles.
    pub roots: RootCertStore,
    /// What is wrong with the bundles, each in a clause, for the day that the handshake fails.
    pub complaints: Vec<String>,
    /// Whether the bundles may be read again.
    pub files: BundleFiles,
}

/// How the files of the bundles behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleFiles {
    /// They are read in time.
    InTime,
    /// One of them hangs. Nobody else can read it either.
    Hanging,
}

/// The built-in roots and those of `bundles`. A bundle that cannot be read takes nothing away, and a file system that hangs is not waited
/// for longer than `until`.
pub fn roots(bundles: &[Bundle], until: Instant) -> Trusted {
    let built_in = || RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if bundles.is_empty() {
        return Trusted { roots: built_in(), complaints: Vec::new(), files: BundleFiles::InTime };
    }
    let own = bundles.to_vec();
    let read = deadline::in_time(until, move || add_bundles(built_in(), &own));
    let late = || {
        let names: Vec<_> = bundles.iter().map(|bundle| bundle.variable).collect();
        let complaint = format!("reading the certificates of {} took too long", names.join(", "));
        Trusted { roots: built_in(), complaints: vec![complaint], files: BundleFiles::Hanging }
    };
    read.map_or_else(late, |(roots, complaints)| Trusted { roots, complaints, files: BundleFiles::InTime })
}

fn add_bundles(mut roots: RootCertStore, bundles: &[Bundle]) -> (RootCertStore, Vec<String>) {
    let mut complaints = Vec::new();
    // Images name one bundle in several variables, and a folder may hold it once more: each file is read once.
    let (mut known, mut left) = (BTreeMap::new(), MOST);
    let mut read = |file: &Path| {
        let file = file.canonicalize().unwrap_or_else(|_| file.into());
        *known.entry(file).or_insert_with_key(|file| add(&mut roots, file, &mut left))
    };
    for bundle in bundles {
        let (mut added, mut is_whole) = (0, true);
        for file in files(&bundle.path) {
            match read(&file) {
                Reading::Read(count) => added += count,
                Reading::TooLarge => is_whole = false,
            }
        }
        let why = match (is_whole, added) {
            (false, _) => "of these certificates, only 8 MiB are read",
            (true, 0) => "no certificate can be read from it",
            (true, _) => continue,
        };
        complaints.push(format!("{} names {}, and {why}", bundle.variable, bundle.path.display()));
    }
    (roots, complaints)
}

/// The files of a folder; or the file, where it is none.
fn files(path: &Path) -> Vec<PathBuf> {
    match path.read_dir() {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect(),
        Err(_) => vec![path.into()],
    }
}

/// Whether this very certificate is in one of these files or folders.
pub fn hold(paths: &[PathBuf], certificate: &CertificateDer<'_>) -> bool {
    let mut left = MOST;
    let mut texts = paths.iter().flat_map(|path| files(path)).filter_map(|file| text(&file, &mut left).ok());
    texts.any(|text| certificates(&text).any(|known| known.as_ref() == certificate.as_ref()))
}

fn add(roots: &mut RootCertStore, file: &Path, left: &mut u64) -> Reading {
    match text(file, left) {
        Ok(text) => Reading::Read(roots.add_parsable_certificates(certificates(&text)).0),
        Err(ErrorKind::FileTooLarge) => Reading::TooLarge,
        Err(_) => Reading::Read(0),
    }
}

/// The certificates of a text, up to one that cannot be read.
fn certificates(text: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).map_while(Result::ok).map(without_trust)
}

/// The text of a file of certificates, as a PEM reader of rustls knows it: without a byte order mark, and with the heading of
/// OpenSSL's certificates that state what they are trusted for changed into the usual one, as OpenSSL reads them too. A file with
/// more than what is `left` is not read.
fn text(file: &Path, left: &mut u64) -> Result<Vec<u8>, ErrorKind> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let about = file.metadata().map_err(|error| error.kind())?;
    // A pipe or a device may never end, and a sparse file is longer than any memory.
    if !about.is_file() {
        return Err(ErrorKind::InvalidInput);
    }
    if about.len() > *left {
        return Err(ErrorKind::FileTooLarge);
    }
    let mut text = Vec::new();
    // Some files of /proc are endless, and some wait.
    let opened = bounded::open(OpenOptions::new().read(true), file, Instant::now());
    opened.and_then(|file| file.take(*left).read_to_end(&mut text)).map_err(|error| error.kind())?;
    *left = left.saturating_sub(text.len() as u64);
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    let is_trusted = |line: &[u8]| line.trim_ascii_end().ends_with(TRUSTED);
    if !text.split(|b| *b == b'\n').any(is_trusted) {
        return Ok(text);
    }
    let lines = text.split_inclusive(|b| *b == b'\n').flat_map(|line| {
        let heading = line.trim_ascii_end().strip_suffix(TRUSTED);
        heading.map_or([line, b"", b""], |start| [start, CERTIFICATE, b"\n"]).concat()
    });
    Ok(lines.collect())
}

/// The certificate alone: OpenSSL writes what it is trusted for behind it.
fn without_trust(certificate: CertificateDer<'static>) -> CertificateDer<'static> {
    let bytes = certificate.as_ref();
    // The certificate is a SEQUENCE whose length takes two bytes: there is none of less than 256, or more than 65,535.
    match bytes {
        [0x30, 0x82, high, low, ..] => {
            let length = 4 + usize::from(u16::from_be_bytes([*high, *low]));
            bytes.get(..length).map_or_else(|| certificate.clone(), |bytes| bytes.to_vec().into())
        }
        _ => certificate,
    }
}

/// The certificates of these files, and no others.
pub fn read(files: &[PathBuf]) -> RootCertStore {
    let (mut roots, mut left) = (RootCertStore::empty(), MOST);
    for file in files {
        add(&mut roots, file, &mut left);
    }
    roots
}

#[cfg(test)]
mod tests {
    use base64::Engine;

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
        let Trusted { roots, complaints, .. } = roots(&bundles, Instant::now() + std::time::Duration::from_secs(60));
        assert_eq!(roots.len(), webpki_roots::TLS_SERVER_ROOTS.len() + 1);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("REQUESTS_CA_BUNDLE names "), "{complaints:?}");
    }

    #[test]
    fn what_openssl_reads_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = rcgen::generate_simple_self_signed(["hub".to_owned()]).expect("a certificate");
        let (plain, der) = (ca.cert.pem(), ca.cert.der().to_vec());
        // Behind the certificate, a SEQUENCE with an alias, as `openssl x509 -trustout -setalias` writes it.
        let trusted = [&der[..], &[0x30, 0x05, 0x0c, 0x03, b'h', b'u', b'b']].concat();
        let trusted = format!(
            "-----BEGIN TRUSTED CERTIFICATE-----\n{}\n-----END TRUSTED CERTIFICATE-----\n",
            base64::engine::general_purpose::STANDARD.encode(trusted)
        );
        for (name, text, count) in [
            ("plain", plain.clone(), 1),
            ("a byte order mark", format!("\u{feff}{plain}"), 1),
            ("with its trust", trusted.clone(), 1),
            ("three", format!("{plain}{trusted}# ours\n{plain}"), 3),
            ("nothing", String::new(), 0),
            ("too large", format!("{}{plain}", " ".repeat(9 << 20)), 0),
        ] {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, text).expect("a file");
            let roots = read(std::slice::from_ref(&path));
            let expected = RootCertStore::empty().add_parsable_certificates(vec![der.clone().into(); count]).0;
            assert_eq!((roots.len(), count), (expected, expected), "{name}");
        }
    }
}
