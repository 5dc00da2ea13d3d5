//! The verdict held against the genuine `huggingface_hub` client, scenario by scenario: a pass is no exception, 41 is a
//! 401 from whoami, 43 is a gate or a 403, 44 is a repo that is not found.

use serde_json::{Value, json};

use testkit::fake_hub::FakeHub;
use testkit::python;
use testkit::scenario::{self, Client};

/// Asks the client the same questions in the same order and prints the status that its first exception stands for.
const SCRIPT: &str = r#"
import json, os, sys
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

def status(call):
    try:
        call()
    except GatedRepoError:
        return 43
    except RepositoryNotFoundError:
        return 44
    except HfHubHTTPError as error:
        return {401: 41, 403: 43, 404: 44, 429: 49}.get(error.response.status_code, 50)
    return 0

for line in sys.stdin:
    case = json.loads(line)
    api = HfApi(endpoint=case["endpoint"], token=case["token"])
    outcomes = [status(api.whoami)]
    for need in case["needs"]:
        outcomes.append(status(lambda: api.auth_check(need["id"], repo_type=need["type"], write=need["write"])))
    print(json.dumps({"name": case["name"], "outcomes": outcomes}), flush=True)
"#;

#[testkit::test(needs(PYPI))]
fn the_verdict_agrees_with_the_genuine_python_client() {
    let python = python::with(&["huggingface_hub==2.4.0"]);
    let mut hubs = Vec::new();
    let mut cases = Vec::new();
    for scenario in scenario::all() {
        if matches!(scenario.client, Client::NotAsked(_)) {
            continue;
        }
        let mut state = scenario::hub_state();
        (scenario.setup)(&mut state);
        let hub = FakeHub::start_plain(state);
        let token = &scenario.variables.iter().find(|(name, _)| *name == "HF_TOKEN").expect("a token").1;
        cases.push((
            json!({"name": scenario.name, "endpoint": hub.endpoint, "token": token, "needs": needs(scenario.args)}),
            scenario,
        ));
        hubs.push(hub);
    }
    let outcomes = python::answers(&python, SCRIPT, &cases.iter().map(|(case, _)| case.clone()).collect::<Vec<_>>());
    assert!(outcomes.len() == cases.len() && cases.len() > 30, "{} of {}", outcomes.len(), cases.len());
    for (outcome, (_, scenario)) in outcomes.iter().zip(&cases) {
        let all: Vec<_> = outcome["outcomes"].as_array().expect("outcomes").iter().filter_map(Value::as_i64).collect();
        let first = all.iter().copied().find(|status| *status != 0).unwrap_or(0);
        let (expected, why) = match scenario.client {
            Client::Agrees => (i64::from(scenario.exit), "it should agree"),
            Client::Differs(status, why) => (i64::from(status), why),
            Client::NotAsked(_) => continue,
        };
        assert_eq!(first, expected, "{}: {why}; the client: {all:?}", scenario.name);
    }
}

/// A table in words: where we differ on purpose, and why.
#[testkit::test]
fn every_difference_on_purpose_says_why() {
    for scenario in scenario::all() {
        match scenario.client {
            Client::Agrees => {}
            Client::Differs(status, why) => {
                println!("{:<55} we: {:>2}, the client: {status:>2}: {why}", scenario.name, scenario.exit);
                assert!(status != scenario.exit && why.len() > 20, "{}", scenario.name);
            }
            Client::NotAsked(why) => {
                println!("{:<55} not asked: {why}", scenario.name);
                assert!(why.len() > 20, "{}", scenario.name);
            }
        }
    }
}

fn needs(args: &[&str]) -> Vec<Value> {
    let pairs = args.chunks(2).filter(|pair| matches!(pair[0], "--read" | "--write" | "--create"));
    pairs
        .map(|pair| {
            let (kind, id) = match pair[1].split_once('/') {
                Some(("datasets", id)) => ("dataset", id),
                Some(("spaces", id)) => ("space", id),
                _ => ("model", pair[1]),
            };
            json!({"id": id, "type": kind, "write": pair[0] != "--read"})
        })
        .collect()
}
