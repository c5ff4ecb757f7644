//! Holds: for how long an attempt keeps others from its payment.

use super::time::UnixMillis;

/// Whether a hold that ends at `hold_until` still keeps others out at `now`. A hold ends at its
/// last millisecond.
pub fn is_live(hold_until: Option<UnixMillis>, now: UnixMillis) -> bool {
    hold_until.is_some_and(|until| until > now)
}
