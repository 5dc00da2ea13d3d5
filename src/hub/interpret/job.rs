//! What a job's record shows.

use serde_json::Value;

use crate::hub::interpret::page::{Page, no_answer};
use crate::hub::request::{LONGEST_BODY, PERMITS_FOR_A_LONG_ANSWER, Request};
use crate::hub::retry;
use crate::model::answer::NoAnswer;
use crate::model::question::JobRef;
use crate::model::reply::{Job, JobRecord};
use crate::token::redact;

impl Request for JobRef {
    type Answer = Job;

    const MOST_ATTEMPTS: u32 = retry::HUB_ATTEMPTS;

    fn path(&self) -> String {
        self.path()
    }

    fn redirected(&self, path: &str) -> Option<Self> {
        path.ends_with(&self.path()).then(|| self.clone())
    }

    fn longest_body(&self) -> usize {
        LONGEST_BODY
    }

    fn permits(&self) -> u32 {
        PERMITS_FOR_A_LONG_ANSWER
    }

    fn read(&self, page: &Page<'_>) -> Job {
        read(page)
    }

    fn no_answer(reason: NoAnswer) -> Job {
        Job::NoAnswer(reason)
    }

    fn reason(answer: &Job) -> Option<NoAnswer> {
        if let Job::NoAnswer(reason) = answer { Some(*reason) } else { None }
    }
}

fn read(page: &Page<'_>) -> Job {
    match page.status() {
        200 => page.json().as_ref().and_then(record).map_or(Job::NoAnswer(NoAnswer::Unexpected), Job::Shown),
        401 | 403 | 404 => Job::NotShown,
        status => Job::NoAnswer(no_answer(status)),
    }
}

/// The names of its environment, and never a value.
fn record(json: &Value) -> Option<JobRecord> {
    let environment = json.get("environment").and_then(Value::as_object)?;
    Some(JobRecord { environment: environment.keys().map(|name| redact::line(name)).collect() })
}
