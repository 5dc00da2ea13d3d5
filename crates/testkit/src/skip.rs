//! A test that cannot run says so, and fails where nothing may be skipped.

use std::io::Write;

/// Prints what is skipped and why. With `HF_TOKEN_CHECK_TEST_EVERYTHING` set, as in CI, a skip is a failure.
pub fn because<T>(why: &str) -> Option<T> {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(std::env::var_os("HF_TOKEN_CHECK_TEST_EVERYTHING").is_none(), "{name} must not be skipped here: {why}");
    // Not through the test's captured output: a skip must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {why}");
    None
}
