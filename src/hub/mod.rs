//! The Hub over HTTP: requests go out, replies come in. Nothing here decides what a reply means for the job.

mod attempt;
mod client;
#[cfg(feature = "internals")]
pub mod dns;
#[cfg(not(feature = "internals"))]
mod dns;
mod fetch;
pub mod interpret;
#[cfg(not(feature = "internals"))]
mod net;
#[cfg(feature = "internals")]
pub mod net;
mod plan;
#[cfg(test)]
mod recorded;
pub mod request;
#[cfg(test)]
mod response_table;
pub mod retry;

pub use attempt::{Target, replied};
pub use client::{ClientConfig, Hub};
pub use dns::overrides::Overrides as LookupOverrides;
pub use net::errors::Failure;
pub use net::machine_store::exists as machine_has_ca_certificates;
pub use net::proxy::ProxyRoute;
pub use plan::{IdentityUse, unanswered};
