//! The token: where it was found, what kind it is, and how it is kept out of every output.

pub mod classify;
pub mod kind;
pub mod secret;
pub mod source;
