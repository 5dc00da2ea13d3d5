//! Host names to addresses.

pub mod error;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod found;
pub mod hosts;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod message;
pub mod overrides;
pub mod resolver;
#[cfg(any(target_os = "linux", feature = "internals"))]
pub mod stub;
