//! Checks, before a job starts, that its Hugging Face token can do what the job requires.
//!
//! The command line is the contract: this library has one function, for the binary. `docs/architecture.md` says
//! what each module does.

mod app;
mod audit;
mod cli;
mod diagnosis;
mod env;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hub;
mod manual;
mod model;
mod policy;
mod process;
mod rehearse;
mod report;
mod token;

pub use app::run;
