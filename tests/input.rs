//! Bad input ends with status 2, one clear sentence and the accepted forms.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use testkit::fake_hub::FakeHub;
use testkit::program::{self, finish, variables};
use testkit::scenario;
use testkit::tokens;

#[testkit::test]
fn a_usage_error_is_one_sentence_with_the_accepted_forms() {
    for (args, variables, said) in [
        (&["--frobnicate"][..], vec![], "unexpected argument '--frobnicate' found; see hf-token-check --help"),
        (&["--read"], vec![], "a value is required for '--read <REPO>'"),
        (&["stray"], vec![], "unexpected argument 'stray' found"),
        (&["--quiet", "--verbose"], vec![], "cannot be used with"),
        (&["--read", "a b"], vec![], "--read: \"a b\" cannot be used: ' ' is not allowed"),
        (&["--read", "dataset/a/b"], vec![], "the prefix is datasets/, in the plural; accepted: owner/name"),
        (&["--write", "gpt2"], vec![], "it has no owner, and only --read takes a name without one"),
        (&["--create", "datasets/x"], vec![], "it has no owner"),
        (
            &[],
            vec![("HF_TOKEN_CHECK_WRITE", "me/ok, a/b/c")],
            "HF_TOKEN_CHECK_WRITE: \"a/b/c\" cannot be used: there are too many parts",
        ),
        (&["--permission", "write"], vec![], "accepted: a permission's name"),
        (&["--valid-for", "soon"], vec![], "--valid-for: \"soon\" is not a duration; accepted: 90s, 30m, 1.5h, 2d"),
        (&["--timeout", "0"], vec![], "is not a duration"),
        (&[], vec![("HF_TOKEN_CHECK_TIMEOUT", "-1s")], "HF_TOKEN_CHECK_TIMEOUT: \"-1s\" is not a duration"),
        (&["--endpoint", "huggingface.co"], vec![], "--endpoint: this endpoint cannot be used: it is not a URL"),
        (
            &[],
            vec![("HF_ENDPOINT", "http://hub.example")],
            "plain http would send the token unencrypted; allow it with --allow-http",
        ),
        (&["--endpoint", "https://me:secret@hub.example"], vec![], "a user name or password does not belong in it"),
        (&["--format", "xml"], vec![], "accepted: text, json"),
        (&["--color", "green"], vec![], "accepted: auto, always, never"),
        (&["--if-unavailable", "maybe"], vec![], "accepted: fail, run"),
        (&[], vec![("HF_TOKEN_CHECK_STRICT", "perhaps")], "HF_TOKEN_CHECK_STRICT: \"perhaps\" is neither on nor off"),
        (&["--"], vec![], "nothing follows `--`"),
        (&[], vec![("HF_TOKEN_CHECK_READ", ",")], "HF_TOKEN_CHECK_READ: there is nothing between the separators"),
        (&[], vec![("HF_TOKEN_CHECK_PERMISSION", " ,\n, ")], "HF_TOKEN_CHECK_PERMISSION: there is nothing between"),
        (&[], vec![("HF_ENDPOINT", "\"https://hub.example\"")], "HF_ENDPOINT: quotes are part of the value"),
        (&[], vec![("HF_ENDPOINT", "'https://hub.example'")], "HF_ENDPOINT: quotes are part of the value"),
        (&[], vec![("HF_TOKEN_CHECK_WRITE", "\"me/a, me/b\"")], "HF_TOKEN_CHECK_WRITE: quotes are part of the value"),
        (&[], vec![("HF_TOKEN_CHECK_TIMEOUT", "\"30s\"")], "HF_TOKEN_CHECK_TIMEOUT: quotes are part of the value"),
        (&[], vec![("HF_TOKEN_CHECK_STRICT", "'1'")], "HF_TOKEN_CHECK_STRICT: quotes are part of the value"),
        (&["--read", "‘acme/model’"], vec![], "--read: quotes are part of the value"),
    ] {
        let variables: Vec<_> =
            variables.iter().map(|(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned())).collect();
        let run = program::run(args.iter().copied(), &variables);
        assert_eq!(run.status, 2, "{args:?} {variables:?}: {run:?}");
        assert!(
            run.stderr.starts_with("hf-token-check: ") && run.stderr.contains(said),
            "{args:?}: {:?} should say {said:?}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "one sentence: {:?}", run.stderr);
        assert!(run.stdout.is_empty() && !run.stderr.contains("secret@"), "{run:?}");
    }
}

#[testkit::test]
fn a_token_on_the_command_line_is_refused_and_not_echoed() {
    let token = tokens::user("argv");
    for args in [
        vec![token.clone()],
        vec!["--read".into(), token.clone()],
        vec![format!("--{token}")],
        vec!["--format".into(), token.clone()],
    ] {
        let run = program::run(args.clone(), &[]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(!run.stderr.contains(&token[..8]), "{run:?}");
    }
}

#[testkit::test]
fn an_empty_variable_is_one_that_is_not_set() {
    let empty = [
        "READ",
        "WRITE",
        "CREATE",
        "PERMISSION",
        "VALID_FOR",
        "STRICT",
        "TIMEOUT",
        "FORMAT",
        "REPORT",
        "SKIP",
        "IF_UNAVAILABLE",
        "RANK_ZERO_ONLY",
    ];
    let mut all: Vec<_> = empty.iter().map(|name| (format!("HF_TOKEN_CHECK_{name}"), String::new())).collect();
    all.extend(variables([("HF_ENDPOINT", ""), ("HF_TOKEN", ""), ("HF_TOKEN_PATH", "")]));
    let run = program::run(["--format", "json"], &all);
    assert_eq!(run.status, 40, "{run:?}");
    assert!(
        run.stdout.contains("\"code\":\"token-missing\"") && run.stdout.contains("https://huggingface.co"),
        "{run:?}"
    );
}

#[testkit::test]
fn bytes_that_are_no_text_are_a_malformed_token_and_no_panic() {
    let mut command = program::command(["--format", "json"], &[]);
    command.env("HF_TOKEN", OsStr::from_bytes(b"hf_\xff\xfe\x80"));
    let run = finish(&mut command);
    assert_eq!(run.status, 40, "{run:?}");
    assert!(run.stdout.contains("token-malformed"), "{run:?}");
    let mut command = program::command::<&OsStr>([OsStr::new("--read"), OsStr::from_bytes(b"\xff/x")], &[]);
    let run = finish(&mut command);
    assert_eq!((run.status, run.stderr.as_str()), (2, "hf-token-check: --read: the value is not UTF-8\n"));
}

#[testkit::test]
fn needs_come_in_the_order_given_and_variables_after_flags_of_other_kinds() {
    let hub = FakeHub::start(scenario::hub_state());
    let mut variables = variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
        ("HF_TOKEN_CHECK_CREATE", "alice/new,acme/new\nlab/new"),
        ("HF_TOKEN_CHECK_READ", "ignored/because-a-flag-is-there"),
    ]);
    variables.push(("HF_TOKEN_CHECK_FORMAT".into(), "json".into()));
    let run = program::run(["-w", "acme/model", "-r", "gpt2", "-w", "alice/model", "-r", "gpt2"], &variables);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    let subjects: Vec<_> = report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|c| format!("{} {}", c["check"].as_str().expect("a word"), c["subject"].as_str().expect("a word")))
        .collect();
    assert_eq!(
        subjects[2..],
        ["write acme/model", "read gpt2", "write alice/model", "create alice/new", "create acme/new", "create lab/new"]
    );
}

#[testkit::test]
fn a_report_that_cannot_be_written_leaves_the_verdict_as_it_is() {
    let variables = variables([("HF_TOKEN", "$HF_TOKEN")]);
    for path in ["/nonexistent/report.json", "/", "/proc/report.json"] {
        let run = program::run(["--report", path], &variables);
        assert_eq!(run.status, 40, "{run:?}");
        assert!(
            run.stderr.contains("warning: the report could not be written") && run.stderr.contains("token-placeholder"),
            "{run:?}"
        );
    }
}

#[testkit::test]
fn a_report_is_written_whole_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    std::fs::write(&path, "old").expect("an old report");
    let run = program::run(["--report", &path.display().to_string()], &[]);
    assert_eq!(run.status, 40);
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a report")).expect("JSON");
    assert_eq!(report["code"], "token-missing");
    assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 1, "nothing is left beside it");
}

#[testkit::test]
fn token_files_that_are_no_token_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    };
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    for (path, code, said) in [
        (file("empty", b""), "token-unreadable", "it is empty"),
        (file("blank", b" \n"), "token-unreadable", "it is empty"),
        (file("binary", b"\xff\xfe"), "token-unreadable", "it is not text"),
        (file("large", &vec![b'x'; 65 * 1024]), "token-unreadable", "it is larger than 64 KiB"),
        ("/dev/zero".into(), "token-unreadable", "it is larger than 64 KiB"),
        (folder.path().display().to_string(), "token-unreadable", "it is a directory"),
        (folder.path().join("none").display().to_string(), "token-unreadable", "it does not exist"),
        (fifo.display().to_string(), "token-unreadable", "reading it took too long"),
        (file("literal", b"$HF_TOKEN"), "token-placeholder", "a placeholder"),
    ] {
        for (args, variables) in
            [(vec!["--token-file", &path], vec![]), (vec![], variables([("HF_TOKEN_PATH", &path)]))]
        {
            let run = program::run(args.into_iter().chain(["--timeout", "1s"]), &variables);
            assert_eq!(run.status, 40, "{path}: {run:?}");
            let folded = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(folded.contains(code) && folded.contains(said), "{path}: {run:?}");
        }
    }
}

#[testkit::test]
fn a_login_file_is_named_and_not_used() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".cache/huggingface");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("token"), tokens::user("laptop")).expect("a login");
    let run = program::run(["--format", "json"], &variables([("HOME", &home.path().display().to_string())]));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!((run.status, report["code"].as_str()), (40, Some("token-missing")));
    assert_eq!(report["warnings"][0]["code"], "token-ignored-file");
    assert!(
        report["warnings"][0]["fix"][0]
            .as_str()
            .is_some_and(|fix| fix.contains("--token-file") && fix.contains("huggingface/token"))
    );
}

#[testkit::test]
fn a_warning_stands_beside_the_failure_it_explains() {
    let hub = FakeHub::start(scenario::hub_state());
    let variables = variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &tokens::with_prefix("hf_", "long", 40)),
    ]);
    let run = program::run(["--format", "json"], &variables);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!(
        (report["code"].as_str(), report["warnings"][0]["code"].as_str()),
        (Some("token-rejected"), Some("token-unusual-length"))
    );
}

#[testkit::test]
fn strict_turns_a_warning_into_a_failure_and_nothing_else() {
    let hub = FakeHub::start(scenario::hub_state());
    for (token, args, status) in [
        ("write", vec!["--strict"], 0),
        ("write", vec!["--strict", "--read", "gpt2"], 51),
        ("read", vec!["--strict", "--read", "gpt2", "--write", "acme/model"], 43),
    ] {
        let variables = variables([
            ("HF_ENDPOINT", &hub.endpoint),
            ("SSL_CERT_FILE", &hub.ca.display().to_string()),
            ("HF_TOKEN", &scenario::secret(token)),
        ]);
        assert_eq!(program::run(args.clone(), &variables).status, status, "{token} {args:?}");
    }
}

#[testkit::test]
fn quiet_says_nothing_on_success_and_everything_that_fails() {
    let hub = FakeHub::start(scenario::hub_state());
    let variables = variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("read")),
    ]);
    let run = program::run(["--quiet", "--read", "acme/model"], &variables);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let run = program::run(["--quiet", "--write", "acme/model"], &variables);
    assert!(
        run.status == 43 && run.stderr.contains("write-denied-read-token") && !run.stderr.contains("  ok "),
        "{run:?}"
    );
    let run = program::run(["--verbose", "--read", "acme/model"], &variables);
    assert!(
        run.stderr.contains("GET https://localhost:")
            && run.stderr.contains("/api/models/acme/model/auth-check -> 200"),
        "{run:?}"
    );
}

#[testkit::test]
fn colour_follows_the_rules() {
    for (args, set, colored) in [
        (vec![], vec![], false),
        (vec!["--color", "always"], vec![("NO_COLOR", "1")], true),
        (vec![], vec![("CLICOLOR_FORCE", "1")], true),
        (vec![], vec![("CLICOLOR_FORCE", "0")], false),
        (vec![], vec![("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (vec!["--color", "never"], vec![("CLICOLOR_FORCE", "1")], false),
    ] {
        let set: Vec<_> = set.iter().map(|(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned())).collect();
        let run = program::run(args.clone(), &set);
        assert_eq!(run.stderr.contains('\x1b'), colored, "{args:?} {set:?}");
        assert_eq!(run.status, 40);
    }
}

#[testkit::test]
fn a_token_that_the_command_will_not_use_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, scenario::secret("write")).expect("a token file");
    let path = path.display().to_string();
    let (checked, other) = (scenario::secret("write"), scenario::secret("read"));
    let hub = FakeHub::start(scenario::hub_state());
    for (flag, more, said) in [
        (true, vec![], Some("it will find no token: neither HF_TOKEN nor HF_TOKEN_PATH is set")),
        (true, vec![("HF_TOKEN_PATH", path.as_str())], None),
        (true, vec![("HF_HOME", folder.path().to_str().expect("a path"))], None),
        (true, vec![("HF_TOKEN", &other)], Some("HF_TOKEN is set, and comes before")),
        (true, vec![("HF_TOKEN", &checked)], None),
        (true, vec![("HUGGING_FACE_HUB_TOKEN", &other)], Some("HUGGING_FACE_HUB_TOKEN is set, and comes before")),
        (false, vec![("HF_TOKEN_PATH", path.as_str())], None),
        (false, vec![("HF_TOKEN_PATH", path.as_str()), ("HF_TOKEN", &checked)], None),
        (false, vec![("HF_TOKEN", &checked), ("HUGGING_FACE_HUB_TOKEN", &other)], None),
        (
            false,
            vec![("HF_TOKEN", &checked), ("HF_OIDC_RESOURCE", "acme/model")],
            Some("HF_OIDC_RESOURCE is set, so it exchanges an ID token first"),
        ),
    ] {
        let mut set = variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
        set.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let flags: &[&str] = if flag { &["--token-file", &path] } else { &[] };
        let run = program::run([flags, &["--format", "json"]].concat(), &set);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
        let told = report["warnings"]
            .as_array()
            .expect("warnings")
            .iter()
            .find(|w| w["code"] == "token-shadowed")
            .map(|w| w["summary"].as_str().unwrap_or_default().to_owned());
        assert_eq!(told.is_some(), said.is_some(), "{more:?}: {told:?}");
        assert!(told.unwrap_or_default().contains(said.unwrap_or_default()), "{more:?}");
    }
}

#[testkit::test]
fn a_variable_that_was_meant_for_the_token_is_named_with_what_it_holds() {
    let quoted = format!("\"{}\"", tokens::user("meant"));
    let example = "insert-your-huggingface-token-here";
    for (name, value, said) in [
        ("HUGGINGFACEHUB_API_TOKEN", example, "(HUGGINGFACEHUB_API_TOKEN is set, but holds a placeholder)"),
        ("HUGGINGFACE_API_KEY", "swordfish", "(HUGGINGFACE_API_KEY is set, but holds a value that is not a Hub token)"),
        ("HF_READ_TOKEN", &quoted, "(HF_READ_TOKEN is set, but holds a token with extra characters)"),
        ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", "HF_TOKEN is not set, so"),
        ("OPENAI_API_KEY", example, "HF_TOKEN is not set, so"),
        ("HF_READ_TOKEN", " ", "HF_TOKEN is not set, so"),
    ] {
        let run = program::run(["--format", "json"], &variables([(name, value)]));
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
        let summary = report["checks"][0]["summary"].as_str().expect("a summary");
        assert_eq!(report["code"], "token-missing");
        assert!(summary.contains(said), "{name}: {summary}");
    }
}
