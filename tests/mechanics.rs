//! The tests' own mechanics: what is measured is right, and every test is one that runs.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use testkit::measure::measure;
use testkit::program;

/// A shell that holds so many bytes for a moment.
fn holder(bytes: usize) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("held=$(head -c {bytes} /dev/zero | tr '\\0' x); exit 7")]);
    shell.env("PATH", "/usr/bin:/bin");
    shell
}

#[testkit::test]
fn peak_memory_is_the_programs_own_and_not_that_of_the_test() {
    let ballast = vec![1_u8; 256 << 20];
    let small = measure(&program::command(["--explain", "token-missing"], &[]));
    let large = measure(&holder(32 << 20));
    assert_eq!((small.run.status, large.run.status, ballast.len()), (0, 7, 256 << 20), "{small:?} {large:?}");
    assert!(small.run.stdout.contains("token-missing"), "{small:?}");
    assert!(small.usage.peak_kib < 16 << 10, "{small:?}");
    assert!((32 << 10..128 << 10).contains(&large.usage.peak_kib), "{:?}", large.usage);
}

/// What GNU time says a shell holds at the most.
fn by_gnu_time(bytes: usize) -> u64 {
    let command = holder(bytes);
    let mut time = Command::new("/usr/bin/time");
    time.args(["--quiet", "--format=%M"]).arg(command.get_program()).args(command.get_args());
    let run = program::finish(time.env("PATH", "/usr/bin:/bin").stdin(Stdio::null()));
    run.stderr.trim().parse().unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Two runs of one program differ: the kernel adds pages up in batches, on each CPU. The smallest of several is compared.
#[testkit::test(needs(GNU_TIME))]
fn peak_memory_is_what_gnu_time_says() {
    const RUNS: usize = 5;
    for bytes in [4 << 20, 32 << 20, 128 << 20] {
        let smallest = |peak: &dyn Fn() -> u64| (0..RUNS).map(|_| peak()).min().expect("some runs");
        let theirs = smallest(&|| by_gnu_time(bytes));
        let ours = smallest(&|| measure(&holder(bytes)).usage.peak_kib);
        println!("{bytes} bytes: {ours} KiB, and {theirs} KiB by GNU time");
        assert!(ours.abs_diff(theirs) * 100 <= theirs * 3, "{ours} KiB, and {theirs} KiB by GNU time");
    }
}

/// The attribute of the standard library does nothing where the harness is our own.
#[testkit::test]
fn no_test_is_left_out_by_the_wrong_attribute() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = 0;
    for file in crate::design::sources(&folder) {
        let text = fs::read_to_string(&file).expect("a test file");
        let wrong = text.lines().find(|line| line.trim_start().starts_with("#[test"));
        assert!(wrong.is_none_or(|line| line.contains("testkit")), "{}: use #[testkit::test]", file.display());
        tests += text.matches("#[testkit::test").count();
    }
    assert!(tests > 150, "{tests}");
}
