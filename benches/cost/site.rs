//! The loopback Hub behind a relay that counts, and delays what passes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::rivals;
use crate::support::fault::{Fault, Kind};
use crate::support::server::Hub;

/// Where time is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The server thinks: every answer comes this much later. A handshake costs nothing.
    Answer(u64),
    /// The server is far away: every round trip takes this long, those of the TCP and TLS handshakes too.
    RoundTrip(u64),
}

impl Delay {
    pub fn millis(self) -> u64 {
        match self {
            Self::Answer(millis) | Self::RoundTrip(millis) => millis,
        }
    }

    /// What no client can be faster than: one TCP, one TLS and one HTTP round trip; or one answer.
    pub fn limit(self) -> u64 {
        match self {
            Self::Answer(millis) => millis,
            Self::RoundTrip(millis) => 3 * millis,
        }
    }
}

/// A Hub at a distance.
pub struct Site {
    pub delay: Delay,
    pub endpoint: String,
    pub hub: Hub,
    counts: Arc<Counts>,
}

/// What went through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    pub connections: u64,
    /// Both directions, as TCP carries them: TLS and HTTP.
    pub bytes: u64,
}

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    bytes: AtomicU64,
}

impl Site {
    pub fn open(delay: Delay) -> Self {
        let mut world = rivals::world();
        let mut round_trip = Duration::ZERO;
        match delay {
            Delay::Answer(0) => {}
            Delay::Answer(millis) => world.faults.push(Fault::everywhere(Kind::Late(Duration::from_millis(millis)))),
            Delay::RoundTrip(millis) => round_trip = Duration::from_millis(millis),
        }
        let hub = Hub::start(world);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let counts = Arc::new(Counts::default());
        let (shared, target) = (Arc::clone(&counts), hub.address);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counts = Arc::clone(&shared);
                thread::spawn(move || relay(&client, target, round_trip, &counts));
            }
        });
        Self { delay, endpoint, hub, counts }
    }

    /// What went through since the last time.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            connections: self.counts.connections.swap(0, Ordering::SeqCst),
            bytes: self.counts.bytes.swap(0, Ordering::SeqCst),
        }
    }
}

fn relay(client: &TcpStream, target: SocketAddr, round_trip: Duration, counts: &Arc<Counts>) {
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
