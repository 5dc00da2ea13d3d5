use std::time::Duration;

/// The forms a duration may take, for error messages.
pub const ACCEPTED: &str = "90s, 30m, 1.5h, 2d, or a bare number of seconds";

/// The longest duration taken: ten years, so that no later sum can overflow.
const LONGEST: f64 = 10.0 * 365.0 * 86_400.0;

/// Reads a duration as the Jobs `--timeout` does: a number, then `s`, `m`, `h` or `d`; a bare number is seconds.
/// Zero, negative, not finite or longer than ten years is refused.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().next_back()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3_600.0),
        (at, 'd') => (&text[..at], 86_400.0),
        _ => (text, 1.0),
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let seconds = number.parse::<f64>().ok()? * unit;
    (seconds > 0.0 && seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds)).filter(|d| !d.is_zero())
}

/// A duration as a person says it, in its largest fitting unit: `500 ms`, `45 s`, `30 min`, `5 h`, `12 days`.
pub fn say(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_the_jobs_timeout_is() {
        for (text, seconds) in [
            ("90s", Some(90.0)),
            ("30m", Some(1_800.0)),
            ("1.5h", Some(5_400.0)),
            ("2d", Some(172_800.0)),
            ("45", Some(45.0)),
            (" 5m ", Some(300.0)),
            ("0.5", Some(0.5)),
            ("", None),
            ("s", None),
            (".", None),
            ("0", None),
            ("-5m", None),
            ("1e3", None),
            ("5 m", None),
            ("1h30m", None),
            ("inf", None),
            ("99999999999d", None),
            ("5µ", None),
        ] {
            assert_eq!(parse(text).map(|d| d.as_secs_f64()), seconds, "{text:?}");
        }
    }
}
