//! What looks like a credential, or holds eight characters of the token in a row, is neither shown nor sent.

use std::fs;

use testkit::fake_hub::FakeHub;
use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::program::{self, Run};
use testkit::scenario;
use testkit::tokens;

const LONGEST_LEAK: usize = 8;

/// Variables of a run that asks this Hub with this token.
fn variables(hub: &FakeHub, token: &str) -> Vec<(String, String)> {
    program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("PATH", "/bin"),
        ("HF_TOKEN", token),
    ])
}

/// True where eight characters in a row of what follows the prefix are in the text.
fn leaks(secret: &str, text: &str) -> bool {
    let body = ["hf_oauth_", "hf_"].iter().find_map(|prefix| secret.strip_prefix(prefix)).unwrap_or(secret).as_bytes();
    body.windows(LONGEST_LEAK).any(|run| text.as_bytes().windows(LONGEST_LEAK).any(|part| part == run))
}

fn must_not_show(secret: &str, run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!leaks(secret, text), "{text}");
        let visible: String = text.chars().filter(char::is_ascii).collect();
        assert!(!leaks(secret, &visible), "{text}");
    }
}

/// Neither path nor headers, other than `Authorization`, of any request.
fn must_not_be_sent(secret: &str, hub: &FakeHub) {
    for request in hub.log.lock().expect("the log").iter() {
        let others =
            request.headers.iter().filter(|(name, _)| name != "authorization").map(|(_, value)| value.as_str());
        assert!(others.chain([request.path.as_str()]).all(|text| !leaks(secret, text)), "{:?}", request.path);
    }
}

#[testkit::test]
fn credentials_in_an_option_are_a_usage_error() {
    let jwt = format!("hf_oauth_eyJ{}", tokens::with_prefix("", "short", 12));
    for credential in [
        tokens::with_prefix("api_org_", "org", 34),
        tokens::with_prefix("hf_app_", "app", 32),
        tokens::with_prefix("hf_s3_", "s3", 32),
        tokens::with_prefix("oauth_app_secret_", "secret", 32),
        tokens::user("user"),
        jwt.clone(),
        tokens::jwt("hf_oauth_", "a", &serde_json::json!({})),
        tokens::jwt("hf_jwt_", "a", &serde_json::json!({})),
    ] {
        let hub = FakeHub::start(scenario::hub_state());
        for args in [
            vec!["--read".to_owned(), credential.clone()],
            vec!["--read".to_owned(), format!("acme/{credential}")],
            vec![format!("-racme/{credential}")],
            vec![format!("--write={credential}/model")],
            vec!["--permission".to_owned(), format!("job.write@{credential}")],
            vec!["--endpoint".to_owned(), format!("https://{credential}@localhost")],
            vec!["--endpoint".to_owned(), format!("{}/{credential}", hub.endpoint)],
            vec!["--report".to_owned(), format!("/tmp/{credential}")],
            vec!["--rehearse".to_owned(), credential.clone()],
            vec!["--timeout".to_owned(), credential.clone()],
            vec![credential.clone()],
            vec![format!("--{credential}")],
        ] {
            let run = program::run(args.clone(), &variables(&hub, &scenario::secret("write")));
            assert_eq!(run.status, 2, "{args:?}: {run:?}");
            must_not_show(&credential, &run);
        }
        assert_eq!(hub.log.lock().expect("the log").len(), 0, "nothing is sent");
    }
}

#[testkit::test]
fn eight_characters_of_the_token_in_an_option_are_a_usage_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for token in [
        scenario::secret("write"),
        "hf_k7Qz9wTr".to_owned(),
        format!("hf_{}-{}", tokens::with_prefix("", "one", 9), tokens::with_prefix("", "two", 9)),
        tokens::with_prefix("", "another service", 40),
    ] {
        let hub = FakeHub::start(scenario::hub_state());
        let part = &token[3..11];
        let file = folder.path().join("token");
        fs::write(&file, &token).expect("a token file");
        for args in [
            vec!["--read".to_owned(), token.clone()],
            vec!["--read".to_owned(), format!("acme/x{part}")],
            vec![format!("--create={part}/model")],
            vec!["-p".to_owned(), format!("job.write@{part}")],
            vec!["--endpoint".to_owned(), format!("https://{part}@localhost")],
            vec!["--endpoint".to_owned(), format!("{}/{part}", hub.endpoint)],
            vec!["--report".to_owned(), format!("{}/{part}", folder.path().display())],
            vec!["--format".to_owned(), part.to_owned()],
            vec!["--valid-for".to_owned(), token.clone()],
            vec![format!("--{part}")],
        ] {
            let in_a_variable = variables(&hub, &token);
            let mut in_a_file = variables(&hub, "");
            in_a_file.push(("HF_TOKEN_PATH".into(), file.display().to_string()));
            for variables in [in_a_variable, in_a_file] {
                let run = program::run(args.clone(), &variables);
                assert_eq!(run.status, 2, "{args:?}: {run:?}");
                must_not_show(&token, &run);
            }
        }
        let mut listed = variables(&hub, &token);
        listed.push(("HF_TOKEN_CHECK_READ".into(), format!("acme/model acme/{part}")));
        let run = program::run::<&str>([], &listed);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("HF_TOKEN_CHECK_READ"), "{run:?}");
        must_not_show(&token, &run);
        assert_eq!(hub.log.lock().expect("the log").len(), 0, "nothing is sent");
    }
}

#[testkit::test]
fn names_that_begin_like_a_token_are_names() {
    let hub = FakeHub::start(scenario::hub_state());
    for name in [
        "hf_internal/testing",
        "hf-internal-testing/tiny-random-gpt2",
        "hf_models/llama_hf_converted_from_megatron_checkpoint_v2",
        "acme/hf_internal_testing_tiny_random_gpt2_for_classification",
    ] {
        let run = program::run(["--read", name], &variables(&hub, &scenario::secret("write")));
        assert_eq!(run.status, 44, "{name}: {run:?}");
        assert!(run.stderr.contains(name), "{run:?}");
    }
}

#[testkit::test]
fn a_placeholder_is_judged_before_it_is_searched_for() {
    let placeholder = "your_token_here";
    let run = program::run(["--read", "acme/your_token_here"], &program::variables([("HF_TOKEN", placeholder)]));
    assert!(run.status == 40 && run.stderr.contains("token-placeholder"), "{run:?}");
}

#[testkit::test]
fn a_token_in_the_words_of_a_user_is_masked_wherever_it_is() {
    let (own, other) = (scenario::secret("write"), tokens::user("other"));
    for token in [&own, &other] {
        for length in [0, 250, 280, 299, 900] {
            let text = format!("{} {token} xyzzy", "word ".repeat(length / 5));
            let mut set = program::variables([("HF_TOKEN", &own), ("PATH", "/bin")]);
            let run = program::run(["--explain", &text], &set);
            assert!(run.status == 2 || run.status == 0, "{run:?}");
            must_not_show(token, &run);
            set.push(("HF_TOKEN_CHECK_SKIP".into(), text.clone()));
            let run = program::run::<&str>([], &set);
            assert_eq!(run.status, 0, "{run:?}");
            must_not_show(token, &run);
            let command = format!("/x/{}/{token}", "y".repeat(length));
            let run = program::run(["--", &command], &set);
            assert_eq!(run.status, 127, "{run:?}");
            must_not_show(token, &run);
        }
    }
}

#[testkit::test]
fn a_token_among_the_words_does_not_keep_a_page_from_being_explained() {
    let own = scenario::secret("write");
    let run = program::run(["--explain", &format!("token-missing {own}")], &program::variables([("HF_TOKEN", &own)]));
    assert!(run.status == 0 && run.stdout.contains("- token-missing:"), "{run:?}");
}

#[testkit::test]
fn an_echo_with_invisible_characters_between_is_masked() {
    let secret = scenario::secret("write");
    for between in [
        "\u{61c}",
        "\u{ad}",
        "\u{34f}",
        "\u{180e}",
        "\u{fe0f}",
        "\u{e0101}",
        "\u{e0041}",
        "\u{115f}",
        "\u{3164}",
        "\u{200b}",
        "\u{1}",
    ] {
        let spread: String = secret.chars().flat_map(|c| [c.to_string(), between.to_owned()]).collect();
        let body = serde_json::json!({"error": format!("bad token {spread}"), "name": spread, "type": "user", "auth": {"type": "access_token"}});
        for status in [200, 403] {
            let mut state = scenario::hub_state();
            let echo =
                Response::new(status, "application/json", body.to_string()).with("X-Powered-By", "huggingface-moon");
            state.faults.push(Fault::everywhere(Kind::Instead(echo)));
            let hub = FakeHub::start(state);
            for format in ["text", "json", "github"] {
                let run = program::run(["-v", "--read", "acme/model", "--format", format], &variables(&hub, &secret));
                must_not_show(&secret, &run);
            }
        }
    }
}

#[testkit::test]
fn a_redirect_that_holds_a_part_of_the_token_is_not_followed() {
    let secret = scenario::secret("write");
    let part = &secret[5..13];
    let encoded: String = part.bytes().fold(String::new(), |text, b| format!("{text}%{b:02x}"));
    for location in [
        format!("/api/models/acme/{part}/auth-check"),
        format!("/api/models/{part}/model/auth-check"),
        format!("/api/models/acme/{encoded}/auth-check"),
        format!("/api/models/acme/model/auth-check?next={part}"),
        format!("https://{part}.example/"),
        format!("/api/models/acme/{}/auth-check", tokens::user("other")),
    ] {
        let mut state = scenario::hub_state();
        let answer = Response::new(307, "text/plain", "").with("Location", location.clone());
        state.faults.push(Fault::at("auth-check", Kind::Instead(answer)));
        let hub = FakeHub::start(state);
        let run = program::run(["-v", "--read", "acme/model"], &variables(&hub, &secret));
        assert_eq!(run.status, 50, "{location}: {run:?}");
        assert!(run.stderr.contains("hub-redirected"), "{location}: {run:?}");
        must_not_show(&secret, &run);
        must_not_be_sent(&secret, &hub);
        must_not_be_sent(&tokens::user("other"), &hub);
    }
}

#[testkit::test]
fn a_name_that_whoami_gives_is_not_sent_where_it_holds_the_token() {
    let secret = scenario::secret("write");
    let body = serde_json::json!({"type": "user", "name": secret, "orgs": [{"name": &secret[4..20]}], "auth": {"type": "access_token"}});
    let mut state = scenario::hub_state();
    let answer = Response::new(200, "application/json", body.to_string()).with("X-Powered-By", "huggingface-moon");
    state.faults.push(Fault::at("whoami", Kind::Instead(answer)));
    let hub = FakeHub::start(state);
    let mut set = variables(&hub, &secret);
    set.push(("JOB_ID".into(), "0123456789abcdef".into()));
    let run = program::run(["-v", "--audit", "--read", "acme/model"], &set);
    must_not_show(&secret, &run);
    must_not_be_sent(&secret, &hub);
}
