//! What is said about a repo.

use serde_json::Value;

use crate::hub::interpret::metadata;
use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::interpret::refusal::{self, Refusal};
use crate::hub::request::{LONGEST_BODY, PERMITS_FOR_A_LONG_ANSWER, Request, SHORT_BODY};
use crate::hub::retry;
use crate::model::answer::{Answer, Gating, NoAnswer};
use crate::model::author::Author;
use crate::model::question::{Ask, RepoQuestion};
use crate::model::repo::RepoRef;
use crate::model::sentence::Sentence;

impl Request for RepoQuestion {
    type Answer = Answer;

    const MOST_ATTEMPTS: u32 = retry::HUB_ATTEMPTS;

    fn path(&self) -> String {
        self.path()
    }

    fn repo(&self) -> Option<&RepoRef> {
        Some(&self.repo)
    }

    fn redirected(&self, path: &str) -> Option<Self> {
        RepoRef::from_api_path(path, self.ask.route()).map(|repo| self.ask.about(repo))
    }

    fn longest_body(&self) -> usize {
        match self.ask {
            Ask::Read | Ask::Write => SHORT_BODY,
            Ask::Describe => LONGEST_BODY,
        }
    }

    fn permits(&self) -> u32 {
        match self.ask {
            Ask::Read | Ask::Write => 1,
            Ask::Describe => PERMITS_FOR_A_LONG_ANSWER,
        }
    }

    fn read(&self, page: &Page<'_>) -> Answer {
        read(self, page)
    }

    /// The metadata of a name without an owner gives the name in full.
    fn answered(&self, page: &Page<'_>) -> Option<Self> {
        let is_description = self.ask == Ask::Describe && page.status() == 200;
        let id =
            page.json().filter(|_| is_description && self.repo.owner.is_none()).as_ref().and_then(metadata::repo_id)?;
        let repo = RepoRef::from_id(self.repo.kind, &id).ok().filter(|repo| repo.owner.is_some())?;
        Some(self.ask.about(repo))
    }

    fn is_lost(answer: &Answer) -> bool {
        let elsewhere = [NoAnswer::Unexpected, NoAnswer::UnmarkedRefusal].map(Answer::NoAnswer);
        *answer == Answer::NoSuchRoute || elsewhere.contains(answer)
    }

    fn no_answer(reason: NoAnswer) -> Answer {
        Answer::NoAnswer(reason)
    }

    fn reason(answer: &Answer) -> Option<NoAnswer> {
        if let Answer::NoAnswer(reason) = answer { Some(*reason) } else { None }
    }
}

fn read(question: &RepoQuestion, page: &Page<'_>) -> Answer {
    let is_of_a_hub = page.author != Author::Unknown;
    match (page.status(), question.ask) {
        (200, Ask::Read | Ask::Write) => grant(page),
        (200, Ask::Describe) => description(&question.repo, page),
        _ if page.is_no_such_route() => Answer::NoSuchRoute,
        (status @ (401 | 403 | 451), _) if is_of_a_hub => refused(status, page),
        (401 | 403, _) => Answer::NoAnswer(NoAnswer::UnmarkedRefusal),
        (404, _) if is_of_a_hub => not_found(page),
        (404, _) => Answer::NoSuchRoute,
        (status, _) => Answer::NoAnswer(no_answer(status)),
    }
}

fn refused(status: u16, page: &Page<'_>) -> Answer {
    match refusal::of(status, page) {
        Refusal::BadCredentials => Answer::BadCredentials,
        Refusal::Expired => Answer::Expired,
        Refusal::Gated(_) if status == 401 => Answer::GateUnauthorized,
        Refusal::Gated(gate) => Answer::Gated(gate),
        Refusal::Policy(policy) => Answer::Policy(policy),
        Refusal::Disabled => Answer::Disabled,
        Refusal::Region => Answer::Region,
        Refusal::Unexplained if status == 401 && names_no_repo(page) => Answer::MaybeNotFound,
        Refusal::Unexplained if status == 401 => Answer::Unauthorized,
        Refusal::Unexplained if status == 403 => Answer::Forbidden,
        Refusal::Unexplained => Answer::NoAnswer(no_answer(status)),
    }
}

fn not_found(page: &Page<'_>) -> Answer {
    let means = page.message.meant(404);
    match page.author {
        _ if means == Some(Sentence::Disabled) => Answer::Disabled,
        Author::HuggingFace if names_no_repo(page) || means == Some(Sentence::RepoNotFound) => Answer::NotFound,
        Author::AnotherHub if names_no_repo(page) => Answer::MaybeNotFound,
        Author::HuggingFace | Author::AnotherHub | Author::Unknown => Answer::NoSuchRoute,
    }
}

fn names_no_repo(page: &Page<'_>) -> bool {
    page.error_code.as_deref() == Some("RepoNotFound")
}

/// A grant is the Hub's own `OK`: two letters of plain text. An HTML page with status 200 grants nothing.
fn grant(page: &Page<'_>) -> Answer {
    let plain = page.content_type().is_none_or(|kind| kind.starts_with("text/plain"));
    let is_the_hubs = page.author == Author::HuggingFace && !page.is_anonymous() && !page.is_from_a_cache();
    match page.raw.body.trim_ascii() {
        _ if page.is_coded() => Answer::NoAnswer(NoAnswer::Unexpected),
        b"OK" if plain && is_the_hubs => Answer::Granted,
        b"OK" if plain => Answer::UnverifiedOk,
        b"" if !page.is_html() && page.raw.is_whole && is_the_hubs => Answer::Granted,
        _ => Answer::NoAnswer(NoAnswer::Unexpected),
    }
}

fn description(repo: &RepoRef, page: &Page<'_>) -> Answer {
    let json = page.json().unwrap_or_default();
    if !metadata::is_of(repo, page, &json) {
        return Answer::NoAnswer(NoAnswer::Unexpected);
    }
    if json.get("disabled") == Some(&Value::Bool(true)) {
        return Answer::Disabled;
    }
    Answer::Described(match json.get("gated") {
        None | Some(Value::Null) => Gating::Unstated,
        Some(Value::Bool(false)) => Gating::Open,
        Some(_) => Gating::Gated,
    })
}
