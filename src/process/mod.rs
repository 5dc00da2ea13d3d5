//! This process and the one it becomes. All unsafe code of the program is here (`tests/design.rs`).

pub mod bounded;
pub mod deadline;
pub mod descriptor;
pub mod event_loop;
pub mod exec;
pub mod harden;
pub mod inherited;
pub mod limits;
pub mod rank;
pub mod signals;
pub mod terminal;
