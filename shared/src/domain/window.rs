//! Spans of the clock that counts belong to.

use super::time::UnixMillis;

/// A span of `MS` milliseconds, counted from 1970. The default is a span that no time is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window<const MS: i64>(Option<i64>);

impl<const MS: i64> Window<MS> {
    /// Moves to the window of `now`. Returns whether this is another window, so that its counts
    /// begin anew. A clock that goes back by one window stays in the present one, so that no window
    /// is counted twice. A clock that goes back further was wrong before.
    pub fn follow(&mut self, now: UnixMillis) -> bool {
        let number = now.get() / MS;
        let stays = self.0.is_some_and(|present| (present - 1..=present).contains(&number));
        if !stays {
            self.0 = Some(number);
        }
        !stays
    }

    /// Whether `now` is in this window, or so little before it that the window goes on.
    pub fn goes_on(mut self, now: UnixMillis) -> bool {
        !self.follow(now)
    }

    /// The number of this window, counted from 1970.
    pub fn number(self) -> i64 {
        self.0.unwrap_or_default()
    }

    /// The seconds until this window ends, rounded up, at least 1.
    pub fn seconds_left(self, now: UnixMillis) -> u64 {
        let left = (self.number() + 1).saturating_mul(MS) - now.get();
        u64::try_from(left.max(1)).unwrap_or(1).div_ceil(1000)
    }
}
