//! Distance: a relay that counts, and delays what passes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A listening relay. It lives as long as the process.
pub struct Relay {
    pub port: u16,
    pub counts: Arc<Counts>,
}

/// What went through.
#[derive(Default)]
pub struct Counts {
    pub connections: AtomicU64,
    /// Both directions, as TCP carries them.
    pub bytes: AtomicU64,
}

impl Relay {
    /// Every round trip to `target` takes this long, that of the TCP handshake too.
    pub fn to(target: SocketAddr, round_trip: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counts = Arc::clone(&shared);
                thread::spawn(move || carry(&client, target, round_trip, &counts));
            }
        });
        Self { port, counts }
    }
}

/// Connects the client with `target`, until both have said all.
pub fn carry(client: &TcpStream, target: SocketAddr, round_trip: Duration, counts: &Arc<Counts>) {
    counts.connections.fetch_add(1, Ordering::SeqCst);
    let Ok(server) = TcpStream::connect(target) else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let copy = |from: &TcpStream, to: &TcpStream| Some((from.try_clone().ok()?, to.try_clone().ok()?));
    let (Some((up_from, up_to)), Some((down_from, down_to))) = (copy(client, &server), copy(&server, client)) else {
        return;
    };
    let (up, down) = (Arc::clone(counts), Arc::clone(counts));
    thread::spawn(move || pump(down_from, down_to, round_trip / 2, &down));
    // The kernel has accepted at once; at a distance the client could send only after one round trip.
    thread::sleep(round_trip);
    pump(up_from, up_to, round_trip / 2, &up);
}

/// Carries bytes one way, each `later` than it came, until the sender stops.
fn pump(mut from: TcpStream, mut to: TcpStream, later: Duration, counts: &Counts) {
    let (queue, due) = mpsc::channel::<(Instant, Vec<u8>)>();
    let writer = thread::spawn(move || {
        for (at, bytes) in due {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        counts.bytes.fetch_add(count as u64, Ordering::SeqCst);
        if queue.send((Instant::now() + later, buffer[..count].to_vec())).is_err() {
            break;
        }
    }
    drop(queue);
    let _ = writer.join();
}
