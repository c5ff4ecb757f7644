//! How long and how often a write is tried again.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{StoreError, transact::WriteOutcome};

/// How often an act decides again, because the items had changed since it read them.
const DECISIONS_MAX: u32 = 10;
/// How long one act tries. A function that settles has 9.5 seconds for its answer.
const ACT_TIME_MAX: Duration = Duration::from_millis(8000);
const PAUSE_FIRST: Duration = Duration::from_millis(25);
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Pauses that grow, of a random length, so that calls which met do not meet again.
#[derive(Debug)]
pub(super) struct Backoff {
    pause_max: Duration,
    until: Instant,
}

impl Backoff {
    /// Pauses for as long as `time` in all.
    pub fn within(time: Duration) -> Self {
        Self { pause_max: PAUSE_FIRST, until: Instant::now() + time }
    }

    /// Waits. Returns `false` at once if the time would be over.
    pub async fn pause(&mut self) -> bool {
        let pause = self.pause_max * random_share() / 256;
        self.pause_max = (self.pause_max * 2).min(PAUSE_MAX);
        if Instant::now() + pause >= self.until {
            return false;
        }
        sleep(pause).await;
        true
    }
}

/// A random number of 256ths; all of them if the operating system gives no random bytes.
fn random_share() -> u32 {
    getrandom::u32().map_or(256, |bits| bits >> 24)
}

/// The tries of one act: a hold, a settlement, a command of an operator.
#[derive(Debug)]
pub(super) struct Tries {
    decisions_left: u32,
    backoff: Backoff,
}

impl Tries {
    pub fn start() -> Self {
        Self { decisions_left: DECISIONS_MAX, backoff: Backoff::within(ACT_TIME_MAX) }
    }

    /// Allows one more decision after `outcome`, which was not applied: at once if conditions failed, after a pause if nothing
    /// is known.
    ///
    /// # Errors
    /// There were too many decisions, or time is up.
    pub async fn again(&mut self, outcome: &WriteOutcome) -> Result<(), StoreError> {
        match outcome {
            WriteOutcome::Unknown(detail) => self.wait(detail).await,
            WriteOutcome::Applied | WriteOutcome::Refused(_) => {
                let kept_changing = || StoreError::Unavailable("the items kept changing".to_owned());
                self.decisions_left = self.decisions_left.checked_sub(1).ok_or_else(kept_changing)?;
                Ok(())
            }
        }
    }

    /// Waits for a commit to end: `why` says what is still missing.
    ///
    /// # Errors
    /// Time is up.
    pub async fn wait(&mut self, why: &str) -> Result<(), StoreError> {
        if self.backoff.pause().await { Ok(()) } else { Err(StoreError::Unavailable(why.to_owned())) }
    }
}
