//! The nouns of the Hub: repos, identities, requirements, answers. No policy and no I/O.

pub(crate) mod answer;
pub(crate) mod ca_bundle;
pub(crate) mod duration;
pub(crate) mod endpoint;
pub(crate) mod identity;
pub(crate) mod printable;
pub(crate) mod question;
pub(crate) mod reply;
pub(crate) mod repo;
pub(crate) mod requirement;
pub(crate) mod timestamp;
pub(crate) mod typo;
