//! `--explain`: the manual by code, by status and by symptom.

use crate::design;
use testkit::program;

fn explain(args: &[&str], columns: &str) -> (i32, String) {
    let run = program::run(["--explain"].iter().chain(args).copied(), &program::variables([("COLUMNS", columns)]));
    (run.status, run.stdout + &run.stderr)
}

#[testkit::test]
fn every_code_has_a_page_that_fits_the_terminal() {
    for code in design::table() {
        for columns in [40, 80, 200] {
            let (status, page) = explain(&[&code], &columns.to_string());
            assert_eq!(status, 0, "{page}");
            assert!(page.starts_with(&code) && page.contains("Fix:"), "{code}: {page}");
            // Code and tables stay as they are, and so does a word that is longer than the line.
            let prose = page.lines().filter(|line| {
                !line.starts_with("    ") && !line.starts_with('|') && line.split(' ').all(|word| word.len() < 30)
            });
            for line in prose {
                assert!(line.chars().count() <= columns, "{code} at {columns}: {line:?}");
            }
        }
    }
}

#[testkit::test]
fn a_status_leads_to_its_codes() {
    for (status, code) in [
        ("40", "token-missing"),
        ("401", "token-rejected"),
        ("41", "token-expired"),
        ("403", "repo-gated"),
        ("43", "org-sso"),
        ("404", "repo-not-found"),
    ]
    .into_iter()
    .chain([
        ("429", "hub-rate-limited"),
        ("49", "hub-rate-limited"),
        ("502", "hub-error"),
        ("50", "net-dns"),
        ("51", "token-whitespace"),
    ]) {
        let (exit, page) = explain(&[status], "80");
        assert!(exit == 0 && page.contains(&format!("- {code}: ")), "{status}: {page}");
    }
}

#[testkit::test]
fn a_symptom_leads_to_its_entries() {
    for (symptom, code) in [
        ("Invalid username or password", "token-rejected"),
        ("403 Forbidden: None", "write-denied-read-token"),
        ("KeyError: 'HF_TOKEN'", "token-missing"),
        ("Illegal header value", "token-"),
        ("you are not in the authorized list", "repo-gated"),
        ("awaiting a review", "repo-gated-pending"),
        ("public gated repositories", "repo-gated-fine-grained"),
        ("read access but not the required permissions", "write-denied"),
        ("pass `create_pr=1`", "write-denied"),
        ("exist_ok", "write-denied-read-token"),
        ("don't have the rights to create", "create-denied"),
        ("Repository Not Found", "repo-not"),
        ("sufficient permissions to call", "permission-missing"),
        ("is expired", "token-expired"),
        (
            "403 Client Error: Forbidden for url: https://huggingface.co/api/models/acme/x/preupload/main",
            "write-denied",
        ),
        ("huggingface_hub.errors.GatedRepoError: 403 Client Error. (Request ID: Root=1-67ca)", "repo-gated"),
        ("RepositoryNotFoundError: 404 Client Error", "repo-not-visible"),
        ("huggingface_hub.errors.LocalTokenNotFoundError: Token is required (`token=True`)", "token-missing"),
        ("Repository not found or access denied", "repo-not-visible"),
        ("Access to model meta-llama/Llama-3.1-8B is restricted and you are not in the authorized list.", "repo-gated"),
        ("User Access Token \"ci\" is expired", "token-expired"),
        ("You don't have the rights to create a model under the namespace \"acme\"", "create-denied"),
    ] {
        let (exit, page) = explain(&[symptom], "80");
        assert!(exit == 0 && page.contains(&format!("- {code}")), "{symptom}: {page}");
    }
}

#[testkit::test]
fn alone_it_lists_every_code_once() {
    let (exit, page) = explain(&[], "80");
    assert_eq!(exit, 0);
    for code in design::table() {
        assert_eq!(page.matches(&format!("- {code}: ")).count(), 1, "{code}");
    }
}

#[testkit::test]
fn what_is_not_in_the_manual_is_a_usage_error() {
    for topic in ["no-such-code", "99", "\x1b[31m", ""] {
        let (exit, said) = explain(&[topic], "80");
        assert!(
            exit == 2 && said.contains("is not in the manual; accepted: a code") && !said.contains('\x1b'),
            "{topic:?}: {said}"
        );
    }
}

#[testkit::test]
fn a_code_without_a_working_token_points_to_the_ways_to_provide_one() {
    for code in ["token-missing", "token-placeholder", "token-rejected", "token-expired"] {
        let (_, page) = explain(&[code], "80");
        assert!(page.contains("hf-token-check --explain ways"), "{code}: {page}");
    }
    let (exit, page) = explain(&["ways"], "80");
    assert_eq!(exit, 0, "{page}");
    for way in ["hf_jobs", "hf jobs run --secrets HF_TOKEN", "run_job", "Kubernetes", "GitHub Actions", "docker run"] {
        assert!(page.contains(way), "{way} is missing: {page}");
    }
}

/// `tests/explain/generate.py` wrote these with the genuine libraries. The first line has the codes that must be listed; one of them
/// comes first.
#[testkit::test]
fn a_whole_traceback_leads_to_its_cause() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for file in std::fs::read_dir(folder).expect("the messages").flatten().map(|entry| entry.path()) {
        if file.extension().is_none_or(|kind| kind != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a message");
        let (expected, message) = text.split_once("\n\n").expect("codes, then a message");
        let (exit, page) = explain(&[message], "80");
        let listed: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("- ")?.split(':').next()).collect();
        let expected: Vec<_> = expected.split(' ').collect();
        let is_right = exit == 0
            && expected.iter().all(|code| listed.contains(code))
            && listed.first().is_some_and(|first| expected.contains(first));
        if !is_right {
            wrong.push(format!("{}: expected {expected:?}, listed {listed:?}", file.display()));
        }
        tried += 1;
    }
    assert!(tried >= 60, "{tried} messages are too few");
    assert!(wrong.is_empty(), "{} of {tried} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
