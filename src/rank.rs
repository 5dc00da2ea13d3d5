use std::env;

/// Where launchers say which process of a parallel job this is, in the order in which they are looked at: torchrun,
/// Slurm, Open MPI, `PMIx`, PMI and indexed Kubernetes jobs.
const NAMES: [&str; 6] =
    ["RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "JOB_COMPLETION_INDEX"];

/// Which process of a parallel job this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// The first, or the only one.
    Zero,
    /// Any other.
    Other,
    /// The variable of this name does not hold a whole number: nobody knows.
    Malformed(&'static str),
}

/// Reads the first variable that is set and not empty; none means that this is the only process.
pub(crate) fn find() -> Rank {
    let set = NAMES.into_iter().find_map(|name| Some((name, env::var_os(name).filter(|value| !value.is_empty())?)));
    let Some((name, value)) = set else { return Rank::Zero };
    match value.to_str().and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(0) => Rank::Zero,
        Some(_) => Rank::Other,
        None => Rank::Malformed(name),
    }
}
