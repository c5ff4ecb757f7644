//! Pauses between tries.

use std::time::Duration;

use tokio::time::{Instant, sleep};

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
