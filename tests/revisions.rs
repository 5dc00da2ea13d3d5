//! A revision that a requirement names: asked about after access to the repo, and only then.

use std::time::Duration;

use serde_json::{Value, json};

use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::fake_hub::{FakeHub, Flavor};
use testkit::hub_response::HubResponse;
use testkit::robustness::{Row, run_table};
use testkit::{program, python, scenario};

const LIMIT: Duration = Duration::from_secs(5);

/// Those of a run that asks this Hub with a write token.
fn variables(hub: &FakeHub) -> Vec<(String, String)> {
    program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ])
}

#[testkit::test]
fn a_revision_is_asked_about_where_access_is_granted() {
    let hub = FakeHub::start(scenario::hub_state());
    let page = "https://huggingface.co/acme/model";
    let addresses = [format!("{page}/tree/nope"), format!("{page}/blob/nope/a.txt"), format!("{page}/resolve/v1.0/a")];
    let commit = format!("acme/model@{}", "0".repeat(40));
    #[rustfmt::skip]
    let rows = vec![
        Row::at("the usual branch",              &hub, 0,  "").needs(&["--read", "acme/model@main"]),
        Row::at("a tag",                         &hub, 0,  "").needs(&["--read", "acme/model@v1.0"]),
        Row::at("a commit",                      &hub, 0,  "").needs(&["--read", &commit]),
        Row::at("a pull request",                &hub, 0,  "").needs(&["--read", "acme/model@refs/pr/1"]),
        Row::at("a pull request, encoded",       &hub, 0,  "").needs(&["--read", "hf://acme/model@refs%2Fpr%2F1/config.json"]),
        Row::at("one that is not there",         &hub, 44, "revision-not-found").needs(&["--read", "acme/model@nope"]),
        Row::at("one with a slash",              &hub, 44, "revision-not-found").needs(&["--read", "acme/model@feature/x"]),
        Row::at("in hf://",                      &hub, 44, "revision-not-found").needs(&["--read", "hf://acme/model@nope/a/b"]),
        Row::at("in an address",                 &hub, 44, "revision-not-found").needs(&["--read", &addresses[0]]),
        Row::at("in an address of a file",       &hub, 44, "revision-not-found").needs(&["--read", &addresses[1]]),
        Row::at("in an address of a download",   &hub, 0,  "").needs(&["--read", &addresses[2]]),
        Row::at("of a dataset",                  &hub, 44, "revision-not-found").needs(&["--read", "datasets/acme/data@nope"]),
        Row::at("of a renamed repo",             &hub, 0,  "repo-renamed").needs(&["--read", "acme/old@v1.0"]),
        Row::at("of a renamed repo, missing",    &hub, 44, "revision-not-found").needs(&["--read", "acme/old@nope"]),
        Row::at("of a name without an owner",    &hub, 0,  "repo-renamed").needs(&["--read", "gpt2@v1.0"]),
        Row::at("the gate comes first",          &hub, 43, "repo-gated").needs(&["--read", "meta/closed@nope"]),
        Row::at("the repo comes first",          &hub, 44, "repo-not-found").needs(&["--read", "alice/none@nope"]),
        Row::at("a branch to push to",           &hub, 0,  "").needs(&["--write", "acme/model@v1.0"]),
        Row::at("a branch that is not there",    &hub, 0,  "branch-not-found").needs(&["--write", "acme/model@dev"]),
        Row::at("a new repo has no branches",    &hub, 0,  "").needs(&["--create", "alice/new@dev"]),
        Row::at("an old repo has some",          &hub, 0,  "branch-not-found").needs(&["--create", "acme/model@dev"]),
        Row::at("two, the second is missing",    &hub, 44, "revision-not-found").needs(&["--read", "acme/model@v1.0", "--read", "acme/model@nope"]),
    ];
    run_table("revisions", LIMIT, rows);
}

/// Only the Hub's own code is a no.
#[testkit::test]
fn what_is_not_the_hubs_answer_about_a_revision_is_unknown() {
    let answering = |kind: Kind| {
        let mut state = scenario::hub_state();
        state.faults.push(Fault::at("/revision/", kind));
        FakeHub::start(state)
    };
    let json = |status: u16, body: Value| Response::new(status, "application/json", body.to_string());
    let instead = |response: Response| answering(Kind::Instead(response));
    let long = format!(r#"{{"_id":"1","id":"acme/model","siblings":[{}"#, r#"{"rfilename":"a"},"#.repeat(100_000));
    let cut = Response::new(200, "application/json", long);
    let not_here = json(404, json!({"error": "Invalid rev id: v1.0"}));
    let hubs = [
        ("a page", 50, "revision-unknown", instead(Response::html(404, "not here"))),
        ("a portal", 50, "revision-unknown", instead(Response::html(200, "log in"))),
        ("another repo", 50, "revision-unknown", instead(json(200, json!({"id": "bob/model", "_id": "1"})))),
        ("a list", 50, "revision-unknown", instead(json(200, json!([{"id": "acme/model"}])))),
        ("a gateway's 403", 50, "revision-unknown", instead(json(403, json!({"message": "no"})))),
        ("no such route", 50, "revision-unknown", instead(HubResponse::no_such_route().marked().into())),
        (
            "a 404 for the repo",
            50,
            "revision-unknown",
            instead(json(404, json!({})).with("X-Error-Code", "RepoNotFound")),
        ),
        ("the sentence alone", 50, "revision-unknown", instead(not_here.clone())),
        (
            "the code alone",
            44,
            "revision-not-found",
            instead(json(404, json!({})).with("X-Error-Code", "RevisionNotFound")),
        ),
        (
            "the code twice",
            44,
            "revision-not-found",
            instead(not_here.with("X-Error-Code", "RevisionNotFound, RevisionNotFound")),
        ),
        ("an error", 50, "hub-error", instead(Response::html(503, ""))),
        ("a quota", 49, "hub-rate-limited", instead(HubResponse::rate_limited(300).marked().into())),
        ("silence", 50, "net-timeout", answering(Kind::Silence)),
        ("a long list of files", 0, "", instead(cut.clone())),
        ("a long list with the mark", 0, "", instead(cut.with("X-Powered-By", "huggingface-moon"))),
        ("the name alone", 0, "", instead(json(200, json!({"id": "Acme/Model"})))),
        ("an old name's", 0, "", instead(json(200, json!({"modelId": "acme/model"})))),
    ];
    let read = &["--read", "acme/model@v1.0"];
    let rows = hubs.iter().map(|(name, exit, code, hub)| Row::at(name, hub, *exit, code).needs(read));
    run_table("revisions-unknown", Duration::from_secs(3), rows.collect());
    // A push may create its branch: what is not known about it refuses nothing.
    let pushes = hubs.iter().filter(|(name, ..)| *name != "silence" && !name.starts_with("the code"));
    let write = &["--write", "acme/model@v1.0"];
    run_table(
        "revisions-pushed",
        LIMIT,
        pushes.map(|(name, _, _, hub)| Row::at(name, hub, 0, "").needs(write)).collect(),
    );
}

#[testkit::test]
fn a_revision_costs_one_request_and_only_where_it_is_named() {
    for (args, paths) in [
        (&["--read", "acme/model", "--read", "acme/model@main"][..], &[][..]),
        (&["--read", "acme/model@feature/x"], &["/api/models/acme/model/revision/feature%2Fx"]),
        (
            &["--read", "acme/model@v1.0", "--read", "datasets/acme/data@a#b", "--write", "acme/model@v1.0"],
            &[
                "/api/datasets/acme/data/revision/a%23b",
                "/api/models/acme/model/revision/v1.0",
                "/api/models/acme/model/revision/v1.0",
            ],
        ),
        (&["--read", "meta/closed@v1.0", "--read", "alice/none@v1.0", "--create", "alice/new@dev"], &[]),
    ] {
        let hub = FakeHub::start(scenario::hub_state());
        let variables = variables(&hub);
        let run = program::run(args.iter().copied(), &variables);
        let mut asked: Vec<String> =
            hub.log.lock().expect("the log").iter().map(|request| request.path.clone()).collect();
        asked.retain(|path| path.contains("/revision/"));
        asked.sort_unstable();
        assert_eq!(asked, paths, "{args:?}: {run:?}");
    }
}

#[testkit::test]
fn a_report_names_the_revision_that_was_asked_about() {
    let hub = FakeHub::start(scenario::hub_state());
    let variables = variables(&hub);
    let args = ["--read", "acme/model@v1.0", "--read", "datasets/acme/data@no/pe", "--format", "json"];
    let run = program::run(args, &variables);
    let report: Value = serde_json::from_str(&run.stdout).expect("a report");
    let checks = report["checks"].as_array().expect("checks");
    let told: Vec<_> = checks.iter().map(|check| (check["subject"].as_str(), check["code"].as_str())).collect();
    assert_eq!(
        told[2..],
        [(Some("acme/model@v1.0"), None), (Some("datasets/acme/data@no/pe"), Some("revision-not-found"))],
        "{report:#}"
    );
    assert!(checks[3]["http"]["url"].as_str().is_some_and(|url| url.ends_with("/revision/no%2Fpe")), "{report:#}");
    assert!(checks[3]["summary"] == "datasets/acme/data has no revision no/pe", "{report:#}");
}

/// A mirror that has the metadata of a revision is asked for it as the client does.
#[testkit::test]
fn a_mirror_without_auth_check_is_asked_about_revisions_too() {
    for (flavor, args, exit, code) in [
        (Flavor::KohakuHub, ["--read", "acme/model@v1.0"], 0, "read-gates-unchecked"),
        (Flavor::KohakuHub, ["--read", "acme/model@nope"], 50, "revision-unknown"),
        (Flavor::Olah, ["--read", "acme/model@v1.0"], 0, "read-gates-unchecked"),
        (Flavor::Olah, ["--read", "acme/model@nope"], 44, "revision-not-found"),
    ] {
        let mut state = scenario::hub_state();
        state.flavor = flavor;
        let hub = FakeHub::start(state);
        run_table("revisions-mirrors", LIMIT, vec![Row::at(args[1], &hub, exit, code).needs(&args)]);
    }
}

/// What the client makes of the same revisions.
const SCRIPT: &str = r#"
import json, sys
from huggingface_hub import HfApi
from huggingface_hub.errors import RevisionNotFoundError

for line in sys.stdin:
    case = json.loads(line)
    api = HfApi(endpoint=case["endpoint"], token=case["token"])
    try:
        sha = api.repo_info(case["id"], repo_type=case["type"], revision=case["revision"]).sha
        status = 0 if sha else 50
    except RevisionNotFoundError:
        status = 44
    print(json.dumps({"status": status}), flush=True)
"#;

#[testkit::test(needs(PYPI))]
fn the_genuine_client_finds_the_revisions_that_the_check_finds() {
    let python = python::with(&["huggingface_hub==2.4.0"]);
    let (hub, plain) = (FakeHub::start(scenario::hub_state()), FakeHub::start_plain(scenario::hub_state()));
    let cases: Vec<_> = ["model", "dataset"]
        .into_iter()
        .flat_map(|kind| ["v1.0", "refs/pr/1", "nope", "feature/x", "a#b", "größe"].map(|revision| (kind, revision)))
        .collect();
    let id = |kind| if kind == "model" { "acme/model" } else { "acme/data" };
    let asked: Vec<_> = cases
        .iter()
        .map(|(kind, revision)| {
            json!({"endpoint": plain.endpoint, "token": scenario::secret("write"), "id": id(*kind), "type": kind, "revision": revision})
        })
        .collect();
    let answers = python::answers(&python, SCRIPT, &asked);
    assert_eq!(answers.len(), cases.len());
    let variables = variables(&hub);
    for ((kind, revision), answer) in cases.iter().zip(&answers) {
        let prefix = if *kind == "model" { "" } else { "datasets/" };
        let run = program::run(["--read", &format!("{prefix}{}@{revision}", id(kind))], &variables);
        assert_eq!(Some(i64::from(run.status)), answer["status"].as_i64(), "{kind} {revision}: {run:?}");
    }
}
