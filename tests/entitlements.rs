//! Entitlements: a permission takes the person's role and the token's scope, and what is not understood is unknown.

use serde_json::{Value, json};

use testkit::fake_hub::fault::{Fault, Kind};
use testkit::fake_hub::http::Response;
use testkit::fake_hub::{Action, FakeHub, Grant, HubState, Membership, Token};
use testkit::{program, scenario, tokens};

/// The exit status and the report of a run.
fn run(hub: &FakeHub, secret: &str, args: &[&str]) -> (i32, Value) {
    let variables = program::variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", secret),
    ]);
    let run = program::run(args.iter().chain(&["--format", "json"]).copied(), &variables);
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    (run.status, report)
}

/// The same, where whoami answers with this object.
fn identified(identity: &Value, args: &[&str]) -> (i32, Value) {
    let secret = tokens::user("odd");
    let mut state = scenario::hub_state();
    let grant = Grant::Odd(identity.clone());
    state.tokens.push(Token { secret: secret.clone(), user: "alice", name: "odd", grant });
    run(&FakeHub::start(state), &secret, args)
}

/// alice, with this access token and these organizations.
fn alice(access: &Value, orgs: &Value) -> Value {
    json!({"type": "user", "name": "alice", "orgs": orgs, "auth": {"type": "access_token", "accessToken": access}})
}

fn write_token() -> Value {
    json!({"displayName": "ci", "role": "write"})
}

fn fine_token(fine_grained: &Value) -> Value {
    json!({"displayName": "ci", "role": "fineGrained", "fineGrained": fine_grained})
}

fn scope(kind: &str, name: &str, permission: &str) -> Value {
    json!({"entity": {"_id": "1", "type": kind, "name": name}, "permissions": [permission]})
}

fn acme(role: &str) -> Value {
    json!([{"type": "org", "name": "acme", "roleInOrg": role}])
}

#[testkit::test]
fn a_verdict_never_contradicts_what_the_hub_documents() {
    let plain = ["admin", "write", "contributor", "read", "no_access", "none"].map(|role| (role, None, vec![]));
    let special = ["write", "read"].into_iter().flat_map(|role| {
        [
            (role, None, vec!["write"]),
            (role, None, vec!["read"]),
            (role, Some("mfa"), vec![]),
            (role, Some("geo"), vec![]),
        ]
    });
    let jwt = |label: &str, scope: &str| tokens::jwt("hf_oauth_", label, &json!({ "scope": scope }));
    let fine = |permission| Grant::FineGrained {
        scoped: vec![("org", "team", vec![permission])],
        global: Vec::new(),
        reads_gated: false,
    };
    let oauth = |scope| Grant::OAuth { scopes: vec!["openid", scope], expires_at: String::new() };
    let grants = [
        (tokens::user("r"), Grant::Read),
        (tokens::user("w"), Grant::Write),
        (tokens::user("job"), fine("job.write")),
        (tokens::user("repo"), fine("repo.write")),
        (jwt("j", "openid jobs"), oauth("jobs")),
        (jwt("m", "openid manage-repos"), oauth("manage-repos")),
    ];
    for (role, restriction, groups) in plain.into_iter().chain(special) {
        let mut state = scenario::hub_state();
        if role != "none" {
            state.users[0].orgs.push(Membership { org: "team", role, restriction, groups: groups.clone() });
        }
        for (secret, grant) in &grants {
            state.tokens.push(Token { secret: secret.clone(), user: "alice", name: "t", grant: grant.clone() });
        }
        let truth = state.clone();
        let hub = FakeHub::start(state);
        for (secret, grant) in &grants {
            for (action, args) in
                [(Action::CreateRepo, ["--create", "team/new"]), (Action::RunJob, ["--permission", "job.write@team"])]
            {
                let (status, report) = run(&hub, secret, &args);
                let expected = match truth.allows(secret, action, "team") {
                    Some(true) => 0,
                    Some(false) => 43,
                    None => 50,
                };
                assert_eq!(status, expected, "{role} {restriction:?} {groups:?} {grant:?} {args:?}: {report:#}");
            }
        }
    }
}

#[testkit::test]
fn roles_below_the_documented_one_are_unknown() {
    for permission in ["org.write@acme", "org.members.write@acme", "resourceGroup.write@acme"] {
        for (role, status) in [("admin", 0), ("write", 50), ("read", 50), ("no_access", 43)] {
            let (exit, report) = identified(&alice(&write_token(), &acme(role)), &["--permission", permission]);
            assert_eq!(exit, status, "{permission} {role}: {report:#}");
        }
    }
}

#[testkit::test]
fn an_unknown_permission_is_unknown_and_the_near_names_come_first() {
    for (name, near) in [
        ("job.wirte", Some("job.write")),
        ("foo.bar", None),
        ("inference.serverles.write@acme", Some("inference.serverless.write@acme")),
    ] {
        for access in [write_token(), fine_token(&json!({"scoped": [scope("user", "alice", name)], "global": [name]}))]
        {
            let (exit, report) = identified(&alice(&access, &acme("admin")), &["--permission", name]);
            assert_eq!((exit, &report["code"]), (50, &json!("right-unknown")), "{name}: {report:#}");
            let check = report["checks"][2].to_string();
            assert!(check.contains("It knows ") && check.contains("post.write"), "{check}");
            match near {
                Some(near) => {
                    let bare = near.split('@').next().unwrap_or_default();
                    assert!(check.contains(&format!("Did you mean {near}?")), "{check}");
                    assert!(check.contains(&format!("It knows {bare},")), "{check}");
                }
                None => assert!(!check.contains("Did you mean"), "{check}"),
            }
        }
    }
}

#[testkit::test]
fn a_global_permission_is_for_the_token_s_user_too() {
    for (name, listed, status) in [
        ("inference.serverless.write", "inference.serverless.write", 0),
        ("inference.serverless.write@alice", "inference.serverless.write", 0),
        ("inference.serverless.write@ALICE", "inference.serverless.write", 0),
        ("inference.serverless.write@acme", "inference.serverless.write", 50),
        ("post.write", "post.write", 0),
        ("post.write@alice", "post.write", 0),
        // This one is about the repos of others.
        ("discussion.write", "discussion.write", 0),
        ("discussion.write@alice", "discussion.write", 43),
        ("discussion.write@bob", "discussion.write", 0),
        // The token form does not offer these for the token as a whole.
        ("job.write", "job.write", 50),
        ("repo.write@alice", "repo.write", 50),
        ("job.write@alice", "post.write", 43),
    ] {
        let access = fine_token(&json!({"scoped": [], "global": [listed]}));
        let (exit, report) = identified(&alice(&access, &acme("write")), &["--permission", name]);
        assert_eq!(exit, status, "{name}: {report:#}");
    }
}

#[testkit::test]
fn what_whoami_says_in_another_form_is_unknown() {
    let create: &[&str] = &["--create", "acme/new"];
    let member = |change: Value| {
        let mut org = json!({"type": "org", "name": "acme", "roleInOrg": "read"});
        for (key, value) in change.as_object().expect("an object") {
            org[key] = value.clone();
        }
        alice(&write_token(), &json!([org]))
    };
    let fine = |fine_grained: Value| alice(&fine_token(&fine_grained), &acme("write"));
    let permissions = |permissions: Value| {
        fine(json!({"scoped": [{"entity": {"type": "org", "name": "acme"}, "permissions": permissions}]}))
    };
    for (identity, status) in [
        (member(json!({"roleInOrg": "write"})), 0),
        (member(json!({})), 43),
        // Resource groups.
        (member(json!({"resourceGroups": [{"role": "write"}]})), 50),
        (member(json!({"resourceGroups": [{"role": "read"}]})), 43),
        (member(json!({"resourceGroups": [{"role": "owner"}]})), 50),
        (member(json!({"resourceGroups": [7]})), 50),
        (member(json!({"resourceGroups": {"role": "write"}})), 50),
        (member(json!({"resourceGroups": [], "securityRestrictions": null})), 43),
        // Restrictions.
        (member(json!({"roleInOrg": "write", "securityRestrictions": []})), 0),
        (member(json!({"roleInOrg": "write", "securityRestrictions": ["geo"]})), 50),
        (member(json!({"roleInOrg": "write", "securityRestrictions": [{"type": "geo"}]})), 50),
        (member(json!({"roleInOrg": "write", "securityRestrictions": {"type": "geo"}})), 50),
        (member(json!({"roleInOrg": "write", "securityRestrictions": "geo"})), 50),
        (member(json!({"roleInOrg": "write", "securityRestrictions": ["geo", "mfa"]})), 43),
        // Roles and organizations.
        (member(json!({"roleInOrg": "emperor"})), 50),
        (member(json!({"roleInOrg": null})), 50),
        (alice(&write_token(), &json!([{"roleInOrg": "write"}])), 50),
        (alice(&write_token(), &json!({"acme": "write"})), 50),
        (alice(&write_token(), &json!([])), 43),
        // Fine-grained tokens.
        (fine(json!({"scoped": [scope("org", "acme", "repo.write")]})), 0),
        (fine(json!({"scoped": [scope("org", "acme", "repo.content.read")]})), 43),
        (fine(json!({"scoped": [scope("resource-group", "team", "repo.write")]})), 50),
        (fine(json!({"scoped": [scope("galaxy", "acme", "repo.write")]})), 50),
        (fine(json!({"scoped": [scope("model", "acme/new", "repo.write")]})), 43),
        (fine(json!({"scoped": [scope("bucket", "acme", "repo.write")]})), 43),
        (fine(json!({"scoped": {"acme": ["repo.write"]}})), 50),
        (fine(json!({"scoped": ["acme"]})), 50),
        (fine(json!({"global": []})), 50),
        (fine(json!([])), 50),
        (fine(Value::Null), 50),
        (permissions(json!({"repo": "write"})), 50),
        (permissions(json!([{"name": "repo.write"}])), 50),
        (permissions(json!([])), 43),
    ] {
        let (exit, report) = identified(&identity, create);
        assert_eq!(exit, status, "{identity:#}: {report:#}");
        if status == 50 {
            assert_eq!(report["code"], "right-unknown", "{identity:#}: {report:#}");
        }
    }
}

/// A Hub that answers so to every question about a repo.
fn answering(path: &'static str, response: Response) -> HubState {
    let mut state = scenario::hub_state();
    state.faults.push(Fault::at(path, Kind::Instead(response.with("X-Powered-By", "huggingface-moon"))));
    state
}

fn missing() -> Response {
    Response::new(404, "application/json", json!({"error": "Repository not found"}).to_string())
        .with("X-Error-Code", "RepoNotFound")
}

#[testkit::test]
fn a_kernel_takes_a_grant_of_its_own() {
    let hub = FakeHub::start(answering("/api/kernels/", missing()));
    for (token, status) in [("write", 50), ("read", 43)] {
        let (exit, report) = run(&hub, &scenario::secret(token), &["--create", "kernels/alice/k"]);
        assert_eq!(exit, status, "{report:#}");
    }
}

#[testkit::test]
fn a_new_repo_is_judged_by_the_owner_that_was_named() {
    for (asked, target, status) in [("bob/new", "models/alice/gone", 43), ("alice/new", "models/bob/gone", 0)] {
        let mut state = scenario::hub_state();
        state.renamed.push((if asked == "bob/new" { "models/bob/new" } else { "models/alice/new" }, target));
        let (exit, report) = run(&FakeHub::start(state), &scenario::secret("write"), &["--create", asked]);
        assert_eq!(exit, status, "{asked}: {report:#}");
        assert_eq!(report["warnings"], json!([]), "nothing is there: {report:#}");
    }
}

#[testkit::test]
fn a_hidden_repo_of_ones_own_organization_names_the_scope() {
    let hub = FakeHub::start(scenario::hub_state());
    // alice belongs to library; the token has no scope there.
    let (exit, report) = run(&hub, &scenario::secret("narrow"), &["--read", "library/model"]);
    assert_eq!((exit, &report["code"]), (44, &json!("repo-not-visible")), "{report:#}");
    let check = &report["checks"][2];
    assert!(check["why"].to_string().contains("lacks repo.content.read on library"), "{check:#}");
    assert!(check["fix"].to_string().contains("add repo.content.read for library"), "{check:#}");
    // Nobody can add a scope on the repos of a stranger.
    let (exit, report) = run(&hub, &scenario::secret("narrow"), &["--read", "bob/private"]);
    assert_eq!((exit, &report["code"]), (44, &json!("repo-not-visible")), "{report:#}");
    assert!(!report["checks"][2].to_string().contains("lacks"), "{report:#}");
}

#[testkit::test]
fn a_missing_permission_names_the_half_that_refuses() {
    let job = ["--permission", "job.write@acme"];
    let listed = fine_token(&json!({"scoped": [scope("org", "acme", "job.write")]}));
    let unlisted = fine_token(&json!({"scoped": []}));
    for (access, orgs, words) in [
        (&listed, acme("no_access"), "raise the role"),
        (&listed, json!([]), "is not a member of acme"),
        (&unlisted, acme("write"), "lacks job.write on acme"),
        (&json!({"displayName": "ci", "role": "read"}), acme("write"), "has the role"),
    ] {
        let (exit, report) = identified(&alice(access, &orgs), &job);
        assert_eq!((exit, &report["code"]), (43, &json!("permission-missing")), "{orgs}: {report:#}");
        assert!(report["checks"][2].to_string().contains(words), "{words}: {report:#}");
    }
}
