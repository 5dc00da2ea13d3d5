//! A TCP peer that is no server: it does one thing to every connection, and has a certificate to do it over TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::certs;

/// The peer's side of TLS.
pub type Tls = StreamOwned<ServerConnection, TcpStream>;

/// A listening peer. It lives as long as the process; its folder as long as this value.
pub struct RawServer {
    pub port: u16,
    pub ca: PathBuf,
    /// How many connections were made to it.
    pub connections: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl RawServer {
    /// Does `act` to every connection, below TLS.
    pub fn raw(act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::listen("", act)
    }

    /// Completes the handshake as `change` has it, reads a request, and does `act`.
    pub fn tls(change: impl FnOnce(&mut ServerConfig), act: impl Fn(&mut dyn Write) + Send + Sync + 'static) -> Self {
        Self::accept(change, move |mut stream| {
            if stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                act(&mut stream);
            }
        })
    }

    /// Does `act` to every connection; its first read or write completes the handshake, as `change` has it.
    pub fn accept(change: impl FnOnce(&mut ServerConfig), act: impl Fn(Tls) + Send + Sync + 'static) -> Self {
        let identity = certs::issue(&["localhost"]);
        let mut config = ServerConfig::clone(&identity.config);
        change(&mut config);
        let config = Arc::new(config);
        Self::listen(&identity.ca_pem, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            act(StreamOwned::new(connection, stream));
        })
    }

    fn listen(ca_pem: &str, act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ca = certs::save(folder.path(), ca_pem);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counter, act) = (Arc::clone(&connections), Arc::new(act));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let act = Arc::clone(&act);
                thread::spawn(move || act(stream));
            }
        });
        Self { port, ca, connections, _folder: folder }
    }
}
