//! Checks, before a job starts, that its Hugging Face token can do what the job requires.
//!
//! The command line is the contract: this library has one function, for the binary. `docs/architecture.md` says
//! what each module does.

#![cfg_attr(
    feature = "internals",
    allow(
        missing_docs,
        clippy::missing_panics_doc,
        clippy::return_self_not_must_use,
        reason = "what the feature opens is no contract"
    )
)]

mod app;
mod audit;
mod cli;
mod diagnosis;
mod env;
mod hub;
mod manual;
mod model;
mod platform;
mod policy;
mod process;
mod rehearse;
mod report;
mod token;

pub use app::run;

/// The modules that the fuzz harness of this repository calls. No contract: anything here changes without notice.
#[cfg(feature = "internals")]
pub mod internals {
    pub mod cli {
        pub use crate::cli::*;
    }
    pub mod diagnosis {
        pub use crate::diagnosis::*;
    }
    pub mod env {
        pub use crate::env::*;
    }
    pub mod hub {
        pub use crate::hub::*;
    }
    pub mod model {
        pub use crate::model::*;
    }
    pub mod platform {
        pub use crate::platform::*;
    }
    pub mod policy {
        pub use crate::policy::*;
    }
    pub mod report {
        pub use crate::report::*;
    }
    pub mod token {
        pub use crate::token::*;
    }
}
