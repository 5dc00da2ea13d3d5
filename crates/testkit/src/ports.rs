//! Ports for servers that take a number, and a port on which nobody listens.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 that refuses connections for as long as this value lives: it is bound, so that nobody is given it,
/// and nobody listens on it.
pub struct ClosedPort {
    /// Its number.
    pub number: u16,
    _socket: TcpSocket,
}

impl ClosedPort {
    /// One that the kernel chooses.
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let number = socket.local_addr().expect("an address").port();
        Self { number, _socket: socket }
    }
}

impl Default for ClosedPort {
    fn default() -> Self {
        Self::new()
    }
}

/// A port that nobody holds, below those that the kernel hands out: nobody is given it before a daemon takes it.
pub fn unused() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        // Tests may run in processes of their own: they try in different places.
        let place = std::process::id() * 16 + TRIED.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + u16::try_from(place % 20_000).expect("a small number");
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return port;
        }
    }
}
