//! Everything that is measured: who, where, with how many needs, and the median of what it cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::distant_hub::{Delay, DistantHub, Traffic};
use crate::instructions;
use crate::job::Job;
use crate::rivals::{self, Rivals};
use testkit::measure::Usage;

/// The numbers of needs that are asked for.
pub const NEEDS: [usize; 5] = [1, 2, 3, 10, 100];

/// Where it is asked.
pub const DELAYS: [Delay; 6] = [
    Delay::Answer(0),
    Delay::Answer(50),
    Delay::Answer(200),
    Delay::RoundTrip(50),
    Delay::RoundTrip(200),
    Delay::RoundTripOverHttp1(50),
];

/// How often it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    Little,
    Full,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Ours,
    /// Ours with the system's CA bundle.
    OursBundle,
    /// Ours without a token.
    Local,
    CurlWhoami,
    /// The same with the system's CA bundle.
    CurlBundle,
    CurlSequence,
    Python,
    /// `/bin/true`, linked dynamically.
    True,
    /// A static C program that does nothing.
    Nothing,
}

/// The median of some runs.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub who: Who,
    pub delay: Delay,
    /// 0 where the number does not matter.
    pub needs: usize,
    pub cost: Usage,
    pub traffic: Traffic,
}

/// All of them.
pub struct Figures {
    pub rows: Vec<Row>,
    pub instructions: Vec<(Who, usize, u64)>,
    pub size: u64,
    /// What was measured.
    pub binary: PathBuf,
}

impl Figures {
    pub fn row(&self, who: Who, delay: Delay, needs: usize) -> Option<&Row> {
        self.rows.iter().find(|row| row.who == who && row.delay == delay && row.needs == needs)
    }

    pub fn cost(&self, who: Who, delay: Delay, needs: usize) -> Option<Usage> {
        self.row(who, delay, needs).map(|row| row.cost)
    }

    pub fn instructions(&self, who: Who, needs: usize) -> Option<u64> {
        self.instructions.iter().find(|(known, count, _)| *known == who && *count == needs).map(|(_, _, count)| *count)
    }
}

/// Measures everything.
pub fn measure(rivals: &Rivals, effort: Effort) -> Figures {
    let folder = tempfile::tempdir().expect("a folder");
    let sites: Vec<_> = DELAYS.into_iter().map(DistantHub::open).collect();
    let rows = sites.iter().flat_map(|site| interleaved(site, &contest(rivals, site, folder.path()), effort)).collect();
    let near = &sites[0];
    let jobs = [
        (Who::Local, 0, Some(rivals.local())),
        (Who::True, 0, Some(rivals::bare(Path::new("/bin/true")))),
        (Who::Nothing, 0, rivals.nothing.as_deref().map(rivals::bare)),
        (Who::Ours, 2, Some(rivals.ours(near, 2))),
        (Who::OursBundle, 2, rivals.ours_bundle(near, folder.path())),
        (Who::CurlWhoami, 0, rivals.curl_whoami(near)),
        (Who::CurlBundle, 0, rivals.curl_bundle(near, folder.path())),
    ];
    let counted = |(who, needs, job): (Who, usize, Option<Job>)| Some((who, needs, instructions::count(&job?)?));
    let instructions = jobs.into_iter().filter_map(counted).collect();
    let size = std::fs::metadata(&rivals.ours).expect("the binary").len();
    Figures { rows, instructions, size, binary: rivals.ours.clone() }
}

/// Everybody who runs at this site, with the number of needs.
fn contest(rivals: &Rivals, site: &DistantHub, folder: &Path) -> Vec<(Who, usize, Job)> {
    let mut jobs: Vec<_> = NEEDS.into_iter().map(|needs| (Who::Ours, needs, Some(rivals.ours(site, needs)))).collect();
    jobs.push((Who::CurlWhoami, 0, rivals.curl_whoami(site)));
    jobs.extend(NEEDS.map(|needs| (Who::CurlSequence, needs, rivals.curl_sequence(site, needs))));
    jobs.push((Who::Python, 2, rivals.python(site)));
    if site.delay == DELAYS[0] {
        jobs.push((Who::CurlBundle, 0, rivals.curl_bundle(site, folder)));
        jobs.push((Who::OursBundle, 2, rivals.ours_bundle(site, folder)));
        jobs.push((Who::Local, 0, Some(rivals.local())));
        jobs.push((Who::True, 0, Some(rivals::bare(Path::new("/bin/true")))));
        jobs.push((Who::Nothing, 0, rivals.nothing.as_deref().map(rivals::bare)));
    }
    jobs.into_iter().filter_map(|(who, needs, job)| Some((who, needs, job?))).collect()
}

/// How often. What takes long varies little.
fn runs(who: Who, delay: Delay, needs: usize, effort: Effort) -> usize {
    let full = match (who, delay.millis()) {
        (Who::CurlSequence, 1..) if needs == 100 => 1,
        (Who::Python, _) => 7,
        (Who::Local | Who::True | Who::Nothing, _) => 101,
        (_, 0) => 31,
        (_, 1..=99) => 15,
        (_, _) => 7,
    };
    match effort {
        Effort::Full => full,
        Effort::Little => full.div_ceil(10),
    }
}

/// Runs them in turn, so that a busy moment of the machine strikes all alike; the first round only warms up.
fn interleaved(site: &DistantHub, jobs: &[(Who, usize, Job)], effort: Effort) -> Vec<Row> {
    let mut results: Vec<Vec<(Usage, Traffic)>> = vec![Vec::new(); jobs.len()];
    let most = jobs.iter().map(|(who, needs, _)| runs(*who, site.delay, *needs, effort)).max().unwrap_or(0);
    for round in 0..=most {
        for ((who, needs, job), results) in jobs.iter().zip(&mut results) {
            let wanted = runs(*who, site.delay, *needs, effort);
            if round > wanted || (round == 0 && wanted == 1) {
                continue;
            }
            let _ = site.traffic();
            let cost = job.run();
            if round > 0 {
                results.push((cost, site.traffic()));
            }
        }
    }
    let rows = jobs.iter().zip(&results);
    rows.map(|((who, needs, _), results)| row(*who, site.delay, *needs, results)).collect()
}

fn row(who: Who, delay: Delay, needs: usize, results: &[(Usage, Traffic)]) -> Row {
    let cost = Usage {
        wall: median(results, |(cost, _)| cost.wall),
        cpu: median(results, |(cost, _)| cost.cpu),
        peak_kib: median(results, |(cost, _)| cost.peak_kib),
    };
    let traffic = Traffic {
        connections: median(results, |(_, traffic)| traffic.connections),
        bytes: median(results, |(_, traffic)| traffic.bytes),
    };
    Row { who, delay, needs, cost, traffic }
}

fn median<T: Ord + Copy, R>(results: &[R], of: impl Fn(&R) -> T) -> T {
    let mut values: Vec<_> = results.iter().map(of).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// Milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
