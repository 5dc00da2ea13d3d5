use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

use hf_token_check::internals::hub::retry::{self, Pause};
use hf_token_check::internals::model::answer::NoAnswer;

const DAY: Duration = Duration::from_secs(86_400);

/// `Retry-After`: a byte for the status, eight for the clock, then the header.
pub fn retry_after(data: &[u8]) {
    let Some((head, value)) = data.split_first_chunk::<9>() else { return };
    let (status, clock) = (status(head[0]), u64::from_le_bytes(head[1..].try_into().expect("eight bytes")));
    // A clock that is off by some thousand years is still a clock.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock % 253_402_300_800);
    let Ok(header) = HeaderValue::from_bytes(value) else { return };
    let headers = HeaderMap::from_iter([(RETRY_AFTER, header)]);
    let hint = retry::hint(status, &headers, now);
    let text = String::from_utf8_lossy(value);
    if let Some(seconds) = number(text.trim())
        && text.is_ascii()
        && matches!(status, 429 | 503)
    {
        let wait = Some(Duration::from_secs(seconds).min(DAY)).filter(|wait| !wait.is_zero());
        assert_eq!(hint.wait, wait, "{text:?}");
    }
    if text.trim_start().starts_with(['-', '.']) {
        assert_eq!(hint.wait, None, "{text:?}");
    }
    bounded(status, hint);
}

/// `RateLimit`, perhaps more than once, a line each: a byte for the status, then the headers.
pub fn ratelimit(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let status = status(*choice);
    let mut headers = HeaderMap::new();
    for line in rest.split(|b| *b == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append("ratelimit", value);
    }
    let now = SystemTime::UNIX_EPOCH;
    let hint = retry::hint(status, &headers, now);
    bounded(status, hint);
    let values = headers.get_all("ratelimit").iter().filter_map(|value| value.to_str().ok());
    let items: Vec<_> = values.flat_map(|value| value.split(',')).collect();
    if let Some(wait) = hint.wait {
        // Both numbers stand in one and the same item, and nothing remains of its quota.
        let item = |item: &&str| {
            let parts: Vec<_> = item.split(';').map(|part| part.replace([' ', '\t'], "")).collect();
            let is = |name: &str, most: Duration| {
                parts.iter().filter_map(|part| part.strip_prefix(name)).any(|text| {
                    number(text.trim_start_matches('+')).is_some_and(|n| Duration::from_secs(n).min(DAY) == most)
                })
            };
            is("r=", Duration::ZERO) && is("t=", wait)
        };
        assert!(items.iter().any(item), "{items:?} was read as {wait:?}");
    }
    // `Retry-After` is the plainer word, and wins.
    headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
    let plain = retry::hint(status, &headers, now).wait;
    assert_eq!(plain, matches!(status, 429 | 503).then_some(Duration::from_secs(7)));
}

/// Half of the time one of the two statuses that carry a hint.
fn status(choice: u8) -> u16 {
    match choice % 4 {
        0 => 429,
        1 => 503,
        2 => 200,
        _ => 400 + u16::from(choice),
    }
}

/// Waiting ends: no hint is believed beyond a day, none counts where waiting cannot help, whoami is asked three times at
/// the most, and no attempt is begun after the deadline.
fn bounded(status: u16, hint: retry::Hint) {
    assert!(hint.wait.is_none_or(|wait| wait <= DAY && !wait.is_zero()), "{hint:?}");
    assert!(hint.wait.is_none() || matches!(status, 429 | 503), "{status} {hint:?}");
    let now = Instant::now();
    let deadline = now + Duration::from_secs(30);
    for reason in NoAnswer::ALL {
        let tries = |most: u32| {
            let pauses: Vec<_> = (1..40).map_while(|tries| retry::pause(reason, tries, most, hint)).collect();
            for pause in &pauses {
                assert!(pause.end(now, deadline).is_none_or(|end| end < deadline), "{pause:?}");
                match pause {
                    Pause::Asked(wait) => assert!(hint.wait.is_some_and(|least| least <= *wait), "too early: {wait:?}"),
                    Pause::Chosen(wait) => assert!(hint.wait.is_none() && *wait <= Duration::from_secs(8), "{wait:?}"),
                }
            }
            pauses.len()
        };
        let reaches = retry::may_have_reached_the_hub(reason);
        assert!(!reaches || tries(retry::WHOAMI_ATTEMPTS) <= 2, "whoami is asked three times at the most: {reason:?}");
        let is_awaited = reaches || reason == NoAnswer::NameServerTrouble;
        assert!(is_awaited || tries(retry::HUB_ATTEMPTS) <= 3, "{reason:?}");
    }
}

/// A number in digits and nothing else, as far as 64 bits reach.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
