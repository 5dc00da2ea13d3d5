//! The world on a socket: HTTP/2 over TLS where the client offers it, and HTTP/1.1.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::certs;
use super::fault::Kind;
use super::http::{Request, Response};
use super::http2;
use super::world::World;

/// A running Hub. It lives as long as the process; its folder as long as this value.
pub struct Hub {
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

impl Hub {
    /// Serves `world` over TLS on loopback.
    pub fn start(world: World) -> Self {
        Self::serve(world, "127.0.0.1:0", Some(certs::issue(&["localhost", "127.0.0.1"])))
    }

    /// Serves `world` in plain text on loopback.
    pub fn start_plain(world: World) -> Self {
        Self::serve(world, "127.0.0.1:0", None)
    }

    /// Serves `world` at `address`, with TLS where there is an identity.
    pub fn serve(world: World, address: &str, identity: Option<certs::Identity>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        let scheme = if identity.is_some() { "https" } else { "http" };
        let ca = certs::save(folder.path(), identity.as_ref().map_or("", |identity| &identity.ca_pem));
        let log = Arc::new(Mutex::new(Vec::new()));
        let peak = Arc::new(AtomicUsize::new(0));
        let connections = Arc::new(AtomicUsize::new(0));
        let shared = Arc::new(Shared {
            struck: world.faults.iter().map(|_| AtomicUsize::new(0)).collect(),
            tls: identity.map(|identity| offering(&identity.config, world.protocols())),
            world,
            log: Arc::clone(&log),
            busy: AtomicUsize::new(0),
            peak: Arc::clone(&peak),
        });
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.connection(stream));
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

/// What the connections of a Hub have in common.
pub struct Shared {
    world: World,
    log: Arc<Mutex<Vec<Request>>>,
    /// Requests that are being answered.
    busy: AtomicUsize,
    peak: Arc<AtomicUsize>,
    /// Per fault, the requests it has looked at.
    struck: Vec<AtomicUsize>,
    tls: Option<Arc<ServerConfig>>,
}

impl Shared {
    fn connection(self: &Arc<Self>, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let Some(config) = &self.tls else { return self.requests(stream) };
        let Ok(mut connection) = ServerConnection::new(Arc::clone(config)) else { return };
        while connection.is_handshaking() {
            if connection.complete_io(&mut stream).is_err() {
                return;
            }
        }
        if connection.alpn_protocol() == Some(b"h2") {
            http2::requests(self, config, connection, stream);
        } else {
            self.requests(StreamOwned::new(connection, stream));
        }
    }

    fn requests<S: Read + Write>(&self, stream: S) {
        let mut stream = BufReader::new(stream);
        while let Ok(Some(request)) = Request::read(&mut stream) {
            let turn = self.turn(&request);
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

    /// Takes a request in, whatever it came over: it is logged and counted, and a fault may strike it.
    pub fn turn<'a>(&'a self, request: &'a Request) -> Turn<'a> {
        self.log.lock().expect("the log").push(request.clone());
        self.peak.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let fault = self.world.faults.iter().zip(&self.struck).find(|(fault, struck)| {
            fault.strikes(request) && {
                let at = struck.fetch_add(1, Ordering::Relaxed);
                at >= fault.after && at - fault.after < fault.times
            }
        });
        Turn { hub: self, request, fault: fault.map(|(fault, _)| &fault.kind) }
    }
}

/// A request that is being answered. It ends before the answer is sent: the client may ask again the moment it has it.
pub struct Turn<'a> {
    hub: &'a Shared,
    request: &'a Request,
    pub fault: Option<&'a Kind>,
}

impl Turn<'_> {
    /// The right answer, which ends the turn.
    pub fn answer(self) -> Response {
        self.hub.world.answer(self.request)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.hub.busy.fetch_sub(1, Ordering::SeqCst);
    }
}
