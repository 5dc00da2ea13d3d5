//! The Hub's mark: what makes a response the Hub's own. No verdict rests on a response without it.

use reqwest::header::HeaderMap;

use crate::hub::interpret::message::Message;
use crate::model::author::{Author, Site};

/// Who wrote the response that `site` gave.
pub fn author(status: u16, headers: &HeaderMap, message: &Message, site: Site) -> Author {
    let mut powered = headers.get_all("x-powered-by").iter();
    if powered.any(|by| by.as_bytes().to_ascii_lowercase().starts_with(b"huggingface")) {
        return Author::HuggingFace;
    }
    // The other marks are those of an error.
    let has = |name| headers.get(name).is_some_and(|value| !value.as_bytes().trim_ascii().is_empty());
    let is_a_hubs = status >= 400 && (has("x-error-code") || has("x-error-message") || message.is_a_hubs());
    match (is_a_hubs, site) {
        (true, Site::HuggingFace) => Author::HuggingFace,
        (true, Site::Elsewhere) => Author::AnotherHub,
        (false, _) => Author::Unknown,
    }
}
