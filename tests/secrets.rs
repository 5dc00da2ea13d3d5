//! No run of eight characters of the token appears in anything that the program puts out.

use crate::support::fault::{Fault, Kind};
use crate::support::http::Response;
use crate::support::program::{self, Run};
use crate::support::scenario;
use crate::support::server::Hub;

const LONGEST_LEAK: usize = 8;

fn holds_a_part(secret: &str, text: &str) -> bool {
    let body = secret.trim_start_matches("hf_").as_bytes();
    body.windows(LONGEST_LEAK).any(|run| text.as_bytes().windows(LONGEST_LEAK).any(|window| window == run))
}

fn must_not_hold(secret: &str, run: &Run, report: &str, what: &str) {
    for (stream, text) in [("stdout", run.stdout.as_str()), ("stderr", &run.stderr), ("the report", report)] {
        assert!(!holds_a_part(secret, text), "{what}: a part of the token is in {stream}");
    }
}

#[test]
fn the_search_for_leaks_finds_one() {
    let secret = scenario::secret("write");
    assert!(holds_a_part(&secret, &format!("x{}y", &secret[10..18])));
    assert!(!holds_a_part(&secret, &secret[10..17]));
}

#[test]
fn no_scenario_at_any_verbosity_leaks_the_token() {
    let folder = tempfile::tempdir().expect("a folder");
    for scenario in scenario::all() {
        let Some((_, secret)) =
            scenario.variables.iter().find(|(name, value)| name.contains("TOKEN") && value.len() > 20)
        else {
            continue;
        };
        for extra in [&["--quiet"][..], &[], &["--verbose"], &["--verbose", "--color", "always"], &["--format", "json"]]
        {
            let path = folder.path().join("report.json").display().to_string();
            let run = crate::verdicts::play(&scenario, &[extra, &["--report", &path]].concat());
            must_not_hold(secret, &run, &std::fs::read_to_string(&path).expect("a report"), scenario.name);
        }
    }
}

#[test]
fn a_server_that_echoes_the_token_everywhere_is_not_repeated() {
    let secret = scenario::secret("write");
    let split: String = secret.chars().flat_map(|c| ['\u{200b}', c]).collect();
    let json = serde_json::json!({"error": format!("bad token {secret} {split}"), "name": secret, "type": secret, "orgs": [{"name": secret}],
        "auth": {"accessToken": {"displayName": secret, "role": secret}}});
    for status in [200, 401, 403, 404, 429, 500] {
        let echo = Response::new(status, "application/json", json.to_string())
            .with("X-Error-Message", format!("you sent {secret}"))
            .with("X-Error-Code", secret.clone())
            .with("X-Request-Id", secret.clone())
            .with("X-HF-Warning", format!("echo; {secret}"));
        let mut world = scenario::world();
        world.faults.push(Fault::everywhere(Kind::Instead(echo)));
        let hub = Hub::start(world);
        let variables = program::variables([
            ("HF_ENDPOINT", &hub.endpoint),
            ("SSL_CERT_FILE", &hub.ca.display().to_string()),
            ("HF_TOKEN", &secret),
        ]);
        for format in ["text", "json"] {
            let run =
                program::run(["--timeout", "2s", "--verbose", "--read", "acme/model", "--format", format], &variables);
            must_not_hold(&secret, &run, "", &format!("status {status}, {format}"));
            assert!(run.status >= 40, "an echo grants nothing: {run:?}");
        }
    }
}

#[test]
fn the_token_goes_to_the_endpoint_only_and_in_the_header_only() {
    let secret = scenario::secret("write");
    let hub = Hub::start(scenario::world());
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &format!(" {secret}\n")),
    ]);
    let run = program::run(
        ["--read", "gpt2", "--write", "acme/model", "--create", "alice/new", "--read", "acme/data"],
        &variables,
    );
    assert_eq!(run.status, 44, "{run:?}");
    for request in hub.log.lock().expect("the log").iter() {
        assert_eq!(request.method, "GET", "nothing is written to the Hub");
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {secret}").as_str()),
            "cleaned, as the Python client sends it"
        );
        let others =
            request.headers.iter().filter(|(name, _)| name != "authorization").map(|(_, value)| value.as_str());
        assert!(others.chain([request.path.as_str()]).all(|text| !holds_a_part(&secret, text)), "{:?}", request.path);
        assert!(
            request
                .header("user-agent")
                .is_some_and(|agent| agent.starts_with("hf-preflight/") && agent.contains("; rust"))
        );
    }
}
