//! Host names to addresses.

pub mod error;
pub mod resolver;
#[cfg(target_os = "linux")]
mod stub;
