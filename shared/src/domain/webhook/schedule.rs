//! When a delivery is tried.

use std::ops::RangeInclusive;

use crate::domain::{mode::Mode, newtype::number_newtype, time::UnixMillis};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The time after each try that failed: ten tries in 71 hours and 36 minutes.
const STEPS_MS: [i64; 9] = [
    MINUTE_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    20 * HOUR_MS,
];

/// The most tries of an event of a test shop.
const TEST_TRIES_MAX: u8 = 5;

/// The longest time for which `Retry-After` can put a try off.
const RETRY_AFTER_MAX_MS: i64 = DAY_MS;

/// A number that is not a [`Jitter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("jitter is 0 to 100 thousandths")]
pub struct JitterError;

/// By how much a step is longer than it must be, in thousandths: 0 to 100. It spreads the tries of
/// an endpoint that was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(u8);
number_newtype!(Jitter, u8, JitterError);

impl Jitter {
    pub const NONE: Self = Self(0);
    pub const RANGE: RangeInclusive<u8> = 0..=100;

    pub fn new(thousandths: u8) -> Result<Self, JitterError> {
        if Self::RANGE.contains(&thousandths) { Ok(Self(thousandths)) } else { Err(JitterError) }
    }
}

/// When the next try is due. `used` tries were made, the last of them failed at `now`. The receiver
/// may ask for a later time with `retry_after`. Returns `None` if no try is left.
pub fn next_try_at(
    used: u8,
    mode: Mode,
    now: UnixMillis,
    retry_after: Option<UnixMillis>,
    jitter: Jitter,
) -> Option<UnixMillis> {
    if mode == Mode::Test && used >= TEST_TRIES_MAX {
        return None;
    }
    let step = *STEPS_MS.get(usize::from(used).checked_sub(1)?)?;
    let asked_for = retry_after.map_or(0, |time| time.get() - now.get()).min(RETRY_AFTER_MAX_MS);
    let wait = step.max(asked_for);
    Some(now.plus_ms(wait + wait / 1000 * i64::from(jitter.get())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> UnixMillis {
        UnixMillis::new(1_700_000_000_000).unwrap()
    }

    #[test]
    fn ten_tries_take_71_hours_and_36_minutes() {
        let (mut now, mut used) = (start(), 1);
        while let Some(next) = next_try_at(used, Mode::Live, now, None, Jitter::NONE) {
            (now, used) = (next, used + 1);
        }
        assert_eq!((used, now.get() - start().get()), (10, 71 * HOUR_MS + 36 * MINUTE_MS));
    }

    #[test]
    fn a_test_shop_has_five_tries() {
        let next = |used| next_try_at(used, Mode::Test, start(), None, Jitter::NONE);
        assert!(next(4).is_some());
        assert_eq!(next(5), None);
    }

    #[test]
    fn retry_after_only_puts_off_and_at_most_a_day() {
        let next = |after_ms| {
            let retry_after = Some(start().plus_ms(after_ms));
            next_try_at(1, Mode::Live, start(), retry_after, Jitter::NONE).unwrap().get() - start().get()
        };
        assert_eq!(next(-HOUR_MS), MINUTE_MS);
        assert_eq!(next(1000), MINUTE_MS);
        assert_eq!(next(HOUR_MS), HOUR_MS);
        assert_eq!(next(30 * DAY_MS), DAY_MS);
    }

    proptest! {
        #[test]
        fn jitter_adds_a_tenth_at_most(used in 1..10_u8, thousandths in 0..=100_u8) {
            let jitter = Jitter::new(thousandths).unwrap();
            let with = |jitter| next_try_at(used, Mode::Live, start(), None, jitter).map(|time| time.get() - start().get());
            if let Some(plain) = with(Jitter::NONE) {
                let spread = with(jitter).unwrap();
                prop_assert!(plain <= spread && spread <= plain + plain / 10);
            }
        }
    }
}
