//! Host names to addresses.

pub mod error;
#[cfg(target_os = "linux")]
mod message;
pub mod overrides;
pub mod resolver;
#[cfg(target_os = "linux")]
mod stub;
