//! The Hub over HTTP: questions go in, replies come out, and nothing here decides what a reply is worth.

mod attempt;
mod client;
mod first_connection;
mod proxy;
pub(crate) mod reading;
#[cfg(test)]
mod recorded;
mod resolver;
pub(crate) mod retry;
mod rounds;
#[cfg(target_os = "linux")]
mod stub;
mod tls;
mod transport;
mod vigil;
mod wire;

#[cfg(any(test, fuzzing))]
pub(crate) use attempt::replied;
pub(crate) use client::{Hub, Line};
pub(crate) use proxy::Way;
pub(crate) use rounds::{Wanted, unanswered};
pub(crate) use vigil::in_time;
