//! From a response to an answer. Texts of the Hub are recognized here and nowhere else, loosely, and every one that is not
//! falls back to the general answer of its status.

mod access;
mod job;
mod message;
pub mod page;
mod refusal;
mod whoami;

use crate::hub::interpret::page::{Page, RawResponse};
use crate::hub::request::Request;

/// What a response says.
#[derive(Debug)]
pub struct Interpretation<A> {
    pub answer: A,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub request_id: Option<String>,
    pub detail: Option<String>,
    pub notice: Option<String>,
}

/// Reads a response to `question`.
pub fn read<Q: Request>(question: &Q, raw: &RawResponse) -> Interpretation<Q::Answer> {
    let page = Page::new(raw, question.repo());
    let answer = question.read(&page);
    let detail = page.describe(Q::reason(&answer));
    let notice = page.notice();
    let request_id = ["x-request-id", "x-amzn-trace-id", "x-amz-cf-id"].iter().find_map(|name| page.header(name));
    Interpretation {
        answer,
        error_code: page.error_code,
        error_message: page.error_message,
        request_id,
        detail,
        notice,
    }
}
