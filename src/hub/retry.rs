use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::model::answer::NoAnswer;

/// whoami is rate-limited far more strictly than anything else: two more tries at the most.
pub const WHOAMI_ATTEMPTS: u32 = 3;
/// A name server or a sidecar that is just starting heals within these; a wrong address never does.
const CONNECT_ATTEMPTS: u32 = 4;
/// Trouble of the Hub is waited for until the deadline; this many tries fit into any.
pub const HUB_ATTEMPTS: u32 = 20;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A hint of a server is not believed beyond this.
const LONGEST_HINT: Duration = Duration::from_secs(86_400);

/// When the server says to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// From now.
    pub wait: Option<Duration>,
}

/// How long to wait before asking again; `None` where asking again cannot help. Only what can heal is retried, `most` times at
/// the most.
pub fn pause(reason: NoAnswer, attempts: u32, most: u32, hint: Hint) -> Option<Duration> {
    let heals = match reason {
        NoAnswer::RateLimited | NoAnswer::ServerError => HUB_ATTEMPTS,
        NoAnswer::NoAddress
        | NoAnswer::Refused
        | NoAnswer::Unreachable
        | NoAnswer::ProxyTrouble
        | NoAnswer::Interrupted => CONNECT_ATTEMPTS,
        NoAnswer::Unexpected
        | NoAnswer::Redirected
        | NoAnswer::Offline
        | NoAnswer::TlsFailure
        | NoAnswer::NoProxy
        | NoAnswer::Timeout => return None,
    };
    (attempts < heals.min(most)).then(|| hint.wait.map_or_else(|| backoff(attempts), |wait| wait + jitter(FIRST_PAUSE)))
}

/// What the headers say about coming back: `Retry-After` in either form, else `RateLimit` where nothing remains.
pub fn hint(status: u16, headers: &HeaderMap, now: SystemTime) -> Hint {
    if !matches!(status, 429 | 503) {
        return Hint::default();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let after = text(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now));
    let wait = after.or_else(|| text("ratelimit").and_then(rate_limit));
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

/// `RateLimit: "api";r=0;t=55` (IETF draft 9): seconds to the end of the window, where nothing remains in it.
fn rate_limit(value: &str) -> Option<Duration> {
    value.split(',').find_map(|item| {
        let parameter = |name: &str| {
            item.split(';')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')?.trim().parse::<u64>().ok())
        };
        (parameter("r") == Some(0)).then(|| parameter("t")).flatten().map(Duration::from_secs)
    })
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
        let of = |attempts| pause(NoAnswer::ServerError, attempts, WHOAMI_ATTEMPTS, Hint::default());
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
            [A::RateLimited, A::ServerError, A::NoAddress, A::Refused, A::Unreachable, A::ProxyTrouble, A::Interrupted]
        );
        let hint = Hint { wait: Some(Duration::from_secs(7)) };
        let told = pause(A::RateLimited, 1, HUB_ATTEMPTS, hint).expect("a pause");
        assert!((7_000..7_250).contains(&told.as_millis()), "{told:?}");
    }

    #[test]
    fn hints_to_come_back_are_read_in_every_form() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 30);
        for (status, name, value, seconds) in [
            (429, "retry-after", "7", Some(7)),
            (429, "retry-after", " 7 ", Some(7)),
            (503, "retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            (429, "retry-after", "Tue, 06 Nov 1990 08:49:37 GMT", Some(0)),
            (429, "retry-after", "99999999999999", Some(86_400)),
            (429, "retry-after", "-1", None),
            (429, "retry-after", "soon", None),
            (429, "ratelimit", "\"api\";r=0;t=55", Some(55)),
            (429, "ratelimit", "\"api\"; r=0 ; t=55", Some(55)),
            (429, "ratelimit", "\"api\"; r=0; t=55", Some(55)),
            (429, "ratelimit", "\"api\";r=3;t=55", None),
            (429, "ratelimit", "\"api\";r=3;t=55, \"x\";r=0;t=9", Some(9)),
            (200, "ratelimit", "\"api\";r=0;t=55", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a header"));
            assert_eq!(hint(status, &headers, now).wait.map(|w| w.as_secs()), seconds, "{status} {name}: {value}");
        }
    }
}
