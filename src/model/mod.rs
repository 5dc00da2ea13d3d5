//! The nouns of the Hub: repos, identities, requirements, answers. No policy and no I/O.

pub mod answer;
pub mod asked;
pub mod author;
pub mod ca_bundle;
pub mod duration;
pub mod endpoint;
pub mod entitlement;
pub mod hub_response;
pub mod identity;
pub mod listing;
pub mod membership;
pub mod obstacle;
pub mod permission;
pub mod printable;
pub mod question;
pub mod reply;
pub mod repo;
pub mod requirement;
pub mod revision;
pub mod scopes;
pub mod sentence;
pub mod spelling;
#[cfg(test)]
mod spelling_table;
pub mod timestamp;
pub mod typo;
