use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// The years that can be printed: 1970 to 9999.
const PRINTABLE: std::ops::RangeInclusive<i64> = 0..=253_402_300_799;

impl Timestamp {
    /// The first moment there is: what a broken clock shows.
    pub const START: Self = Self(0);

    /// From the `exp` claim of a JSON Web Token, or any count of seconds that can be printed.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        PRINTABLE.contains(&seconds).then_some(Self(seconds))
    }

    /// From the form the Hub writes: `2026-10-22T06:04:28.000Z`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::at(humantime::parse_rfc3339(text).ok()?)
    }

    /// From the clock.
    pub fn at(time: SystemTime) -> Option<Self> {
        Self::from_unix(i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?)
    }

    /// So much later.
    pub fn later(self, duration: Duration) -> Self {
        self.0.checked_add_unsigned(duration.as_secs()).and_then(Self::from_unix).unwrap_or(self)
    }

    /// So much earlier; never before 1970.
    pub fn earlier(self, duration: Duration) -> Self {
        self.0.checked_sub_unsigned(duration.as_secs()).and_then(Self::from_unix).unwrap_or(Self::START)
    }

    /// As a JSON Web Token has it.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// How long until `self`, seen from `now`; `None` where it has passed.
    pub fn after(self, now: Self) -> Option<Duration> {
        u64::try_from(self.0 - now.0).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = UNIX_EPOCH + Duration::from_secs(self.0.unsigned_abs());
        write!(f, "{}", humantime::format_rfc3339_seconds(time))
    }
}
