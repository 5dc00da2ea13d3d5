//! Which process of a parallel job this is, as its launcher says in the environment.

use std::ffi::OsStr;

use crate::env::{Env, Variable};

/// Where launchers say which process of a parallel job this is. The innermost launcher counts: torchrun runs inside any
/// other; Open MPI, `PMIx` and PMI stand before Slurm, because `mpirun` in an `sbatch` script hands the script's own
/// `SLURM_PROCID=0` to every rank; an indexed Kubernetes Job is around them all.
const RANKS: [Variable; 6] =
    [TORCHRUN, Variable::OpenMpiRank, Variable::PmixRank, Variable::PmiRank, Variable::SlurmRank, Variable::JobIndex];

/// A common word: a `RANK=16` in an image may be that of a `LoRA`. It counts only as torch's `env://` requires it, with a
/// `WORLD_SIZE` beside it.
const TORCHRUN: Variable = Variable::Rank;

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

/// Reads the first variable that is set; none means that this is the only process.
pub fn find(env: &Env) -> Rank {
    let world_size = env.get(Variable::WorldSize);
    let counts = |variable: &Variable| *variable != TORCHRUN || world_size.is_some();
    let first = RANKS.into_iter().filter(counts).find_map(|variable| Some((variable, env.get(variable)?)));
    let Some((variable, value)) = first else { return Rank::Zero };
    match whole(value) {
        Some(0) => Rank::Zero,
        Some(rank) if variable == TORCHRUN && world_size.and_then(whole).is_none_or(|size| rank >= size) => {
            Rank::Malformed(variable.name())
        }
        Some(_) => Rank::Other,
        None => Rank::Malformed(variable.name()),
    }
}

fn whole(value: &OsStr) -> Option<u64> {
    value.to_str()?.trim().parse().ok()
}
