//! What is common to everything that the Hub is asked: where the request goes, how much of the response is read, and how a
//! response becomes an answer. `hub/interpret` has a file for each.

use crate::hub::interpret::page::Page;
use crate::model::answer::NoAnswer;
use crate::model::repo::RepoRef;

/// The answer to a question of right is two letters, or a sentence; of a longer one no more is read.
pub const SHORT_BODY: usize = 1 << 16;

/// whoami lists every organization, a repo's metadata every file. Bodies beyond this are not read.
pub const LONGEST_BODY: usize = 1 << 20;

/// Permits that a question takes whose answer may be long and which is not the only one of its kind: memory stays small.
pub const PERMITS_FOR_A_LONG_ANSWER: u32 = 4;

/// A question that can be put to the Hub.
pub trait Request: Clone + Send + Sync + 'static {
    /// What it comes to, whatever happens.
    type Answer: Send + Sync + 'static;

    /// How often it is sent at the most.
    const MOST_ATTEMPTS: u32;

    /// The path on the Hub.
    fn path(&self) -> String;

    /// The repo that it is about.
    fn repo(&self) -> Option<&RepoRef> {
        None
    }

    /// The same question where a redirect to this path on the endpoint leads; `None` where it leads to something else.
    fn redirected(&self, path: &str) -> Option<Self>;

    /// How much of the response is read.
    fn longest_body(&self) -> usize;

    /// How many of the permits it takes while it is in flight.
    fn permits(&self) -> u32;

    /// What a response says.
    fn read(&self, page: &Page<'_>) -> Self::Answer;

    /// The question that a response answers in fact, where it is another.
    fn answered(&self, _: &Page<'_>) -> Option<Self> {
        None
    }

    /// Whether an answer shows that the question went to a wrong address.
    fn is_lost(_: &Self::Answer) -> bool {
        false
    }

    /// What it comes to where there is no answer of the Hub's.
    fn no_answer(reason: NoAnswer) -> Self::Answer;

    /// Why there is no answer of the Hub's, where there is none.
    fn reason(answer: &Self::Answer) -> Option<NoAnswer>;
}
