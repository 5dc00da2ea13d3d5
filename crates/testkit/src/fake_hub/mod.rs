//! The running fake Hub: HTTP/2 over TLS where the client offers it, and HTTP/1.1.

mod exchange;
pub mod fault;
mod flavor;
pub mod http;
mod http2;
mod permissions;
mod rules;
mod state;

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use crate::certs;
use exchange::Shared;
use http::Request;
pub use permissions::Action;
pub use state::{Flavor, Gate, Grant, HubState, Membership, Repo, Token, User};

/// A running Hub. It lives as long as the process; its folder as long as this value.
pub struct FakeHub {
    pub address: SocketAddr,
    /// `https://localhost:PORT`
    pub endpoint: String,
    /// The CA to trust.
    pub ca: PathBuf,
    /// Every request so far: method, path and headers.
    pub log: Arc<Mutex<Vec<Request>>>,
    /// The most requests that were being answered at one time.
    pub peak: Arc<AtomicUsize>,
    /// How many connections were made to it.
    pub connections: Arc<AtomicUsize>,
    _folder: TempDir,
}

impl FakeHub {
    /// Serves `state` over TLS on loopback.
    pub fn start(state: HubState) -> Self {
        Self::serve(state, "127.0.0.1:0", Some(certs::issue(&["localhost", "127.0.0.1"])))
    }

    /// Serves `state` in plain text on loopback.
    pub fn start_plain(state: HubState) -> Self {
        Self::serve(state, "127.0.0.1:0", None)
    }

    /// Serves `state` at `address`, with TLS where there is an identity.
    pub fn serve(state: HubState, address: &str, identity: Option<certs::Identity>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        let scheme = if identity.is_some() { "https" } else { "http" };
        let ca = certs::save(folder.path(), identity.as_ref().map_or("", |identity| &identity.ca_pem));
        let log = Arc::new(Mutex::new(Vec::new()));
        let peak = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let tls = identity.map(|identity| offering(&identity.config, state.protocols()));
        let shared = Arc::new(Shared::new(state, &log, &peak));
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let (shared, tls) = (Arc::clone(&shared), tls.clone());
                thread::spawn(move || connection(&shared, tls.as_ref(), stream));
            }
        });
        let endpoint = format!("{scheme}://localhost:{}", address.port());
        Self { address, endpoint, ca, log, peak, connections, _folder: folder }
    }

    /// How many requests had this in their path.
    pub fn count(&self, part: &str) -> usize {
        self.log.lock().expect("the log").iter().filter(|request| request.path.contains(part)).count()
    }
}

fn offering(config: &ServerConfig, protocols: &[&str]) -> Arc<ServerConfig> {
    let mut config = config.clone();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Serves a connection until it ends.
fn connection(shared: &Arc<Shared>, tls: Option<&Arc<ServerConfig>>, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else { return http1(shared, stream) };
    let Ok(mut connection) = ServerConnection::new(Arc::clone(config)) else { return };
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            return;
        }
    }
    if connection.alpn_protocol() == Some(b"h2") {
        http2::requests(shared, config, connection, stream);
    } else {
        http1(shared, StreamOwned::new(connection, stream));
    }
}

/// Answers every HTTP/1.1 request of a connection.
fn http1<S: Read + Write>(shared: &Shared, stream: S) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(request)) = Request::read(&mut stream) {
        let turn = shared.turn(&request);
        let fault = turn.fault;
        let answer = || turn.answer();
        let done = match fault {
            Some(kind) => kind.strike(stream.get_mut(), answer),
            None => answer().write(stream.get_mut()),
        };
        if done.is_err() {
            return;
        }
    }
}
