//! What was promised, as ratios within one run, and what came of it.

use crate::distant_hub::Delay;
use crate::figures::{Figures, Who, millis};
use testkit::measure::Usage;

const NEAR: Delay = Delay::Answer(0);

/// A promise and its measure.
pub struct Target {
    pub what: String,
    pub bound: Bound,
    pub measured: f64,
}

/// On which side the measure must be.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(bound) => self.measured <= bound,
            Bound::AtLeast(bound) => self.measured >= bound,
        }
    }
}

/// Every target that could be measured here.
pub fn judge(figures: &Figures) -> Vec<Target> {
    let wall = |cost: Usage| millis(cost.wall);
    let cpu = |cost: Usage| millis(cost.cpu);
    let peak = |cost: Usage| cost.peak_kib as f64;
    let ours = |delay, needs| (Who::Ours, delay, needs);
    let curl = |delay| (Who::CurlWhoami, delay, 0);
    let bundle = (Who::CurlBundle, NEAR, 0);
    let python = (Who::Python, NEAR, 2);
    let get = |(who, delay, needs)| figures.cost(who, delay, needs);
    let ratio = |one, other, of: &dyn Fn(Usage) -> f64| Some(of(get(one)?) / of(get(other)?));
    let (answer, far) = (Delay::Answer(50), Delay::RoundTrip(50));
    let local = (Who::Local, NEAR, 0);
    let rows: [(&str, Bound, Option<f64>); 13] = [
        (
            "wall, 2 needs, 50 ms an answer: × curl, whoami alone",
            Bound::AtMost(1.0),
            ratio(ours(answer, 2), curl(answer), &wall),
        ),
        (
            "wall, 10 needs, 50 ms an answer: × curl, whoami alone",
            Bound::AtMost(1.1),
            ratio(ours(answer, 10), curl(answer), &wall),
        ),
        (
            "wall, 2 needs, 50 ms a round trip: × curl, whoami alone",
            Bound::AtMost(1.0),
            ratio(ours(far, 2), curl(far), &wall),
        ),
        (
            "wall, 10 needs, 50 ms a round trip: × curl, whoami alone",
            Bound::AtMost(1.1),
            ratio(ours(far, 10), curl(far), &wall),
        ),
        ("CPU, 2 needs: × curl, whoami alone", Bound::AtMost(0.35), ratio(ours(NEAR, 2), bundle, &cpu)),
        (
            "CPU, 2 needs: × curl, whoami alone, with a bundle of one CA",
            Bound::AtMost(0.35),
            ratio(ours(NEAR, 2), curl(NEAR), &cpu),
        ),
        ("peak memory, 2 needs: × curl, whoami alone", Bound::AtMost(0.4), ratio(ours(NEAR, 2), bundle, &peak)),
        (
            "peak memory, 2 needs: × curl, whoami alone, with a bundle of one CA",
            Bound::AtMost(0.4),
            ratio(ours(NEAR, 2), curl(NEAR), &peak),
        ),
        ("peak memory, 100 needs: × the same with 2", Bound::AtMost(1.1), ratio(ours(NEAR, 100), ours(NEAR, 2), &peak)),
        (
            "wall, the Python client: × ours, 2 needs, no delay",
            Bound::AtLeast(50.0),
            ratio(python, ours(NEAR, 2), &wall),
        ),
        ("peak memory, the Python client: × ours, 2 needs", Bound::AtLeast(8.0), ratio(python, ours(NEAR, 2), &peak)),
        ("wall, start to a local verdict: × /bin/true", Bound::AtMost(1.5), ratio(local, (Who::True, NEAR, 0), &wall)),
        ("size of the binary, MiB", Bound::AtMost(3.0), Some(figures.size as f64 / f64::from(1 << 20))),
    ];
    let target = |(what, bound, measured): (&str, Bound, Option<f64>)| {
        Some(Target { what: what.into(), bound, measured: measured? })
    };
    rows.into_iter().filter_map(target).collect()
}
