//! The command line and its variables, from text to validated options.

mod args;
pub mod given;
pub mod options;
pub mod requirements;
pub mod setting;
pub mod unknown;
pub mod usage;
