use std::time::Duration;

use crate::oracle::is_one_clean_line;
use hf_token_check::internals::model::duration;
use hf_token_check::internals::model::timestamp::Timestamp;

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A duration as it is typed, and the arithmetic that follows it. The first 16 bytes are two moments.
pub fn check(data: &[u8]) {
    let Some((moments, rest)) = data.split_first_chunk::<16>() else { return };
    let text = String::from_utf8_lossy(rest);
    let parsed = duration::parse(&text);
    assert_eq!(duration::parse(&format!(" {text}\n")), parsed, "white space around it does not count");
    if let Some(duration) = parsed {
        assert!(!duration.is_zero() && duration <= TEN_YEARS, "{text:?} is {duration:?}");
        assert!(!text.contains(['-', '+', 'e', 'E']), "{text:?} is {duration:?}");
        is_one_clean_line(&duration::say(duration));
    }
    let trimmed = text.trim();
    let (digits, unit) = match trimmed.char_indices().next_back() {
        Some((at, 's')) => (&trimmed[..at], 1),
        Some((at, 'm')) => (&trimmed[..at], 60),
        Some((at, 'h')) => (&trimmed[..at], 3_600),
        Some((at, 'd')) => (&trimmed[..at], 86_400),
        _ => (trimmed, 1),
    };
    if (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        let whole = digits.parse::<u64>().ok().map(|number| Duration::from_secs(number * unit));
        assert_eq!(parsed, whole.filter(|d| !d.is_zero() && *d <= TEN_YEARS), "{text:?}");
    }
    let (one, other) = moments.split_at(8);
    let seconds = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let (one, other) = (seconds(one), seconds(other));
    let Some(now) = Timestamp::from_unix(one) else { return };
    for long in [Duration::from_secs(other.unsigned_abs()), Duration::MAX] {
        assert!(now.later(long) >= now, "later is never earlier: {now} and {long:?}");
    }
    if let Some(end) = Timestamp::from_unix(other) {
        assert_eq!(Timestamp::parse(&end.to_string()), Some(end), "a moment is read as it is printed");
        let left = end.after(now);
        assert_eq!(left.is_some(), end > now, "{end} after {now}: {left:?}");
        assert_eq!(left.map(|left| now.later(left)), left.map(|_| end), "{now} and {left:?}");
    }
    if let Some(timestamp) = Timestamp::parse(&text) {
        assert_eq!(Timestamp::parse(&timestamp.to_string()), Some(timestamp), "{text:?}");
    }
}
