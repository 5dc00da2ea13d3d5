//! The loopback Hub behind a relay that counts, and delays what passes through it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::hub_state;
use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::relay::Relay;

/// Where time is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// The server thinks: every answer comes this much later. A handshake costs nothing.
    Answer(u64),
    /// The server is far away: every round trip takes this long, those of the TCP and TLS handshakes too.
    RoundTrip(u64),
    /// The same, and it speaks only HTTP/1.1.
    RoundTripOverHttp1(u64),
}

impl Delay {
    pub fn millis(self) -> u64 {
        match self {
            Self::Answer(millis) | Self::RoundTrip(millis) | Self::RoundTripOverHttp1(millis) => millis,
        }
    }

    /// What no client can be faster than: one TCP, one TLS and one HTTP round trip; or one answer.
    pub fn limit(self) -> u64 {
        match self {
            Self::Answer(millis) => millis,
            Self::RoundTrip(millis) | Self::RoundTripOverHttp1(millis) => 3 * millis,
        }
    }
}

/// A Hub at a distance.
pub struct DistantHub {
    pub delay: Delay,
    pub endpoint: String,
    pub hub: FakeHub,
    relay: Relay,
}

/// What went through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    pub connections: u64,
    /// Both directions, as TCP carries them: TLS and HTTP.
    pub bytes: u64,
}

impl DistantHub {
    pub fn open(delay: Delay) -> Self {
        let mut state = hub_state::hub_state();
        let mut round_trip = Duration::ZERO;
        match delay {
            Delay::Answer(0) => {}
            Delay::Answer(millis) => state.faults.push(Fault::everywhere(Kind::Late(Duration::from_millis(millis)))),
            Delay::RoundTrip(millis) => round_trip = Duration::from_millis(millis),
            Delay::RoundTripOverHttp1(millis) => {
                round_trip = Duration::from_millis(millis);
                state.without.push("h2");
            }
        }
        let hub = FakeHub::start(state);
        let relay = Relay::to(hub.address, round_trip);
        Self { delay, endpoint: format!("https://localhost:{}", relay.port), hub, relay }
    }

    /// What went through since the last time.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            connections: self.relay.counts.connections.swap(0, Ordering::SeqCst),
            bytes: self.relay.counts.bytes.swap(0, Ordering::SeqCst),
        }
    }
}
