//! The harness of the integration tests. It is used as libtest is, by `cargo test` and by nextest, with one difference: a
//! test that lacks something on this machine is reported as ignored, by name and with the reason, and the run ends with one
//! line per missing prerequisite.
//!
//! It is our own because libtest-mimic switches on features of clap, and cargo would build the program under test with
//! them.

mod arguments;

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use self::arguments::{Arguments, Ignored};
use crate::measure;
use crate::prerequisite::Prerequisite;
use crate::program::{self, Build};

/// A registered test. `#[testkit::test]` makes these.
pub struct Test {
    /// The module's path, with the crate's name.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// What a machine may lack, and this test cannot do without.
    pub needs: &'static [&'static Prerequisite],
    /// The environment variable that makes it part of a run.
    pub opt_in: Option<&'static str>,
    /// Whether it starts before the tests that are not slow.
    pub is_slow: bool,
    /// The test itself; a panic is a failure.
    pub run: fn(),
}

inventory::collect!(Test);

impl Test {
    /// As libtest names it: without the crate.
    fn full_name(&self) -> String {
        self.module.split_once("::").map_or(self.name.into(), |(_, module)| format!("{module}::{}", self.name))
    }

    fn missing(&self) -> Vec<&'static Prerequisite> {
        self.needs.iter().copied().filter(|need| !need.is_available()).collect()
    }

    fn is_part_of_a_run(&self) -> bool {
        self.opt_in.is_none_or(|variable| std::env::var_os(variable).is_some())
    }
}

/// What became of a test.
enum Outcome {
    Passed,
    Failed(String),
    Ignored(Vec<&'static Prerequisite>),
}

/// Does what the command line asks for. `build` says where cargo has put the program under test.
pub fn main(build: Build) -> ExitCode {
    if let Some(status) = measure::run_as_helper() {
        return status;
    }
    program::set_build(build);
    let arguments = match Arguments::of_process() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut known: Vec<&Test> = inventory::iter::<Test>.into_iter().filter(|test| test.is_part_of_a_run()).collect();
    known.sort_by_key(|test| test.full_name());
    let is_chosen = |test: &&&Test| {
        // nextest asks which tests would be ignored before it starts any.
        let may_run =
            || arguments.ignored != Ignored::RunAlone || (!must_run_everything() && !test.missing().is_empty());
        arguments.select(&test.full_name()) && may_run()
    };
    let chosen: Vec<&Test> = known.iter().filter(is_chosen).copied().collect();
    if arguments.lists {
        for test in &chosen {
            println!("{}: test", test.full_name());
        }
        return ExitCode::SUCCESS;
    }
    panic::set_hook(Box::new(record_panic));
    println!("\nrunning {} tests", chosen.len());
    let started = Instant::now();
    let outcomes = run_all(&chosen, &arguments);
    report(&outcomes, known.len() - chosen.len(), started.elapsed())
}

/// Whether a test that lacks a prerequisite is a failure, as in CI.
fn must_run_everything() -> bool {
    std::env::var_os("HF_TOKEN_CHECK_TEST_EVERYTHING").is_some_and(|value| !value.is_empty())
}

/// Runs the tests, several at one time and the slow ones first, and prints a line for each as it ends.
fn run_all(tests: &[&'static Test], arguments: &Arguments) -> Vec<(String, Outcome)> {
    let (slow, quick): (Vec<&Test>, Vec<&Test>) = tests.iter().copied().partition(|test| test.is_slow);
    let waiting = Mutex::new(slow.into_iter().chain(quick));
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..arguments.threads.min(tests.len()) {
            let (sender, waiting) = (sender.clone(), &waiting);
            scope.spawn(move || {
                let next = || waiting.lock().expect("the tests").next();
                while let Some(test) = next() {
                    let _ = sender.send((test.full_name(), run(test, arguments.ignored)));
                }
            });
        }
        drop(sender);
        receiver.iter().inspect(|(name, outcome)| println!("test {name} ... {}", word(outcome))).collect()
    })
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "ok".into(),
        Outcome::Failed(_) => "FAILED".into(),
        Outcome::Ignored(missing) => format!("ignored, {}", reason(missing)),
    }
}

fn reason(missing: &[&Prerequisite]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn run(test: &'static Test, ignored: Ignored) -> Outcome {
    let missing = if ignored == Ignored::Reported { test.missing() } else { Vec::new() };
    match (missing.is_empty(), must_run_everything()) {
        (true, _) => run_alone(test).map_or_else(Outcome::Failed, |()| Outcome::Passed),
        (false, true) => Outcome::Failed(reason(&missing)),
        (false, false) => Outcome::Ignored(missing),
    }
}

/// Prints what failed and what was ignored, the summary in libtest's words, and what the machine lacks.
fn report(outcomes: &[(String, Outcome)], filtered: usize, took: Duration) -> ExitCode {
    let (mut passed, mut ignored, mut failures) = (0, 0, Vec::new());
    let mut costs = BTreeMap::<&str, (&Prerequisite, usize)>::new();
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Failed(text) => failures.push((name, text)),
            Outcome::Ignored(missing) => {
                ignored += 1;
                for need in missing {
                    costs.entry(need.name).or_insert((need, 0)).1 += 1;
                }
            }
        }
    }
    let mut text = String::new();
    for (name, said) in &failures {
        let _ = write!(text, "\n---- {name} ----\n{said}\n");
    }
    if !failures.is_empty() {
        text.push_str("\nfailures:\n");
        for (name, _) in &failures {
            let _ = writeln!(text, "    {name}");
        }
    }
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    let _ = writeln!(
        text,
        "\ntest result: {verdict}. {passed} passed; {} failed; {ignored} ignored; 0 measured; {filtered} filtered out; \
         finished in {:.2}s\n",
        failures.len(),
        took.as_secs_f64()
    );
    for (need, count) in costs.values() {
        let tests = if *count == 1 { "test was" } else { "tests were" };
        let _ = writeln!(text, "SKIPPED: {count} {tests} not run. {need}");
    }
    print!("{text}");
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

thread_local! {
    /// What the panic on a test's own thread says. `None` on any other thread.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs a test on a thread that has its name, as libtest does; gives what its panic said.
fn run_alone(test: &'static Test) -> Result<(), String> {
    let body = move || {
        PANIC.set(Some(String::new()));
        panic::catch_unwind(test.run).map_err(|panic| PANIC.take().unwrap_or_default() + message(panic.as_ref()))
    };
    let thread = thread::Builder::new().name(test.full_name()).spawn(body).map_err(|error| error.to_string())?;
    thread.join().unwrap_or_else(|panic| Err(message(panic.as_ref()).to_owned()))
}

/// Keeps where a test panicked for the list of failures; prints the panic of any other thread.
fn record_panic(panic: &PanicHookInfo<'_>) {
    let backtrace = Backtrace::capture();
    let trace = if backtrace.status() == BacktraceStatus::Captured { backtrace.to_string() } else { String::new() };
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let is_kept =
        PANIC.with_borrow_mut(|kept| kept.as_mut().map(|kept| *kept = format!("{trace}panicked at {place}:\n")));
    if is_kept.is_none() {
        let thread = thread::current();
        eprintln!("thread '{}' {panic}\n{trace}", thread.name().unwrap_or("without a name"));
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
