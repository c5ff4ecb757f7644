//! Times as unix milliseconds, and their forms in Tashkent time (UTC+5 all year: no summer time
//! since 1992, IANA tzdata).

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::newtype::number_newtype;

pub(super) const TASHKENT_OFFSET_MS: i64 = 5 * 60 * 60 * 1000;
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A time in unix milliseconds, 0 to 9,999,999,999,999 (the year 2286), so that it fits 13 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct UnixMillis(i64);
number_newtype!(UnixMillis, i64, TimeError);

/// A number outside the bounds of [`UnixMillis`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is 0 to 9999999999999 unix milliseconds")]
pub struct TimeError;

impl UnixMillis {
    pub const MIN: Self = Self(0);
    pub const MAX: Self = Self(9_999_999_999_999);

    pub fn new(millis: i64) -> Result<Self, TimeError> {
        if (0..=Self::MAX.0).contains(&millis) { Ok(Self(millis)) } else { Err(TimeError) }
    }

    pub const fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Adds `millis`, which may be negative. The result stays inside the bounds.
    pub fn plus_ms(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(0, Self::MAX.0))
    }

    /// This time, or the first millisecond after the latest of `earlier`. So the times of one item
    /// never run backwards when clocks differ.
    #[must_use]
    pub fn after(self, earlier: impl IntoIterator<Item = Option<Self>>) -> Self {
        let latest = earlier.into_iter().flatten().max();
        latest.map_or(self, |latest| self.max(latest.plus_ms(1)))
    }

    /// The time as 13 digits. Their order as texts is the order of time.
    pub fn digits(self) -> String {
        format!("{:013}", self.0)
    }

    /// Reads what [`UnixMillis::digits`] writes. Returns `None` if the text is not 13 digits.
    pub fn from_digits(text: &str) -> Option<Self> {
        let digits = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Self)
    }

    /// `YYYY-MM-DD HH:MM:SS` in Tashkent time.
    pub fn tashkent(self) -> String {
        self.in_tashkent().format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// RFC 3339 in Tashkent time (`+05:00`), to the second.
    pub fn iso(self) -> String {
        self.in_tashkent().format("%Y-%m-%dT%H:%M:%S+05:00").to_string()
    }

    /// The UTC day as `YYYY-MM-DD`.
    pub fn utc_day(self) -> String {
        self.utc(0).format("%Y-%m-%d").to_string()
    }

    /// The start of the UTC day.
    pub fn start_of_utc_day(self) -> Self {
        Self(self.0 - self.0 % DAY_MS)
    }

    /// The start of the next day, if this time is the start of a day.
    pub fn next_day(self) -> Self {
        self.plus_ms(DAY_MS)
    }

    /// Date and time as a clock in Tashkent shows them.
    pub fn in_tashkent(self) -> NaiveDateTime {
        self.utc(TASHKENT_OFFSET_MS)
    }

    fn utc(self, offset_ms: i64) -> NaiveDateTime {
        // Cannot overflow: the year 2286 and five hours is far inside chrono's range.
        DateTime::UNIX_EPOCH.naive_utc() + TimeDelta::milliseconds(self.0 + offset_ms)
    }
}

/// A source of the current time. Only the edge and the store read it. All rules take the time as a
/// value.
pub trait Clock: std::fmt::Debug + Send + Sync {
    fn now(&self) -> UnixMillis;
}

/// The clock of the operating system.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(0).plus_ms(Utc::now().timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tashkent_is_five_hours_ahead() {
        let time = UnixMillis(1_701_234_567_000);
        assert_eq!(time.tashkent(), "2023-11-29 10:09:27");
        assert_eq!(time.iso(), "2023-11-29T10:09:27+05:00");
        assert_eq!(time.utc_day(), "2023-11-29");
    }

    proptest! {
        #[test]
        fn both_forms_name_the_same_second(millis in 0..=UnixMillis::MAX.0) {
            let time = UnixMillis(millis);
            let parsed = DateTime::parse_from_rfc3339(&time.iso()).unwrap();
            prop_assert_eq!(parsed.timestamp(), time.seconds());
            prop_assert_eq!(time.iso().replace('T', " ").replace("+05:00", ""), time.tashkent());
        }

        #[test]
        fn thirteen_digits_are_read_back(millis in 0..=UnixMillis::MAX.0, text in "[0-9+ -]{0,14}") {
            let time = UnixMillis(millis);
            prop_assert_eq!(UnixMillis::from_digits(&time.digits()), Some(time));
            let digits = text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(UnixMillis::from_digits(&text).is_some(), digits);
        }

        #[test]
        fn adding_stays_inside_the_bounds(millis in 0..=UnixMillis::MAX.0, delta in any::<i64>()) {
            prop_assert!(UnixMillis::new(UnixMillis(millis).plus_ms(delta).get()).is_ok());
        }
    }
}
