//! The world on a socket, with TLS or without.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::certs;
use super::http::Request;
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
        let shared = Arc::new(Shared {
            struck: world.faults.iter().map(|_| AtomicUsize::new(0)).collect(),
            world,
            log: Arc::clone(&log),
            busy: AtomicUsize::new(0),
            peak: Arc::clone(&peak),
            tls: identity.map(|identity| identity.config),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.connection(stream));
            }
        });
        let endpoint = format!("{scheme}://localhost:{}", address.port());
        Self { address, endpoint, ca, log, peak, _folder: folder }
    }

    /// How many requests had this in their path.
    pub fn count(&self, part: &str) -> usize {
        self.log.lock().expect("the log").iter().filter(|request| request.path.contains(part)).count()
    }
}

struct Shared {
    world: World,
    log: Arc<Mutex<Vec<Request>>>,
    /// Requests that are being answered.
    busy: AtomicUsize,
    peak: Arc<AtomicUsize>,
    /// Per fault, the requests it has looked at.
    struck: Vec<AtomicUsize>,
    tls: Option<Arc<rustls::ServerConfig>>,
}

impl Shared {
    fn connection(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.requests(stream),
            Some(config) => {
                let Ok(connection) = ServerConnection::new(Arc::clone(config)) else { return };
                self.requests(StreamOwned::new(connection, stream));
            }
        }
    }

    fn requests<S: Read + Write>(&self, stream: S) {
        let mut stream = BufReader::new(stream);
        while let Ok(Some(request)) = Request::read(&mut stream) {
            self.log.lock().expect("the log").push(request.clone());
            self.peak.fetch_max(self.busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let answer = || self.world.answer(&request);
            let fault = self.world.faults.iter().zip(&self.struck).find(|(fault, struck)| {
                fault.strikes(&request) && {
                    let at = struck.fetch_add(1, Ordering::Relaxed);
                    at >= fault.after && at - fault.after < fault.times
                }
            });
            let answered = || {
                self.busy.fetch_sub(1, Ordering::SeqCst);
                answer()
            };
            let done = match fault {
                Some((fault, _)) => fault.kind.strike(stream.get_mut(), answered),
                None => answered().write(stream.get_mut()),
            };
            if done.is_err() {
                return;
            }
        }
    }
}
