//! Checks, before a job starts, that its Hugging Face token can do what the job needs.
//!
//! The command line is the only contract: this library has one function, for the binary. `docs/architecture.md` says
//! which room a line of code lives in.

mod audit;
mod cli;
mod credential;
mod domain;
mod exec;
mod explain;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hub;
mod options;
mod output;
mod rank;
mod rehearsal;
mod reports;
mod run;
mod seal;

pub use run::run;
