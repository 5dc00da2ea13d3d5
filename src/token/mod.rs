//! The token: where it was found, what kind it is, and how it is kept out of every output.

pub mod classify;
mod credential;
pub mod early;
pub mod kind;
mod placeholder;
pub mod redact;
pub mod secret;
pub mod source;
mod view;
mod wrapping;
