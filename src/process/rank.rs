use std::env;
use std::ffi::OsString;

/// Where launchers say which process of a parallel job this is. The innermost launcher counts: torchrun runs inside any
/// other; Open MPI, `PMIx` and PMI stand before Slurm, because `mpirun` in an `sbatch` script hands the script's own
/// `SLURM_PROCID=0` to every rank; an indexed Kubernetes Job is around them all.
const NAMES: [&str; 6] =
    [TORCHRUN, "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID", "JOB_COMPLETION_INDEX"];

/// A common word: a `RANK=16` in an image may be that of a `LoRA`. It counts only as torch's `env://` wants it, with a
/// `WORLD_SIZE` beside it.
const TORCHRUN: &str = "RANK";

/// Which process of a parallel job this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// The first, or the only one.
    Zero,
    /// Any other.
    Other,
    /// The variable of this name does not hold a rank: nobody knows.
    Malformed(&'static str),
}

/// Reads the first variable that is set and not empty; none means that this is the only process.
pub fn find() -> Rank {
    let world_size = set("WORLD_SIZE");
    let counts = |name: &&str| *name != TORCHRUN || world_size.is_some();
    let Some((name, value)) = NAMES.into_iter().filter(counts).find_map(|name| Some((name, set(name)?))) else {
        return Rank::Zero;
    };
    match whole(&value) {
        Some(0) => Rank::Zero,
        Some(rank) if name == TORCHRUN && world_size.as_ref().and_then(whole).is_none_or(|size| rank >= size) => {
            Rank::Malformed(name)
        }
        Some(_) => Rank::Other,
        None => Rank::Malformed(name),
    }
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn whole(value: &OsString) -> Option<u64> {
    value.to_str()?.trim().parse().ok()
}
