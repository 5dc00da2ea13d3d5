//! The connection to the Hub: TLS, proxies, and the errors of both.

pub mod errors;
pub mod gate;
pub mod handshake;
pub mod machine_store;
pub mod no_proxy;
pub mod pem;
pub mod proxy;
pub mod tls;
pub mod trust;
pub mod tunnel;
