//! When a question is asked again. Only what time can heal is retried; a server is never asked faster than it allows.

use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{AGE, DATE, HeaderMap, RETRY_AFTER};

use crate::model::answer::NoAnswer;

/// whoami is rate-limited far more strictly than anything else: it is answered three times at the most.
pub const WHOAMI_ATTEMPTS: u32 = 3;
/// Trouble of the Hub is waited for until the deadline.
pub const HUB_ATTEMPTS: u32 = u32::MAX;
/// A sidecar that is just starting heals within these, and so does a lack of descriptors once other
/// requests are done; a wrong address never does.
const CONNECT_ATTEMPTS: u32 = 4;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Less time than this is not worth another attempt.
const SHORTEST_TIME_LEFT: Duration = Duration::from_millis(500);

/// A hint of a server is not believed beyond this.
const LONGEST_HINT: Duration = Duration::from_secs(86_400);

/// What is known, beyond the answer, about asking again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// How long the server wants to be left alone, from now; never zero.
    pub wait: Option<Duration>,
}

/// When to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// As long as the server asked for.
    Asked(Duration),
    /// What this program chose, and may shorten where little time is left.
    Chosen(Duration),
}

impl Pause {
    /// The moment of the next attempt; `None` where none fits before the deadline.
    pub fn end(self, now: Instant, deadline: Instant) -> Option<Instant> {
        let left = deadline.saturating_duration_since(now);
        match self {
            Self::Asked(pause) | Self::Chosen(pause) if pause < left => Some(now + pause),
            // The last attempts come closer together, and end before the deadline does.
            Self::Chosen(_) if left >= SHORTEST_TIME_LEFT => Some(now + left / 2),
            Self::Asked(_) | Self::Chosen(_) => None,
        }
    }
}

/// How long to wait before asking again after so many attempts; `None` where asking again cannot help. What may have reached
/// the Hub is sent `most` times at the most.
pub fn pause(reason: NoAnswer, attempts: u32, most: u32, hint: Hint) -> Option<Pause> {
    let heals = match reason {
        NoAnswer::RateLimited | NoAnswer::ServerError | NoAnswer::NameServerTrouble => HUB_ATTEMPTS,
        NoAnswer::NoAddress
        | NoAnswer::Refused
        | NoAnswer::Unreachable
        | NoAnswer::ProxyTrouble
        | NoAnswer::Interrupted
        | NoAnswer::Restricted => CONNECT_ATTEMPTS,
        NoAnswer::Unexpected
        | NoAnswer::UnmarkedRefusal
        | NoAnswer::Redirected
        | NoAnswer::Offline
        | NoAnswer::TlsFailure
        | NoAnswer::NoProxy
        | NoAnswer::Timeout => return None,
    };
    let most = if may_have_reached_the_hub(reason) { heals.min(most) } else { heals };
    (attempts < most).then(|| match hint.wait {
        Some(wait) => Pause::Asked(wait + jitter(FIRST_PAUSE)),
        None => Pause::Chosen(backoff(attempts)),
    })
}

/// False where nothing was sent, so that an attempt costs nothing of the Hub's limits.
pub fn may_have_reached_the_hub(reason: NoAnswer) -> bool {
    !matches!(
        reason,
        NoAnswer::NoAddress
            | NoAnswer::NameServerTrouble
            | NoAnswer::Refused
            | NoAnswer::Unreachable
            | NoAnswer::ProxyTrouble
    )
}

/// What the headers say about coming back: `Retry-After` in either form, else `RateLimit` where nothing remains. A wait that
/// is over is no hint. `now` counts where the answer has no `Date` of its own.
pub fn hint(status: u16, headers: &HeaderMap, now: SystemTime) -> Hint {
    if !matches!(status, 429 | 503) {
        return Hint::default();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs);
    let age = text(AGE.as_str()).and_then(seconds).unwrap_or_default();
    let date = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let now = date.and_then(|date| date.checked_add(age)).unwrap_or(now);
    let after = text(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now)).filter(|wait| !wait.is_zero());
    let limits = headers.get_all("ratelimit").iter().filter_map(|value| value.to_str().ok());
    let wait = after.or_else(|| limits.filter_map(rate_limit).max());
    Hint { wait: wait.map(|wait| wait.min(LONGEST_HINT)) }
}

/// `Retry-After`: seconds, or an HTTP date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(value).ok().map(|date| date.duration_since(now).unwrap_or_default())
}

/// `RateLimit: "api";r=0;t=55, "pages";r=0;t=9` (IETF draft 9): seconds to the end of the longest window in which nothing
/// remains.
fn rate_limit(value: &str) -> Option<Duration> {
    let exhausted = |item: &str| {
        let parameter = |name: &str| {
            item.split(';')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')?.trim().parse::<u64>().ok())
        };
        (parameter("r") == Some(0)).then(|| parameter("t")).flatten().filter(|seconds| *seconds > 0)
    };
    value.split(',').filter_map(exhausted).max().map(Duration::from_secs)
}

/// Full jitter: anything between nothing and a bound that doubles.
fn backoff(attempts: u32) -> Duration {
    jitter((FIRST_PAUSE * 2_u32.saturating_pow(attempts.min(8))).min(LONGEST_PAUSE))
}

fn jitter(most: Duration) -> Duration {
    most.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_full_jitter_below_a_bound_that_doubles() {
        let of = |attempts| match pause(NoAnswer::ServerError, attempts, WHOAMI_ATTEMPTS, Hint::default()) {
            Some(Pause::Chosen(pause)) => Some(pause),
            Some(Pause::Asked(_)) | None => None,
        };
        for (attempts, most) in [(1, 500), (2, 1_000)] {
            let drawn: Vec<_> = (0..500).filter_map(|_| of(attempts)).map(|pause| pause.as_millis()).collect();
            assert!(drawn.len() == 500 && drawn.iter().all(|pause| *pause < most), "{attempts}: {drawn:?}");
            // Anything from nothing on: a fifth of five hundred draws is missed once in 10^48 runs.
            assert!(drawn.iter().any(|pause| *pause < most / 5), "{attempts}: {drawn:?}");
            assert!(drawn.iter().any(|pause| *pause > most / 5 * 4), "{attempts}: {drawn:?}");
        }
        assert_eq!(of(3), None, "whoami is asked three times at the most");
    }

    #[test]
    fn only_what_can_heal_is_tried_again_and_a_hint_is_the_least_pause() {
        use NoAnswer as A;
        let heals = |reason: &NoAnswer| pause(*reason, 1, HUB_ATTEMPTS, Hint::default()).is_some();
        let healing: Vec<_> = NoAnswer::ALL.iter().copied().filter(heals).collect();
        assert_eq!(
            healing,
            [
                A::RateLimited,
                A::ServerError,
                A::NoAddress,
                A::NameServerTrouble,
                A::Refused,
                A::Unreachable,
                A::ProxyTrouble,
                A::Interrupted,
                A::Restricted
            ]
        );
        let hint = Hint { wait: Some(Duration::from_secs(7)) };
        let Some(Pause::Asked(told)) = pause(A::RateLimited, 1, HUB_ATTEMPTS, hint) else { panic!("the server asked") };
        assert!((7_000..7_250).contains(&told.as_millis()), "{told:?}");
        assert!(pause(A::RateLimited, 1_000, HUB_ATTEMPTS, Hint::default()).is_some(), "until the deadline");
        assert_eq!(pause(A::NoAddress, 4, HUB_ATTEMPTS, Hint::default()), None);
    }

    #[test]
    fn a_pause_of_our_own_is_shortened_rather_than_given_up() {
        let now = Instant::now();
        let end = |pause: Pause, left: u64| pause.end(now, now + Duration::from_millis(left)).map(|end| end - now);
        let five = Duration::from_secs(5);
        assert_eq!(end(Pause::Chosen(five), 6_000), Some(five));
        assert_eq!(end(Pause::Chosen(five), 4_000), Some(Duration::from_secs(2)));
        assert_eq!(end(Pause::Chosen(five), 400), None);
        assert_eq!(end(Pause::Asked(five), 6_000), Some(five));
        assert_eq!(end(Pause::Asked(five), 4_000), None);
    }

    #[test]
    fn hints_to_come_back_are_read_in_every_form() {
        type Headers<'a> = &'a [(&'static str, &'a str)];
        const SUNDAY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        const HALF_A_MINUTE_EARLIER: &str = "Sun, 06 Nov 1994 08:49:07 GMT";
        let sunday = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let local = sunday - Duration::from_secs(10);
        #[rustfmt::skip]
        let rows: &[(u16, Headers<'_>, Option<u64>)] = &[
            (429, &[("retry-after", "7")],                                            Some(7)),
            (429, &[("retry-after", " 7 ")],                                          Some(7)),
            (429, &[("retry-after", "99999999999999")],                               Some(86_400)),
            (429, &[("retry-after", "0")],                                            None),
            (429, &[("retry-after", "-1")],                                           None),
            (429, &[("retry-after", "soon")],                                         None),
            (503, &[("retry-after", SUNDAY)],                                         Some(10)),
            (503, &[("retry-after", SUNDAY), ("date", HALF_A_MINUTE_EARLIER)],        Some(30)),
            (503, &[("retry-after", SUNDAY), ("date", "today")],                      Some(10)),
            (503, &[("retry-after", SUNDAY), ("date", SUNDAY)],                       None),
            (429, &[("retry-after", "Tue, 06 Nov 1990 08:49:37 GMT")],                None),
            (429, &[("ratelimit", "\"api\";r=0;t=55")],                               Some(55)),
            (429, &[("ratelimit", "\"api\"; r=0 ; t=55")],                            Some(55)),
            (429, &[("ratelimit", "\"api\";r=0;t=0")],                                None),
            (429, &[("ratelimit", "\"api\";r=3;t=55")],                               None),
            (429, &[("ratelimit", "\"api\";r=3;t=55, \"x\";r=0;t=9")],                Some(9)),
            (429, &[("ratelimit", "\"api\";r=0;t=1, \"x\";r=0;t=900")],               Some(900)),
            (429, &[("ratelimit", "\"x\";r=0;t=900, \"api\";r=0;t=1")],               Some(900)),
            (429, &[("ratelimit", "\"api\";r=0;t=1"), ("ratelimit", "\"x\";r=0;t=900")], Some(900)),
            (429, &[("ratelimit", "\"api\";r=0;t=55"), ("retry-after", "7")],         Some(7)),
            (429, &[("ratelimit", "\"api\";r=0;t=55"), ("retry-after", "0")],         Some(55)),
            (200, &[("ratelimit", "\"api\";r=0;t=55"), ("retry-after", "7")],         None),
        ];
        for (status, lines, seconds) in rows {
            let mut headers = HeaderMap::new();
            for (name, value) in *lines {
                headers.append(*name, value.parse().expect("a header"));
            }
            let wait = hint(*status, &headers, local).wait.map(|wait| wait.as_secs());
            assert_eq!(wait, *seconds, "{status} {lines:?}");
        }
    }
}
