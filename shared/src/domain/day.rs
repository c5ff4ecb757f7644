//! Days in Tashkent, as callers name them.

use std::fmt;

use chrono::NaiveDate;
use serde::Deserialize;

use super::time::{DAY_MS, TASHKENT_OFFSET_MS, UnixMillis};

/// A day in Tashkent, written `YYYY-MM-DD`: 1970-01-01 to 9999-12-31.
///
/// ```
/// use shared::domain::day::Day;
///
/// let day = Day::parse("2026-11-24")?;
/// assert_eq!(day.start().iso(), "2026-11-24T00:00:00+05:00");
/// assert_eq!(Day::of(day.start()), day);
/// assert!(Day::parse("2026-02-30").is_err());
/// # Ok::<(), shared::domain::day::DayError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Day {
    /// Days since 1970-01-01, never negative.
    number: i32,
}

/// A text that is not a valid [`Day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day that exists, written YYYY-MM-DD")]
pub struct DayError;

impl Day {
    pub fn parse(text: &str) -> Result<Self, DayError> {
        if !has_form(text) {
            return Err(DayError);
        }
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| DayError)?;
        let number = date.to_epoch_days();
        if number < 0 { Err(DayError) } else { Ok(Self { number }) }
    }

    /// The day of `time`.
    pub fn of(time: UnixMillis) -> Self {
        let number = (time.get() + TASHKENT_OFFSET_MS) / DAY_MS;
        // A time ends in the year 2286, so its day fits.
        Self { number: i32::try_from(number).unwrap_or(i32::MAX) }
    }

    /// The first moment of this day.
    pub fn start(self) -> UnixMillis {
        UnixMillis::MIN.plus_ms(i64::from(self.number) * DAY_MS - TASHKENT_OFFSET_MS)
    }

    /// The first moment after this day.
    pub fn end(self) -> UnixMillis {
        self.plus_days(1).start()
    }

    /// The number of days from `earlier` to this day. Negative if this day is the earlier one.
    pub const fn days_since(self, earlier: Self) -> i32 {
        self.number - earlier.number
    }

    /// Adds `days`, which may be negative. The earliest result is 1970-01-01.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self { number: self.number.saturating_add(days).max(0) }
    }
}

/// Whether the text is `dddd-dd-dd`. chrono alone would also accept spaces and signs.
fn has_form(text: &str) -> bool {
    let fits =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

/// `YYYY-MM-DD`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        NaiveDate::from_epoch_days(self.number).unwrap_or(NaiveDate::MAX).fmt(f)
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        Self::parse(&text)
    }
}

/// The days from a first to a last one, both included. `None` leaves an end open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayRange {
    first: Option<Day>,
    last: Option<Day>,
}

/// The last day comes before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the last day must not be before the first")]
pub struct DaysReversed;

impl DayRange {
    pub fn new(first: Option<Day>, last: Option<Day>) -> Result<Self, DaysReversed> {
        let reversed = first.zip(last).is_some_and(|(first, last)| last < first);
        if reversed { Err(DaysReversed) } else { Ok(Self { first, last }) }
    }

    pub const fn first(self) -> Option<Day> {
        self.first
    }

    pub const fn last(self) -> Option<Day> {
        self.last
    }

    /// The first moment of the range.
    pub fn start(self) -> UnixMillis {
        self.first.map_or(UnixMillis::MIN, Day::start)
    }

    /// The first moment after the range.
    pub fn end(self) -> UnixMillis {
        self.last.map_or(UnixMillis::MAX, Day::end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_day_starts_at_19_utc_of_the_day_before() {
        let start = day("2026-11-24").start();
        assert_eq!(start.tashkent(), "2026-11-24 00:00:00");
        assert_eq!(start.utc_day(), "2026-11-23");
        assert_eq!(day("2026-11-24").end().tashkent(), "2026-11-25 00:00:00");
        assert_eq!((day("1970-01-01").start(), day("9999-12-31").end()), (UnixMillis::MIN, UnixMillis::MAX));
    }

    #[test]
    fn refuses_what_is_not_a_day() {
        for bad in [
            "",
            "2026-02-30",
            "2026-1-1",
            "24.11.2026",
            "2026-11-24T",
            "+026-11-24",
            "2026-11- 4",
            "1969-12-31",
            "2026-13-01",
            "2026-11-2٣",
            "20261-1-24",
            "12026-11-24",
        ] {
            assert_eq!(Day::parse(bad), Err(DayError), "{bad:?}");
        }
    }

    #[test]
    fn a_range_has_both_its_days() {
        let (first, last) = (day("2026-02-28"), day("2026-03-01"));
        let range = DayRange::new(Some(first), Some(last)).unwrap();
        assert_eq!((range.start(), range.end()), (first.start(), last.end()));
        assert_eq!(DayRange::new(Some(last), Some(first)), Err(DaysReversed));
        let open = DayRange::default();
        assert_eq!((open.start(), open.end()), (UnixMillis::MIN, UnixMillis::MAX));
    }

    proptest! {
        #[test]
        fn each_time_lies_in_its_day(millis in 0..=UnixMillis::MAX.get()) {
            let time = UnixMillis::new(millis).unwrap();
            let day = Day::of(time);
            prop_assert!(day.start() <= time && (time < day.end() || time == UnixMillis::MAX));
            prop_assert_eq!(&day.to_string(), &time.tashkent()[..10]);
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
        }

        #[test]
        fn any_text_is_a_day_or_an_error(text in ".{0,12}|[0-9-]{10}") {
            if let Ok(day) = Day::parse(&text) {
                prop_assert_eq!(day.to_string(), text);
            }
        }
    }
}
