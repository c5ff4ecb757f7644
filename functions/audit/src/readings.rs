//! Reading again what differs. A commit ends item by item, so only what several readings show is a
//! difference.

use std::time::Duration;

use tokio::time::sleep;

/// How long a commit may take from item to item. What differs is read again after it.
pub const COMMIT_TIME: Duration = Duration::from_millis(500);
/// How often a difference must be read before it counts.
pub const READINGS: usize = 3;

/// The readings of one page. Everything on it that differs waits together, so that a page in which
/// everything differs fits into the audit's time.
pub struct Readings {
    done: usize,
    max: usize,
}

impl Readings {
    /// All readings.
    pub fn all() -> Self {
        Self { done: 0, max: READINGS }
    }

    /// Those that are left after the page itself was read.
    pub fn after_the_first() -> Self {
        Self { done: 0, max: READINGS - 1 }
    }

    /// Whether to read again, if something still differs. Waits for a commit before all but the first
    /// of these readings.
    pub async fn again(&mut self, differs: bool) -> bool {
        if !differs || self.done == self.max {
            return false;
        }
        if self.done > 0 {
            sleep(COMMIT_TIME).await;
        }
        self.done += 1;
        true
    }
}
