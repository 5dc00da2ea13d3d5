//! The connection to the Hub: TLS, proxies, and the errors of both.

pub(crate) mod errors;
pub(crate) mod gate;
pub(crate) mod proxy;
pub(crate) mod tls;
