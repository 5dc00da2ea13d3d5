//! This process and the one it becomes: exec, memory protection, ranks, deadlines. All unsafe code is here.

pub mod deadline;
pub mod exec;
pub mod harden;
pub mod rank;
