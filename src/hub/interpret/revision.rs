//! Whether a repo has a revision.

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

/// Whether the body is the Hub's own JSON, or says which repo it is about. It may be cut off.
fn is_metadata(page: &Page<'_>, repo: &RepoRef) -> bool {
    let is_json = page.content_type().is_some_and(|kind| kind.contains("json"));
    let body = String::from_utf8_lossy(&page.raw.body).to_ascii_lowercase();
    let id = repo.id().to_ascii_lowercase();
    let is_the_id = |rest: &str| {
        let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
        value.is_some_and(|value| value.strip_prefix('"').is_some_and(|value| value.starts_with(&format!("{id}\""))))
    };
    let names_it = ["\"id\"", "\"modelid\""].iter().any(|key| body.split(key).skip(1).any(is_the_id));
    is_json
        && !page.is_coded()
        && body.trim_start().starts_with('{')
        && (page.author == Author::HuggingFace || names_it)
}
