//! The certificates that the machine itself trusts. This program needs them only where nothing else verifies a server; most
//! other programs need nothing but them.

use std::path::{Path, PathBuf};

/// Where distributions keep them in one file, as OpenSSL builds and `httpcore2` look for them.
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Where OpenSSL looks for them in a file each.
const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// The first of the usual files that exists.
pub fn file() -> Option<&'static Path> {
    FILES.iter().map(Path::new).find(|path| path.is_file())
}

/// True where there are certificates in one of the usual places.
pub fn exists() -> bool {
    file().is_some() || !hashed(&FOLDERS).is_empty()
}

/// The files of these folders that OpenSSL looks at: they are named by a hash, `0a1b2c3d.0`.
pub fn hashed<P: AsRef<Path>>(folders: &[P]) -> Vec<PathBuf> {
    let is_hash = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.split_once('.').is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.bytes().all(|b| b.is_ascii_hexdigit())
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let entries = folders.iter().filter_map(|folder| folder.as_ref().read_dir().ok()).flatten().flatten();
    entries.map(|entry| entry.path()).filter(is_hash).collect()
}
