//! Whether a hold still keeps other attempts off its payment.

use super::time::UnixMillis;

/// Whether a hold until `hold_until` is live at `now`. It is over at `hold_until` itself.
pub fn is_live(hold_until: Option<UnixMillis>, now: UnixMillis) -> bool {
    hold_until.is_some_and(|until| until > now)
}
