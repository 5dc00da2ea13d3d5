//! Whether a repo has a revision.

use crate::hub::interpret::metadata;
use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::request::{Request, SHORT_BODY};
use crate::hub::retry;
use crate::model::answer::NoAnswer;
use crate::model::author::Author;
use crate::model::question::RevisionQuestion;
use crate::model::reply::Revised;
use crate::model::repo::RepoRef;

impl Request for RevisionQuestion {
    type Answer = Revised;

    const MOST_ATTEMPTS: u32 = retry::HUB_ATTEMPTS;

    fn path(&self) -> String {
        self.path()
    }

    fn repo(&self) -> Option<&RepoRef> {
        Some(&self.repo)
    }

    fn redirected(&self, path: &str) -> Option<Self> {
        let repo = RepoRef::from_api_path(path, &self.route())?;
        Some(Self { repo, revision: self.revision.clone() })
    }

    /// The metadata lists every file of the revision; its beginning is enough.
    fn longest_body(&self) -> usize {
        SHORT_BODY
    }

    fn permits(&self) -> u32 {
        1
    }

    fn read(&self, page: &Page<'_>) -> Revised {
        match page.status() {
            200 if is_metadata(page, &self.repo) => Revised::Exists,
            404 if page.error_code.as_deref() == Some("RevisionNotFound") => Revised::NotFound,
            status => Revised::NoAnswer(no_answer(status)),
        }
    }

    fn no_answer(reason: NoAnswer) -> Revised {
        Revised::NoAnswer(reason)
    }

    fn reason(answer: &Revised) -> Option<NoAnswer> {
        if let Revised::NoAnswer(reason) = answer { Some(*reason) } else { None }
    }
}

/// Whether the body is a repo's metadata: this repo's, or any with the Hub's mark. A long list of files is cut off, and says at
/// its beginning which repo it is about.
fn is_metadata(page: &Page<'_>, repo: &RepoRef) -> bool {
    let is_json = page.content_type().is_some_and(|kind| kind.contains("json"));
    let is_marked = page.author == Author::HuggingFace;
    if !is_json || page.is_coded() {
        return false;
    }
    match page.json() {
        Some(json) => json.is_object() && (is_marked || metadata::is_of(repo, page, &json)),
        None if page.raw.is_whole => false,
        None => {
            let body = String::from_utf8_lossy(&page.raw.body);
            body.trim_start().starts_with('{') && (is_marked || body.contains(&format!("\"id\":\"{}\"", repo.id())))
        }
    }
}
