//! Diagnoses: one named cause each, with its exit status and its wording.

pub mod catalog;
pub mod cause;
pub mod exit_code;
mod links;
pub mod message;
pub mod params;
pub mod token_form;
