//! The man page and the completions are those of this command line.

use std::process::Command;

use tempfile::TempDir;

use testkit::program;

/// A folder with the page and the completions.
fn made() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--example", "assets", "--"])
        .arg(folder.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(made.expect("cargo").success());
    folder
}

#[testkit::test]
fn the_man_page_and_the_completions_know_every_option() {
    let folder = made();
    let help = program::run(["--help"], &[]).stdout;
    let options: Vec<_> = help
        .split_whitespace()
        .filter(|word| word.starts_with("--") && word.len() > 4)
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'))
        .collect();
    assert!(options.len() > 15, "{options:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
    let (page, bash) = (read("hf-token-check.1").replace('\\', ""), read("completions/hf-token-check.bash"));
    for option in options {
        assert!(page.contains(option), "the man page lacks {option}");
        assert!(bash.contains(option), "the completions lack {option}");
    }
}

#[testkit::test(needs(BASH))]
fn bash_reads_its_completions() {
    let folder = made();
    let script = folder.path().join("completions/hf-token-check.bash");
    let run = program::finish(Command::new("bash").arg("-n").arg(script));
    assert_eq!(run.status, 0, "{run:?}");
}
