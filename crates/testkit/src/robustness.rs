//! Tables of trouble: every row is run by the real binary, and whatever happens, the promises hold: the verdict is the
//! expected one, it comes by the deadline, memory stays small, and no output has a secret or a control character in it.

use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::fake_hub::FakeHub;
use crate::measure::{Measured, Usage, measure};
use crate::program::{self, Run};
use crate::scenario;

/// Peak memory under attack stays below this.
const MOST_MEMORY_KIB: u64 = 32 * 1024;
/// How late a verdict may come on a busy machine. The usual is a few milliseconds.
const MOST_LATENESS: Duration = Duration::from_secs(2);
/// Rows at a time.
const AT_ONCE: usize = 8;

/// A row: what is wrong, where, and what must come of it.
pub struct Row {
    pub name: &'static str,
    /// Behind `--verbose --timeout T --report FILE`.
    pub args: Vec<String>,
    pub variables: Vec<(String, String)>,
    pub exit: i32,
    /// The code that decides, or that of the first warning of a pass; empty for neither. With `|` between two where a busy
    /// machine may come to the second: both mean that there was no answer.
    pub code: &'static str,
    /// Stands somewhere in the text.
    pub says: &'static str,
    /// Stands in the text, however its lines are wrapped.
    pub advises: String,
    /// Where the verdict need not wait for the deadline.
    pub within: Option<Duration>,
}

impl Row {
    /// Reading and pushing with a good write token, against `endpoint`.
    pub fn new(name: &'static str, endpoint: &str, ca: &std::path::Path, exit: i32, code: &'static str) -> Self {
        let variables = program::variables([
            ("HF_ENDPOINT", endpoint),
            ("SSL_CERT_FILE", &ca.display().to_string()),
            ("HF_TOKEN", &scenario::secret("write")),
        ]);
        let args = ["--read", "acme/model", "--write", "acme/model"].map(Into::into).into();
        Self { name, args, variables, exit, code, says: "", advises: String::new(), within: None }
    }

    /// The same against a loopback Hub.
    pub fn at(name: &'static str, hub: &FakeHub, exit: i32, code: &'static str) -> Self {
        Self::new(name, &hub.endpoint, &hub.ca, exit, code)
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn advises(mut self, words: impl Into<String>) -> Self {
        self.advises = words.into();
        self
    }

    #[must_use]
    pub fn says(mut self, words: &'static str) -> Self {
        self.says = words;
        self
    }

    #[must_use]
    pub fn within(mut self, most: Duration) -> Self {
        self.within = Some(most);
        self
    }

    #[must_use]
    pub fn needs(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(ToString::to_string).collect();
        self
    }
}

/// Runs every row with this time limit and holds it to the promises. The figures go to `target/tmp/figures/TITLE`.
pub fn run_table(title: &str, timeout: Duration, rows: Vec<Row>) {
    run_table_hiding(title, timeout, rows, &[]);
}

/// The same, where `secrets` must not be seen in any output, as the token must not.
pub fn run_table_hiding(title: &str, timeout: Duration, rows: Vec<Row>, secrets: &[&str]) {
    let (count, waiting) = (rows.len(), Mutex::new(rows.into_iter()));
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(count) {
            scope.spawn(|| {
                loop {
                    let Some(row) = waiting.lock().expect("the rows").next() else { return };
                    let outcome = play(&row, timeout, secrets);
                    done.lock().expect("the outcomes").push((row.name, outcome));
                }
            });
        }
    });
    let done = done.into_inner().expect("the outcomes");
    let complaints: Vec<_> = done
        .iter()
        .flat_map(|(name, (_, complaints))| complaints.iter().map(move |text| format!("{name}: {text}")))
        .collect();
    assert!(complaints.is_empty(), "{} complaints about {count} rows:\n{}", complaints.len(), complaints.join("\n"));
    let lateness = done.iter().map(|(_, (usage, _))| usage.wall.saturating_sub(timeout)).max().unwrap_or_default();
    let peak = done.iter().map(|(_, (usage, _))| usage.peak_kib).max().unwrap_or_default();
    let figures = format!(
        "{title}: {count} tried, {count} survived, 0 wrong verdicts; latest {} ms past the deadline of {} s; at most {:.1} MiB\n",
        lateness.as_millis(),
        timeout.as_secs(),
        f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0
    );
    println!("{figures}");
    let folder = program::target().join("figures");
    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(title), figures)).expect("the figures are kept");
}

/// One run and everything that is wrong with it.
fn play(row: &Row, timeout: Duration, secrets: &[&str]) -> (Usage, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    let limit = format!("{}s", timeout.as_secs());
    let fixed = ["--verbose", "--timeout", &limit, "--report", &path.display().to_string()].map(str::to_owned);
    let Measured { run, usage } = measure(&program::command([&fixed[..], &row.args].concat(), &row.variables));
    let (Run { status, stdout, stderr }, Usage { wall: elapsed, peak_kib, .. }) = (run, usage);
    let report = fs::read_to_string(&path).unwrap_or_default();
    let json: Value = serde_json::from_str(&report).unwrap_or_default();
    let code = if status == 0 { &json["warnings"][0]["code"] } else { &json["code"] }.as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    must(
        status == row.exit && row.code.split('|').any(|known| known == code),
        format!("{status} {code}, not {} {}:\n{stderr}", row.exit, row.code),
    );
    must(json["exit"] == status, format!("the report says {}: {report}", json["exit"]));
    must(stderr.contains(row.says), format!("it does not say {:?}:\n{stderr}", row.says));
    let folded = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    must(folded.contains(&row.advises), format!("it does not advise {:?}:\n{stderr}", row.advises));
    must(stdout.is_empty(), format!("stdout is nobody's here: {stdout}"));
    must(elapsed < row.within.unwrap_or(timeout + MOST_LATENESS), format!("it took {elapsed:?}"));
    must(peak_kib < MOST_MEMORY_KIB, format!("it held {peak_kib} KiB"));
    let is_harmful =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}');
    must(!stderr.contains(is_harmful), format!("the text has control characters: {stderr:?}"));
    must(!report.trim_end().contains(is_harmful), format!("the report has control characters: {report:?}"));
    let token = scenario::secret("write");
    let token = token.as_bytes()[3..].windows(8).map(|part| String::from_utf8_lossy(part).into_owned());
    for secret in token.chain(secrets.iter().map(ToString::to_string)) {
        must(!stderr.contains(&secret) && !report.contains(&secret), format!("a secret is shown:\n{stderr}{report}"));
    }
    (usage, wrong)
}
