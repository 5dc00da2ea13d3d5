//! The one test that needs the live Hub, for people who can reach it: `HF_TOKEN_CHECK_LIVE=1 HF_TOKEN=... cargo test live`.

use std::env;

use testkit::program;

#[testkit::test(opt_in(HF_TOKEN_CHECK_LIVE))]
fn the_live_hub_knows_this_token() {
    let passed_on = ["HF_TOKEN", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), env::var(name).ok()?)));
    let run = program::run(
        ["--read", "openai-community/gpt2", "--read", "datasets/rajpurkar/squad", "--verbose"],
        &passed_on.collect::<Vec<_>>(),
    );
    println!("{}", run.stderr);
    assert_eq!(run.status, 0);
    assert!(run.stderr.contains("/api/models/openai-community/gpt2/auth-check -> 200"));
}
