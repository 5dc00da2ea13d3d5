//! The token: where it was found, what kind it is, and how it is kept out of every output.

pub(crate) mod classify;
pub(crate) mod kind;
pub(crate) mod secret;
pub(crate) mod source;
