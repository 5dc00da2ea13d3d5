//! Spellings of a repo, and what each is read as.

use crate::model::endpoint::{Endpoint, PlainHttp};
use crate::model::repo::{NameError, RepoKind, RepoRef};
use crate::model::revision::RevisionError;
use crate::model::spelling::{RepoAt, RepoError};

fn printed(text: &str) -> Result<String, RepoError> {
    RepoAt::parse(text, &Endpoint::default()).map(|at| at.to_string())
}

#[test]
fn every_spelling_a_user_would_paste_is_read() {
    for (text, repo) in [
        ("acme/model", "acme/model"),
        ("models/acme/model", "acme/model"),
        ("datasets/acme/data", "datasets/acme/data"),
        ("spaces/acme/app", "spaces/acme/app"),
        ("kernels/acme/k", "kernels/acme/k"),
        ("gpt2", "gpt2"),
        ("datasets/squad", "datasets/squad"),
        ("acme/model@main", "acme/model"),
        (" acme/model ", "acme/model"),
        ("hf://acme/model", "acme/model"),
        ("hf://datasets/acme/data@refs%2Fpr%2F1/a/b.csv", "datasets/acme/data@refs/pr/1"),
        ("hf://datasets/acme/data@refs/pr/1/a/b.csv", "datasets/acme/data@refs/pr/1"),
        ("hf://datasets/acme/data@refs/convert/parquet/a/b", "datasets/acme/data@refs/convert/parquet"),
        ("hf://acme/model@v1.0/refs/pr/1", "acme/model@v1.0"),
        ("hf://acme/model@main/config.json", "acme/model"),
        ("acme/model@feature/x", "acme/model@feature/x"),
        ("acme/model@feature%2Fx", "acme/model@feature/x"),
        ("acme/model@v1.0", "acme/model@v1.0"),
        ("https://huggingface.co/acme/model/tree/v1.0", "acme/model@v1.0"),
        ("https://huggingface.co/acme/model/tree/v1.0/folder?x=1", "acme/model@v1.0"),
        ("https://huggingface.co/datasets/acme/data/blob/refs%2Fpr%2F1/a.csv", "datasets/acme/data@refs/pr/1"),
        ("hf.co/datasets/acme/data/resolve/refs/pr/1/a.csv", "datasets/acme/data@refs/pr/1"),
        ("https://huggingface.co/gpt2/resolve/607a30d/config.json", "gpt2@607a30d"),
        ("https://huggingface.co/gpt2/tree/a%2Fb", "gpt2@a%2Fb"),
        ("https://huggingface.co/acme/model/tree", "acme/model"),
        ("https://huggingface.co/acme/model/tree/", "acme/model"),
        ("https://huggingface.co/acme/model/tree/main/v1.0", "acme/model"),
        ("https://huggingface.co/acme/model/discussions/v1.0", "acme/model"),
        ("hf://models/acme/model/config.json", "acme/model"),
        ("https://huggingface.co/acme/model", "acme/model"),
        ("https://huggingface.co/acme/model/", "acme/model"),
        ("HTTPS://HuggingFace.co/datasets/acme/data/tree/main?x=1#y", "datasets/acme/data"),
        ("https://hf.co/spaces/acme/app", "spaces/acme/app"),
        ("https://huggingface.co/gpt2/tree/main", "gpt2"),
        ("https://huggingface.co/datasets/squad", "datasets/squad"),
        ("_x_/a.b_c-d", "_x_/a.b_c-d"),
        ("datasets/squad@refs/convert/parquet", "datasets/squad@refs/convert/parquet"),
        ("acme/model@refs/pr/3", "acme/model@refs/pr/3"),
        ("hf://gpt2@main", "gpt2"),
        ("hf.co/gpt2", "gpt2"),
        ("hf.co/acme/model", "acme/model"),
        ("HF.co/datasets/acme/data/tree/main", "datasets/acme/data"),
        ("huggingface.co/spaces/acme/app", "spaces/acme/app"),
        ("www.huggingface.co/acme/model?library=transformers", "acme/model"),
        ("git@hf.co:acme/model", "acme/model"),
        ("git@hf.co:acme/model.git", "acme/model"),
        ("git@hf.co:datasets/acme/data", "datasets/acme/data"),
        ("git@huggingface.co:spaces/acme/app.git", "spaces/acme/app"),
        ("hf.co:acme/model", "acme/model"),
        ("ssh://git@hf.co/acme/model", "acme/model"),
        ("ssh://git@hf.co:22/datasets/acme/data.git", "datasets/acme/data"),
        ("https://huggingface.co/acme/model.git", "acme/model"),
        ("https://alice@huggingface.co/acme/model", "acme/model"),
        ("https://huggingface.co:443/acme/model", "acme/model"),
        ("https://huggingface.co/datasets/squad/viewer/plain_text/train", "datasets/squad"),
        ("https://huggingface.co/datasets/acme/data/viewer/default/train?p=2", "datasets/acme/data"),
        ("https://huggingface.co/datasets/squad/embed/viewer", "datasets/squad"),
        ("https://huggingface.co/gpt2/discussions/1", "gpt2"),
        ("https://huggingface.co/kernels/acme/k", "kernels/acme/k"),
    ] {
        assert_eq!(printed(text), Ok(repo.to_owned()), "{text:?}");
        assert_eq!(printed(repo), Ok(repo.to_owned()), "printing is a fixed point");
    }
}

#[test]
fn anything_else_is_refused_by_its_cause() {
    use NameError as N;
    use RepoError as R;
    for (text, cause) in [
        ("", R::Part(N::Empty)),
        ("/", R::NoName),
        ("acme/", R::NoName),
        ("a/b/c", R::TooManyParts),
        ("dataset/acme/data", R::Singular(RepoKind::Dataset)),
        ("datasets/", R::Part(N::Empty)),
        ("datasets", R::Part(N::Reserved)),
        ("models/datasets/x", R::Part(N::Reserved)),
        ("buckets/acme/b", R::Bucket),
        ("acme/mo del", R::Part(N::Character(' '))),
        ("acme/modèl", R::Part(N::Character('è'))),
        ("acme/a--b", R::Part(N::Doubled)),
        ("acme/a..b", R::Part(N::Doubled)),
        ("-acme/b", R::Part(N::Edge)),
        ("acme/b.", R::Part(N::Edge)),
        ("acme/b.git", R::Part(N::DotGit)),
        ("https://huggingface.co/m.hf.co/model", R::Part(N::Host)),
        ("hf://HF.co/model", R::Part(N::Host)),
        ("hf://app.hf.space", R::Part(N::Host)),
        ("ftp://huggingface.co/acme/b", R::Scheme("ftp".into())),
        ("https://example.com/acme/b", R::OtherHost("example.com".into())),
        ("https://huggingface.co/settings/tokens", R::Page),
        ("hf.co/docs/hub", R::Page),
        ("https://huggingface.co/buckets/acme/b", R::Bucket),
        ("acme/model@", R::Revision(RevisionError::Empty)),
        ("hf://acme/model@/config.json", R::Revision(RevisionError::Empty)),
        ("acme/model@HEAD~1", R::Revision(RevisionError::Name)),
        ("acme/model@a..b", R::Revision(RevisionError::Name)),
        ("acme/model@%00", R::Invisible),
        ("https://huggingface.co/acme/model/tree/a%20b", R::Revision(RevisionError::Name)),
        ("acme@main/model", R::RevisionInside),
        ("datasets/acme@main/data", R::RevisionInside),
        ("hf://acme@main/model", R::RevisionInside),
        ("alice@huggingface.co/acme/model", R::RevisionInside),
        ("https://alice:pw@huggingface.co/acme/model", R::Password),
        ("https://huggingface.co/acme/model@main", R::Part(N::Character('@'))),
        ("hf.co/acme/model:Q4_K_M", R::Part(N::Character(':'))),
        ("git@github.com:acme/model", R::OtherHost("github.com".into())),
        ("git+https://huggingface.co/acme/model", R::Scheme("git+https".into())),
        ("acme-app.hf.space", R::OtherHost("acme-app.hf.space".into())),
        ("registry.hf.space/acme-app", R::OtherHost("registry.hf.space".into())),
        ("https://cdn-lfs.huggingface.co/acme/model", R::OtherHost("cdn-lfs.huggingface.co".into())),
        ("@acme/model", R::RevisionInside),
        ("hf.co:8080/acme/model", R::TooManyParts),
        ("acme/\u{1b}[31m", R::Invisible),
        ("\u{1b}[31m://x", R::Invisible),
        ("https://\u{202e}oc.ecafgnigguh/a/b", R::Invisible),
    ] {
        assert_eq!(printed(text), Err(cause), "{text:?}");
    }
    assert_eq!(printed(&format!("acme/{}", "x".repeat(92))), Err(R::Part(N::TooLong)));
}

#[test]
fn an_address_is_read_from_where_the_endpoint_ends() {
    for (endpoint, text, repo) in [
        ("https://proxy.example/hub", "https://proxy.example/hub/acme/model", "acme/model"),
        ("https://proxy.example/hub", "https://proxy.example/hub/datasets/a/b/tree/main", "datasets/a/b"),
        ("https://proxy.example/hub", "https://proxy.example/hubert/model", "hubert/model"),
        ("https://proxy.example//hub", "https://proxy.example//hub/acme/model", "acme/model"),
        ("https://huggingface.co/mirror", "https://huggingface.co/mirror/acme/model", "acme/model"),
        ("https://proxy.example/hub", "https://hf.co/acme/model", "acme/model"),
        ("https://proxy.example/hub", "proxy.example/hub/acme/model", "acme/model"),
        ("http://localhost:8080", "localhost:8080/acme/model", "acme/model"),
        ("http://localhost:8080", "http://localhost:8080/datasets/acme/data", "datasets/acme/data"),
        ("https://hub.example", "git@hub.example:acme/model.git", "acme/model"),
    ] {
        let endpoint = Endpoint::parse(endpoint, PlainHttp::LoopbackOnly).expect("an endpoint");
        let read = RepoRef::parse(text, &endpoint).map(|repo| repo.to_string());
        assert_eq!(read, Ok(repo.to_owned()), "{text} at {endpoint}");
    }
}

#[test]
fn a_token_given_as_a_repo_is_refused_and_not_echoed() {
    let token = format!("hf_{}", "Ab1".repeat(12));
    for text in [token.clone(), format!("acme/{token}"), format!("https://huggingface.co/{token}")] {
        let error = printed(&text).expect_err("refused").to_string();
        assert!(!error.contains(&token[..8]), "{error}");
    }
}
