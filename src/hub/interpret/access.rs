//! What is said about a repo.

use serde_json::Value;

use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::interpret::refusal::{self, Refusal};
use crate::hub::request::{LONGEST_BODY, PERMITS_FOR_A_LONG_ANSWER, Request, SHORT_BODY};
use crate::hub::retry;
use crate::model::answer::{Answer, NoAnswer};
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
        read(self.ask, page)
    }

    fn no_answer(reason: NoAnswer) -> Answer {
        Answer::NoAnswer(reason)
    }

    fn reason(answer: &Answer) -> Option<NoAnswer> {
        if let Answer::NoAnswer(reason) = answer { Some(*reason) } else { None }
    }
}

fn read(ask: Ask, page: &Page<'_>) -> Answer {
    match (page.status(), ask) {
        (200, Ask::Read | Ask::Write) => grant(page),
        (200, Ask::Describe) => description(page),
        (401 | 403, _) if page.is_someone_elses() => Answer::NoAnswer(NoAnswer::Unexpected),
        (status @ (401 | 403), _) => match refusal::of(status, page) {
            Refusal::BadCredentials => Answer::BadCredentials,
            Refusal::Expired => Answer::Expired,
            Refusal::Gated(gate) => Answer::Gated(gate),
            Refusal::Policy(policy) => Answer::Policy(policy),
            Refusal::Disabled => Answer::Disabled,
            Refusal::Unexplained if status == 401 => Answer::Unauthorized,
            Refusal::Unexplained => Answer::Forbidden,
        },
        (404, _) => match page.message.meant(404) {
            Some(Sentence::Disabled) => Answer::Disabled,
            _ if page.error_code.as_deref() == Some("RepoNotFound") => Answer::NotFound,
            Some(Sentence::RepoNotFound) => Answer::NotFound,
            _ => Answer::NoSuchRoute,
        },
        (status, _) => Answer::NoAnswer(no_answer(status)),
    }
}

/// A grant is the Hub's own `OK`: two letters of plain text. An HTML page with status 200 grants nothing.
fn grant(page: &Page<'_>) -> Answer {
    let plain = page.content_type().is_none_or(|kind| kind.starts_with("text/plain"));
    match page.raw.body.trim_ascii() {
        b"OK" if plain && page.has_the_hubs_mark() && !page.is_anonymous() => Answer::Granted,
        b"OK" if plain => Answer::UnverifiedOk,
        b"" if !page.is_html() && page.raw.is_whole && page.is_made_by_the_hub() && !page.is_anonymous() => {
            Answer::Granted
        }
        _ => Answer::NoAnswer(NoAnswer::Unexpected),
    }
}

fn description(page: &Page<'_>) -> Answer {
    let names_a_repo =
        |json: &Value| ["id", "modelId", "_id"].iter().any(|key| json.get(key).is_some_and(Value::is_string));
    if page.json().as_ref().is_some_and(names_a_repo) {
        Answer::MetadataOnly
    } else {
        Answer::NoAnswer(NoAnswer::Unexpected)
    }
}
