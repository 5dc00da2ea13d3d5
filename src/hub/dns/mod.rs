//! Host names to addresses.

pub mod error;
pub mod found;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod hosts;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod message;
pub mod overrides;
pub mod resolver;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod stub;
