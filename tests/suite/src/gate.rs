//! A place where calls wait, so that a test decides their order without sleeping.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// How long a test waits for calls that do not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The side of a gate that holds calls.
#[derive(Default)]
pub(crate) struct Turnstile {
    arrived: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl Turnstile {
    /// Reports one arrival, and waits until the gate is open.
    pub(crate) async fn pass(&self) {
        self.arrived.send_modify(|arrived| *arrived += 1);
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

/// The test's side of a gate; dropping it opens it.
pub struct Gate(Arc<Turnstile>);

impl Gate {
    pub(crate) fn new(turnstile: Arc<Turnstile>) -> Self {
        Self(turnstile)
    }

    /// Waits until a call has arrived. The call waits for `open`.
    ///
    /// # Panics
    /// If no call arrives within 10 seconds.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until a call has arrived, however long that takes.
    pub async fn reached_at_all(&self) {
        let _ = self.0.arrived.subscribe().wait_for(|arrived| *arrived > 0).await;
    }

    /// Waits until `calls` have arrived. With the gate closed, this shows that they are under way
    /// at the same time.
    ///
    /// # Panics
    /// If fewer arrive within 10 seconds.
    pub async fn reached_by(&self, calls: usize) {
        let mut arrived = self.0.arrived.subscribe();
        let enough = timeout(PATIENCE, arrived.wait_for(|arrived| *arrived >= calls)).await.is_ok();
        assert!(enough, "{} of {calls} calls reached the gate", *self.0.arrived.borrow());
    }

    /// Lets every waiting and every later call through.
    pub fn open(&self) {
        self.0.open();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}
