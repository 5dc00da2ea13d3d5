//! Endpoints that are not huggingface.co: mirrors, proxy registries, and Hubs with accounts and tokens of their own.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use testkit::fake_hub::{FakeHub, Flavor, Grant, Token};
use testkit::robustness::{Row, run_table};
use testkit::{daemon, program, python, scenario, tokens};

const LIMIT: Duration = Duration::from_secs(5);

/// A server of this flavor that takes this token of alice's besides the usual ones.
fn hub(flavor: Flavor, secret: &str) -> FakeHub {
    let mut state = scenario::hub_state();
    state.flavor = flavor;
    state.tokens.push(Token { secret: secret.into(), user: "alice", name: "its own", grant: Grant::Write });
    FakeHub::start(state)
}

/// The forms of huggingface.co's tokens are not known elsewhere: the server decides.
#[testkit::test]
fn a_token_in_another_form_is_asked_about() {
    let hexadecimal = format!("{:064x}", u128::MAX / 7);
    let forms = [
        ("64 hexadecimal digits", hexadecimal),
        (
            "a reference token",
            STANDARD.encode(format!("reftkn:01:1793491200:{}", tokens::with_prefix("", "jfrog", 28))),
        ),
        ("a JSON Web Token", tokens::jwt("eyJ", "jfrog", &serde_json::json!({"sub": "alice"}))),
        ("ox_", tokens::with_prefix("ox_", "ox", 32)),
        ("mh_", tokens::with_prefix("mh_", "mh", 20)),
        ("another service's prefix", tokens::with_prefix("sk-", "sk", 40)),
        ("a legacy organization token", tokens::with_prefix("api_org_", "org", 34)),
        ("a short token", "k0h4ku".into()),
        ("signs of base64", format!("{}/+==", tokens::with_prefix("", "signs", 20))),
    ];
    let read = &["--read", "acme/model"];
    let mut servers = Vec::new();
    for (name, secret) in &forms {
        servers.push((*name, secret, hub(Flavor::KohakuHub, secret), 0, "read-gates-unchecked"));
        servers.push((*name, secret, hub(Flavor::Artifactory, secret), 0, "identity-unknown"));
        servers.push((*name, secret, hub(Flavor::KohakuHub, "another one"), 41, "token-rejected"));
    }
    let rows = servers
        .iter()
        .map(|(name, secret, hub, exit, code)| Row::at(name, hub, *exit, code).with("HF_TOKEN", *secret).needs(read));
    run_table("mirror-tokens", LIMIT, rows.collect());
}

/// What is useless at every server is refused before anything is sent.
#[testkit::test]
fn what_is_no_token_anywhere_is_not_sent() {
    let own = tokens::with_prefix("ox_", "ox", 32);
    let good = scenario::secret("write");
    let server = hub(Flavor::KohakuHub, &own);
    #[rustfmt::skip]
    let cases = [
        ("a placeholder",           "$HF_TOKEN".to_owned(),                                       "token-placeholder"),
        ("a reference",             "op://vault/hub/token".into(),                                "token-placeholder"),
        ("an example",              "your-kohaku-token-here".into(),                              "token-placeholder"),
        ("quotes",                  format!("\"{own}\""),                                         "token-quoted"),
        ("a scheme",                format!("Bearer {own}"),                                      "token-quoted"),
        ("a name",                  format!("HF_TOKEN={own}"),                                    "token-quoted"),
        ("a name in YAML",          format!("token: {own}"),                                      "token-quoted"),
        ("a URL",                   format!("https://alice:{good}@hub.example"),                  "token-quoted"),
        ("a byte order mark",       format!("\u{feff}{own}"),                                     "token-quoted"),
        ("a line feed in letters",  format!("{own}\\n"),                                          "token-quoted"),
        ("base64",                  STANDARD.encode(&good),                                       "token-encoded"),
        ("a refresh token",         tokens::with_prefix("hf_oauth__refresh_", "refresh", 34),     "token-wrong-kind"),
        ("the same token twice",    own.repeat(2),                                                "token-malformed"),
        ("two tokens",              format!("{good}{}", scenario::secret("read")),                "token-malformed"),
        ("white space inside",      format!("{own} {own}x"),                                      "token-malformed"),
        ("a letter no header has",  format!("{own}é{own}x"),                                      "token-malformed"),
    ];
    let rows =
        cases.iter().map(|(name, value, code)| Row::at(name, &server, 40, code).with("HF_TOKEN", value.as_str()));
    run_table("mirror-no-tokens", LIMIT, rows.collect());
    assert_eq!(server.count(""), 0, "nothing is sent");
}

/// Olah, the mirror itself, in front of the fake Hub.
#[testkit::test(needs(VENV, PYPI))]
fn a_real_olah_passes_downloads_on_and_cannot_be_asked_about_pushes() {
    let upstream = FakeHub::start_plain(scenario::hub_state());
    let python = python::with(&["olah==0.5.4"]);
    let mirror = daemon::olah(&python, upstream.address);
    let endpoint = format!("http://127.0.0.1:{}", mirror.port);
    #[rustfmt::skip]
    let rows = [
        ("a download",                   0,  "",                     "write",   &["--read", "bob/public"][..]),
        ("a private repo of one's own",  0,  "",                     "write",   &["--read", "acme/model"]),
        ("a gated repo",                 50, "hub-not-a-hub",        "write",   &["--read", "meta/accepted"]),
        ("a repo that is not there",     44, "repo-not-visible",     "write",   &["--read", "bob/none"]),
        ("a revision",                   0,  "",                     "write",   &["--read", "bob/public@v1.0"]),
        ("a revision that is not there", 44, "revision-not-found",   "write",   &["--read", "bob/public@nope"]),
        ("a name without an owner",      0,  "repo-renamed",         "write",   &["--read", "gpt2"]),
        ("a push",                       50, "hub-not-a-hub",        "write",   &["--write", "acme/model"]),
        ("a creation",                   50, "hub-not-a-hub",        "write",   &["--create", "alice/new"]),
        ("a token that is rejected",     41, "token-rejected",       "unknown", &["--read", "bob/public"]),
        ("the identity alone",           0,  "",                     "write",   &[]),
    ];
    let rows = rows.map(|(name, exit, code, token, needs)| {
        Row::new(name, &endpoint, &upstream.ca, exit, code).with("HF_TOKEN", scenario::secret(token)).needs(needs)
    });
    run_table("mirror-olah", Duration::from_secs(20), rows.into());
}

/// What a mirror cannot tell of any repo is said once, with the name of each.
#[testkit::test]
fn what_a_mirror_does_not_state_is_said_once_for_all_repos() {
    let server = hub(Flavor::KohakuHub, &scenario::secret("write"));
    let repos = ["acme/model", "bob/public", "datasets/acme/data"];
    let args = repos.iter().flat_map(|repo| ["--read", repo]).chain(["--format", "json"]);
    let variables = program::variables([
        ("HF_ENDPOINT", &server.endpoint),
        ("SSL_CERT_FILE", &server.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ]);
    let run = program::run(args, &variables);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    let warnings = report["warnings"].as_array().expect("warnings");
    assert_eq!((run.status, warnings.len()), (0, 1), "{report:#}");
    for repo in repos {
        for member in ["summary", "fix"] {
            assert!(warnings[0][member].to_string().contains(repo), "{repo} in {member}: {report:#}");
        }
    }
}
