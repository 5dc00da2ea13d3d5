//! From a response to an answer. Texts of the Hub are recognized here and nowhere else, loosely, and every one that is not
//! falls back to the general answer of its status.

mod access;
mod job;
mod mark;
mod message;
mod metadata;
pub mod page;
mod refusal;
mod revision;
mod whoami;

use crate::hub::interpret::page::{Arrival, Page, RawResponse};
use crate::hub::request::Request;
use crate::model::author::{Author, Site};

/// What a response says.
pub struct Interpretation<Q: Request> {
    pub answer: Q::Answer,
    /// The question that was answered in fact, where it is another.
    pub answered: Option<Q>,
    pub author: Author,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub request_id: Option<String>,
    pub detail: Option<String>,
    pub notice: Option<String>,
}

/// Reads the response of `site` to `question`.
pub fn read<Q: Request>(question: &Q, raw: &RawResponse, site: Site, arrival: Arrival) -> Interpretation<Q> {
    let page = Page::new(raw, site, arrival, question.repo());
    let answer = question.read(&page);
    let detail = page.describe(Q::reason(&answer));
    let notice = page.notice();
    let request_id = ["x-request-id", "x-amzn-trace-id", "x-amz-cf-id"].iter().find_map(|name| page.header(name));
    let author = page.author;
    Interpretation {
        answer,
        answered: question.answered(&page),
        author,
        error_code: page.error_code,
        error_message: page.error_message,
        request_id,
        detail,
        notice,
    }
}
