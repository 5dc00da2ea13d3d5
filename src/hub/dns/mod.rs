//! Host names to addresses.

pub(crate) mod error;
pub(crate) mod resolver;
#[cfg(target_os = "linux")]
mod stub;
