use crate::oracle::is_one_clean_line;
use hf_token_check::internals::model::endpoint::{Endpoint, PlainHttp};
use hf_token_check::internals::model::question::{Ask, RevisionQuestion};
use hf_token_check::internals::model::repo::RepoRef;
use hf_token_check::internals::model::spelling::{self, RepoAt};
use hf_token_check::internals::token::redact::holds_credential;

/// An endpoint and a REPO, a line each; without a line feed, a REPO at the usual endpoint.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (address, text) = text.split_once('\n').unwrap_or(("", &text));
    let endpoint = match Endpoint::parse(address, PlainHttp::LoopbackOnly) {
        Ok(endpoint) => endpoint,
        Err(why) => {
            is_one_clean_line(&why.to_string());
            Endpoint::default()
        }
    };
    let printed = endpoint.to_string();
    assert_eq!(Endpoint::parse(&printed, PlainHttp::LoopbackOnly).as_ref(), Ok(&endpoint), "{printed}");
    match RepoAt::parse(text, &endpoint) {
        Ok(at) => {
            is_right(&at.repo, text, &endpoint);
            is_at_its_revision(&at, &endpoint);
        }
        Err(why) => is_one_clean_line(&why.to_string()),
    }
    if let Some(repo) = RepoRef::from_api_path(text, "/auth-check") {
        is_right(&repo, text, &endpoint);
    }
}

/// What is printed leads to the same revision, and the question about it to the same repo.
fn is_at_its_revision(at: &RepoAt, endpoint: &Endpoint) {
    let printed = at.to_string();
    assert_eq!(RepoAt::parse(&printed, endpoint).as_ref(), Ok(at), "{printed}");
    assert!(!holds_credential(&printed), "a token would be sent in a URL");
    let Some(revision) = at.revision.clone() else { return };
    let question = RevisionQuestion { repo: at.repo.clone(), revision };
    let (path, url) = (question.path(), endpoint.join(&question.path()));
    assert!(endpoint.same_origin(&url) && url.path().ends_with(&path), "{path} became {url}");
    assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
    assert_eq!(RepoRef::from_api_path(url.path(), &question.route()).as_ref(), Some(&at.repo), "{url}");
}

fn is_right(repo: &RepoRef, text: &str, endpoint: &Endpoint) {
    let printed = repo.to_string();
    let again = RepoRef::parse(&printed, endpoint).expect("what is printed can be read");
    assert_eq!((&again, again.to_string()), (repo, printed.clone()), "printing is a fixed point");
    assert!(!holds_credential(&printed), "a token would be sent in a URL");
    for part in repo.owner.iter().chain([&repo.name]) {
        // A git address may have a colon behind its host, and end in .git.
        let is_part = |word: &str| word.strip_suffix(".git").unwrap_or(word) == part;
        let stands_in = |text: &str| text.split(|c: char| "/:@?#".contains(c) || c.is_whitespace()).any(is_part);
        assert!(stands_in(text), "{part:?} is no part of {text:?}");
    }
    // The address of its page names it too, unless the Hub uses that address for something else.
    let page = RepoRef::parse(&format!("{endpoint}/{printed}"), endpoint);
    if let Ok(page) = page
        && !spelling::VIEWS.contains(&repo.name.as_str())
    {
        assert_eq!(&page, repo, "{endpoint}/{printed}");
    }
    for question in [Ask::Read, Ask::Write, Ask::Describe].map(|ask| ask.about(repo.clone())) {
        let (path, url) = (question.path(), endpoint.join(&question.path()));
        assert!(endpoint.same_origin(&url) && url.path().ends_with(&path), "{path} became {url}");
        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        let found = RepoRef::from_api_path(url.path(), question.ask.route());
        assert_eq!(found.as_ref(), Some(repo), "{url} names another repo");
    }
}
