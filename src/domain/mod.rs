//! What a token can do, judged. Pure: no I/O, no clock, no environment, and no library that has them.

pub(crate) mod answer;
pub(crate) mod assess;
pub(crate) mod bundle;
pub(crate) mod diagnosis;
pub(crate) mod endpoint;
pub(crate) mod exit_code;
pub(crate) mod expiry;
pub(crate) mod facts;
pub(crate) mod form;
pub(crate) mod identity;
pub(crate) mod judge;
pub(crate) mod lookalike;
pub(crate) mod manner;
pub(crate) mod need;
pub(crate) mod privilege;
pub(crate) mod prose;
pub(crate) mod reasons;
pub(crate) mod repo;
pub(crate) mod report;
pub(crate) mod span;
pub(crate) mod standing;
pub(crate) mod token;
