//! This process and the one it becomes: exec, memory protection, ranks, deadlines. All unsafe code is here.

pub(crate) mod deadline;
pub(crate) mod exec;
pub(crate) mod harden;
pub(crate) mod rank;
