//! From the Hub's answers to findings. Pure: no I/O, no clock, no environment.

pub(crate) mod assess;
pub(crate) mod entitlement;
pub(crate) mod least_privilege;
pub(crate) mod table;
