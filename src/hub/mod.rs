//! The Hub over HTTP: questions go in, replies come out, and nothing here decides what a reply is worth.

mod client;
pub(crate) mod reading;
#[cfg(test)]
mod recorded;
pub(crate) mod retry;
mod rounds;
mod tls;
mod transport;
mod wire;

#[cfg(any(test, fuzzing))]
pub(crate) use client::replied;
pub(crate) use client::{Hub, Line};
