//! The Hub over HTTP: questions go in, replies come out, and nothing here decides what a reply is worth.

mod client;
mod reading;
#[cfg(test)]
mod recorded;
mod retry;
mod rounds;
mod tls;
mod transport;
mod wire;

pub(crate) use client::{Hub, Line};
