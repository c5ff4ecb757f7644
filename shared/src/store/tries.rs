//! How long and how often a write is tried again.

use std::time::Duration;

use super::{StoreError, backoff::Backoff, transact::WriteOutcome};

/// How often an act decides again, because the items had changed since it read them.
const DECISIONS_MAX: u32 = 10;
/// How long one act tries. A function that settles has 9.5 seconds for its answer.
const ACT_TIME_MAX: Duration = Duration::from_millis(8000);

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

    /// Allows one more decision after `outcome`, which was not applied: at once if conditions
    /// failed, after a pause if nothing is known.
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
