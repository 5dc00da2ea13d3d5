//! The Hub over HTTP: requests go out, replies come in. Nothing here decides what a reply means for the job.

mod attempt;
mod client;
mod dns;
pub(crate) mod interpret;
mod net;
mod plan;
#[cfg(test)]
mod recorded;
pub(crate) mod retry;
pub(crate) mod sanitize;
mod whoami;

#[cfg(any(test, fuzzing))]
pub(crate) use attempt::replied;
pub(crate) use client::{ClientConfig, Hub};
pub(crate) use net::proxy::ProxyRoute;
pub(crate) use plan::{IdentityUse, unanswered};
