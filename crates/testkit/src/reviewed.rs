//! Printed tables that are kept in the repository, so that a change of meaning shows up as a changed row.

use crate::program::root;

/// Panics at the first line where the table `now` differs from the file at `path`, from the project's root. With `BLESS=1` the
/// file is written anew.
pub fn hold(path: &str, now: &str) {
    let file = root().join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, now).expect("the table can be written");
    }
    let reviewed = std::fs::read_to_string(&file).expect("run once with BLESS=1");
    for (line, (was, is)) in reviewed.lines().zip(now.lines()).enumerate() {
        let line = line + 1;
        assert_eq!(
            was, is,
            "{path}, line {line}: if the change is meant, run the test with BLESS=1 and review the diff"
        );
    }
    assert_eq!(reviewed.lines().count(), now.lines().count(), "{path}: the number of lines");
}
