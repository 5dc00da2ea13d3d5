//! A repo's metadata: which repo it is about.

use serde_json::Value;

use crate::hub::interpret::page::{Arrival, Page};
use crate::model::repo::RepoRef;

/// The repo that metadata describes.
pub fn repo_id(json: &Value) -> Option<String> {
    ["id", "modelId"].iter().find_map(|key| json.get(key)).and_then(Value::as_str).map(Into::into)
}

/// Whether it is the metadata of this repo.
pub fn is_of(repo: &RepoRef, page: &Page<'_>, json: &Value) -> bool {
    // A redirect, or a name without an owner, leads to a repo of another name; nothing else does.
    let may_differ = page.arrival == Arrival::Redirected || repo.owner.is_none();
    let has_id = json.get("_id").is_some_and(Value::is_string);
    repo_id(json).map_or(has_id, |id| may_differ || id.eq_ignore_ascii_case(&repo.id()))
}
