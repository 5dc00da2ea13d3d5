//! From the Hub's answers to findings. Pure: no I/O, no clock, no environment.

pub mod assess;
#[cfg(test)]
mod assessment_table;
mod elsewhere;
pub mod entitlement;
#[cfg(test)]
mod entitlement_table;
pub mod evidence;
pub mod least_privilege;
pub mod lifetime;
pub mod table;
