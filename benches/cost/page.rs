//! The tables of `docs/performance.md`, each between two markers that bear its name.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::distant_hub::Delay;
use crate::figures::{DELAYS, Figures, NEEDS, Row, Who, millis};
use crate::rivals::CLIENT;
use crate::targets::{Bound, Target};

/// Name and text of every table.
pub fn sections(figures: &Figures, targets: &[Target]) -> Vec<(&'static str, String)> {
    vec![
        ("machine", machine(&figures.binary)),
        ("targets", self::targets(targets)),
        ("answers", walls(figures, &DELAYS[..3])),
        ("round-trips", walls(figures, &[DELAYS[3], DELAYS[4]])),
        ("http1", walls(figures, &[DELAYS[5]])),
        ("limit", limit(figures)),
        ("load", load(figures)),
        ("starts", starts(figures)),
    ]
}

/// Puts the tables into the page.
pub fn write(sections: &[(&'static str, String)]) {
    let path = docs().join("performance.md");
    let mut page = std::fs::read_to_string(&path).expect("the page");
    for (name, text) in sections {
        let (start, end) = (format!("<!-- cargo bench: {name} -->\n"), format!("<!-- end of {name} -->\n"));
        let (before, rest) = page.split_once(&start).expect("the start of a table");
        let (_, after) = rest.split_once(&end).expect("the end of a table");
        page = format!("{before}{start}{text}{end}{after}");
    }
    std::fs::write(&path, page).expect("the page can be written");
}

pub fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn machine(binary: &Path) -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, Into::into);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let today = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    format!(
        "{}, `{}`. {}, {cores} cores, Linux {}; load {} at the end, of which this benchmark is a part. {}; {}; {CLIENT} on {}.\n",
        &today[..10],
        binary.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(binary).display(),
        model.unwrap_or("unknown CPU"),
        first_line("uname", &["-r"]),
        load.split(' ').next().unwrap_or_default(),
        first_line("rustc", &["--version"]),
        first_line("curl", &["--version"]).split(" (").next().unwrap_or_default(),
        first_line("python3", &["--version"]),
    )
}

fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("unknown").to_owned()
}

fn targets(targets: &[Target]) -> String {
    let mut text = String::from("| what | target | measured | met |\n|---|---|---|---|\n");
    for target in targets {
        let bound = match target.bound {
            Bound::AtMost(bound) => format!("at most {bound}"),
            Bound::AtLeast(bound) => format!("at least {bound}"),
        };
        let met = if target.is_met() { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {} | {bound} | {:.2} | {met} |", target.what, target.measured);
    }
    text
}

fn walls(figures: &Figures, delays: &[Delay]) -> String {
    let mut text = String::from("| needs |");
    for delay in delays {
        let _ = write!(text, " {0} ms: ours | {0} ms: curl, the same in sequence |", delay.millis());
    }
    text += "\n|---|";
    text += &"---|---|".repeat(delays.len());
    text.push('\n');
    for needs in NEEDS {
        let _ = write!(text, "| {needs} |");
        for delay in delays {
            let _ = write!(
                text,
                " {} | {} |",
                wall(figures, Who::Ours, *delay, needs),
                wall(figures, Who::CurlSequence, *delay, needs)
            );
        }
        text.push('\n');
    }
    for (name, who, needs) in
        [("curl, whoami alone", Who::CurlWhoami, 0), ("the Python client, 2 needs", Who::Python, 2)]
    {
        let _ = write!(text, "| {name} |");
        for delay in delays {
            let _ = write!(text, " {} | |", wall(figures, who, *delay, needs));
        }
        text.push('\n');
    }
    text
}

fn wall(figures: &Figures, who: Who, delay: Delay, needs: usize) -> String {
    figures.cost(who, delay, needs).map_or("not measured".into(), |cost| format!("{:.1}", millis(cost.wall)))
}

fn limit(figures: &Figures) -> String {
    let mut text = String::from(
        "| delay | limit | ours, 2 needs | beyond the limit | curl, whoami alone, beyond it |\n|---|---|---|---|---|\n",
    );
    for delay in DELAYS {
        let name = match delay {
            Delay::Answer(millis) => format!("{millis} ms an answer"),
            Delay::RoundTrip(millis) => format!("{millis} ms a round trip"),
            Delay::RoundTripOverHttp1(millis) => format!("{millis} ms a round trip, HTTP/1.1 only"),
        };
        let beyond = |who, needs| {
            figures
                .cost(who, delay, needs)
                .map_or("not measured".into(), |cost| format!("{:.1}", millis(cost.wall) - delay.limit() as f64))
        };
        let ours = wall(figures, Who::Ours, delay, 2);
        let _ = writeln!(
            text,
            "| {name} | {} | {ours} | {} | {} |",
            delay.limit(),
            beyond(Who::Ours, 2),
            beyond(Who::CurlWhoami, 0)
        );
    }
    text
}

fn load(figures: &Figures) -> String {
    let mut text =
        String::from("| | CPU, ms | peak memory, MiB | bytes on the wire | connections |\n|---|---|---|---|---|\n");
    let near = DELAYS[0];
    let mut rows: Vec<(String, Option<&Row>)> =
        NEEDS.map(|needs| (format!("ours, needs: {needs}"), figures.row(Who::Ours, near, needs))).to_vec();
    rows.push(("ours, needs: 2, with the system's bundle".into(), figures.row(Who::OursBundle, near, 2)));
    rows.push(("curl, whoami alone".into(), figures.row(Who::CurlBundle, near, 0)));
    rows.push(("the same, with a bundle of one CA".into(), figures.row(Who::CurlWhoami, near, 0)));
    for needs in [2, 100] {
        rows.push((format!("curl in sequence, one CA, needs: {needs}"), figures.row(Who::CurlSequence, near, needs)));
    }
    rows.push(("the Python client, needs: 2".into(), figures.row(Who::Python, near, 2)));
    for (name, row) in rows.into_iter().filter_map(|(name, row)| Some((name, row?))) {
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {:.1} | {} | {} |",
            millis(row.cost.cpu),
            row.cost.peak_kib as f64 / 1024.0,
            row.traffic.bytes,
            row.traffic.connections
        );
    }
    text
}

fn starts(figures: &Figures) -> String {
    let mut text = String::from("| | wall, ms | instructions |\n|---|---|---|\n");
    for (name, who, needs) in [
        ("ours: no token, a local verdict", Who::Local, 0),
        ("ours: a whole check of 2 needs", Who::Ours, 2),
        ("the same, with the system's bundle", Who::OursBundle, 2),
        ("curl, whoami alone", Who::CurlBundle, 0),
        ("the same, with a bundle of one CA", Who::CurlWhoami, 0),
        ("`/bin/true`, linked dynamically", Who::True, 0),
        ("a static C program that does nothing", Who::Nothing, 0),
    ] {
        let counted = figures.instructions(who, needs).map_or("not measured".into(), thousands);
        let time =
            figures.cost(who, DELAYS[0], needs).map_or("not measured".into(), |c| format!("{:.2}", millis(c.wall)));
        let _ = writeln!(text, "| {name} | {time} | {counted} |");
    }
    text
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}
