//! Diagnoses: one named cause each, with its exit status and its wording.

pub(crate) mod catalog;
pub(crate) mod exit_code;
pub(crate) mod message;
pub(crate) mod params;
pub(crate) mod token_form;
