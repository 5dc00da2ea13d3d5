//! One file per kind of input.

pub(crate) mod duration;
pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod net;
pub(crate) mod repo;
pub(crate) mod retry;
pub(crate) mod token;
