//! The corpora of the fuzz targets, and what once crashed one, replayed without a fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz_harness::TARGETS;

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind).join(target)
}

/// The files of a folder by name; none where the folder does not exist.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.path(), fs::read(entry.path()).expect("a file of the corpus"))).collect()
}

#[testkit::test]
fn every_input_of_the_corpora_keeps_the_promises_of_its_target() {
    for target in TARGETS {
        let inputs: Vec<_> =
            ["corpus", "crashes"].into_iter().flat_map(|kind| files(&folder(kind, target.name))).collect();
        assert!(inputs.len() >= 5, "fuzz/corpus/{} has only {} inputs", target.name, inputs.len());
        for (path, bytes) in inputs {
            // A panic is reported below the path of its input.
            println!("{}", path.display());
            (target.run)(&bytes);
        }
    }
}

#[testkit::test]
fn every_folder_of_inputs_and_every_fuzz_binary_has_its_target() {
    let known: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder").flatten();
        entries.map(|entry| entry.path().file_stem().expect("a name").to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("fuzz/targets"), known, "fuzz/targets and TARGETS in fuzz/harness/src/lib.rs differ");
    assert_eq!(names("fuzz/corpus"), known, "fuzz/corpus and TARGETS in fuzz/harness/src/lib.rs differ");
    assert!(names("fuzz/crashes").is_subset(&known), "fuzz/crashes has a folder without a target");
}

#[testkit::test]
fn the_corpus_has_runs_that_end_in_every_verdict() {
    let ends: BTreeSet<_> =
        files(&folder("corpus", "verdict")).iter().filter_map(|(_, bytes)| fuzz_harness::verdict(bytes)).collect();
    assert_eq!(ends, BTreeSet::from(["fail", "pass", "unknown"]));
}
