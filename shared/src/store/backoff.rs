//! Pauses between tries.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const PAUSE_FIRST: Duration = Duration::from_millis(25);
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Pauses of growing, random length, so that calls that met once do not meet again.
#[derive(Debug)]
pub(super) struct Backoff {
    pause_max: Duration,
    until: Instant,
}

impl Backoff {
    /// Allows pauses of `time` in all.
    pub fn within(time: Duration) -> Self {
        Self { pause_max: PAUSE_FIRST, until: Instant::now() + time }
    }

    /// Waits. Returns `false` at once if the pause would end after that time.
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

/// A random number from 0 to 255, or 256 if the operating system gives no random bytes.
fn random_share() -> u32 {
    getrandom::u32().map_or(256, |bits| bits >> 24)
}
