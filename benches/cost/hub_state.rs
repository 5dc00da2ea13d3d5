//! What the benchmark's Hub knows: one user, one token, and repos that all grant access.

use testkit::fake_hub::{Grant, HubState, Repo, Token, User};
use testkit::scenario;

/// As many needs as are ever asked here: reading and pushing, repo by repo.
const REPOS: usize = 50;

/// A Hub on which everything is granted.
pub fn hub_state() -> HubState {
    let user = User { name: "alice", orgs: Vec::new() };
    let grant = Grant::Write;
    let repo = |at: usize| Repo {
        kind: "models",
        // For the life of the process.
        id: Box::leak(repo(2 * at).into_boxed_str()),
        is_private: true,
        creator: "alice",
        gate: None,
        is_disabled: false,
    };
    HubState {
        users: vec![user],
        tokens: vec![Token { secret: token(), user: "alice", name: "bench", grant }],
        repos: (0..REPOS).map(repo).collect(),
        ..HubState::default()
    }
}

/// The token of the benchmark.
pub fn token() -> String {
    scenario::secret("bench")
}

/// The repo of a requirement, by its number; a read and a write share one.
pub fn repo(need: usize) -> String {
    format!("alice/model-{}", need / 2)
}
