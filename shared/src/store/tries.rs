//! Bounds on how long and how often a transition is tried.

use std::time::Duration;

use super::{StoreError, backoff::Backoff, transact::WriteOutcome};

/// How often a transition decides again because its items changed after it read them.
const DECISIONS_MAX: u32 = 10;
/// How long one transition tries. A function that settles has 9.5 seconds for its answer.
const TRANSITION_TIME_MAX: Duration = Duration::from_millis(8000);

/// The tries of one transition.
#[derive(Debug)]
pub(super) struct Tries {
    decisions_left: u32,
    backoff: Backoff,
}

impl Tries {
    pub fn start() -> Self {
        Self { decisions_left: DECISIONS_MAX, backoff: Backoff::within(TRANSITION_TIME_MAX) }
    }

    /// Allows one more decision after `outcome`, which was not applied: at once if conditions
    /// failed, after a pause if the outcome is unknown.
    ///
    /// # Errors
    /// There were too many decisions, or the time is over.
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

    /// Waits for a commit to end. `why` says what is still missing.
    ///
    /// # Errors
    /// The time is over.
    pub async fn wait(&mut self, why: &str) -> Result<(), StoreError> {
        if self.backoff.pause().await { Ok(()) } else { Err(StoreError::Unavailable(why.to_owned())) }
    }
}
