//! Click's attempts (Click SHOP API).

use super::{
    attempt::Attempt,
    channel::Channel,
    fee::FeeRate,
    id::PrepareId,
    key::{StatementSource, TransactionKey},
    payment::Payment,
    time::UnixMillis,
};

/// How long a Prepare holds its payment by default: 30 minutes.
pub const HOLD_DEFAULT_MS: i64 = 30 * 60 * 1000;

/// Makes a Click attempt that holds `payment` for `hold_ms`.
pub fn attempt(
    click_trans_id: i64,
    prepare_id: PrepareId,
    payment: &Payment,
    rate: FeeRate,
    hold_ms: i64,
    now: UnixMillis,
) -> Attempt {
    let key = TransactionKey::click(click_trans_id);
    Attempt {
        prepare_id: Some(prepare_id),
        // Click sends no time that a statement could be ordered by.
        provider_time: Some(now),
        provider_day: Some(StatementSource::Click.day(now)),
        ..Attempt::holding(key, Channel::Click, payment, rate, now.plus_ms(hold_ms), now)
    }
}
