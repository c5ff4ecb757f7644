//! Payme's attempts and time limits (Payme Merchant API, CreateTransaction).

use super::{
    attempt::Attempt,
    channel::Channel,
    fee::FeeRate,
    key::{Reference, StatementSource, TransactionKey},
    mode::Mode,
    payment::Payment,
    time::UnixMillis,
};

/// 12 hours from Payme's time of a transaction. One that was not performed by then is cancelled.
pub const HOLD_MS: i64 = 43_200_000;

/// How far Payme's clock may be ahead of ours. A later time would hide the transaction from every
/// statement of today.
pub const AHEAD_MAX_MS: i64 = 5 * 60 * 1000;

/// Parses the time of a new transaction. Returns `None` if it is too far ahead or its 12 hours are
/// over.
pub fn beginning(millis: i64, now: UnixMillis) -> Option<UnixMillis> {
    let time = UnixMillis::new(millis).ok()?;
    (time <= now.plus_ms(AHEAD_MAX_MS) && hold_until(time, now) > now).then_some(time)
}

/// The end of a hold that began at `time` by Payme's clock and at `now` by ours.
fn hold_until(time: UnixMillis, now: UnixMillis) -> UnixMillis {
    time.min(now).plus_ms(HOLD_MS)
}

/// Makes a Payme attempt that holds `payment`.
pub fn attempt(
    mode: Mode,
    id: &Reference,
    time: UnixMillis,
    payment: &Payment,
    rate: FeeRate,
    now: UnixMillis,
) -> Attempt {
    let key = TransactionKey::payme(mode, id);
    Attempt {
        provider_time: Some(time),
        provider_day: Some(StatementSource::Payme(mode).day(time)),
        ..Attempt::holding(key, Channel::Payme, payment, rate, hold_until(time, now), now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(millis: i64) -> UnixMillis {
        UnixMillis::new(millis).unwrap()
    }

    #[test]
    fn a_transaction_begins_within_its_12_hours() {
        let now = time(1_795_510_800_000);
        let at = |offset: i64| beginning(now.get() + offset, now);
        assert_eq!(at(0), Some(now));
        assert_eq!(at(AHEAD_MAX_MS), Some(now.plus_ms(AHEAD_MAX_MS)));
        assert_eq!(at(AHEAD_MAX_MS + 1), None);
        assert_eq!(at(1 - HOLD_MS), Some(now.plus_ms(1 - HOLD_MS)));
        assert_eq!(at(-HOLD_MS), None);
        for millis in [i64::MIN, -1, 0, UnixMillis::MAX.get() + 1, i64::MAX] {
            assert_eq!(beginning(millis, now), None, "{millis}");
        }
    }

    proptest! {
        #[test]
        fn what_begins_holds_at_most_12_hours(millis in any::<i64>(), now in 0..=UnixMillis::MAX.get() - HOLD_MS) {
            let now = time(now);
            if let Some(begun) = beginning(millis, now) {
                prop_assert!(hold_until(begun, now) > now);
                prop_assert!(hold_until(begun, now) <= now.plus_ms(HOLD_MS));
            }
        }
    }
}
