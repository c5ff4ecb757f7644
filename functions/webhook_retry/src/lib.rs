//! The queue of webhooks: sends what waits there and whose time has come.
//!
//! A schedule invokes it each minute. One invocation at a time works, under a lease. It has many tries
//! under way, but two per shop, so a slow merchant takes nothing from another.

mod look;
mod one_try;
mod queues;
mod report;
mod tick;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use shared::{
    edge::{
        Invocation, InvokedFunction, Service, Warmup,
        invoked::{InvokeError, InvokedAnswer},
    },
    store::StoreError,
};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::tick::Tick;

/// The time of one invocation.
const TIME_MAX: Duration = Duration::from_secs(70);
/// How long the lease lasts. It outlives an invocation that was cut off.
const LEASE_MS: i64 = 75_000;
/// How long a tick waits for the one before. Its last tries may end some seconds after this one
/// began, and without the wait nobody would work until the next.
const LEASE_WAIT_MAX: Duration = Duration::from_secs(15);
/// The time between two tries to take the lease.
const LEASE_PAUSE: Duration = Duration::from_millis(500);
/// The longest time, from its beginning, for which an invocation begins tries. The rest is for those under way.
const WORK_TIME_MAX: Duration = Duration::from_secs(55);

pub fn function() -> InvokedFunction {
    InvokedFunction::new("webhook_retry", Warmup::Webhooks, handle).with_time_max(TIME_MAX)
}

/// The event of the schedule.
#[derive(Deserialize)]
struct Event {
    /// How long an invocation that found work goes on to look for more, at most 55 seconds.
    #[serde(default)]
    look_for_seconds: u8,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    /// Whether another invocation has the lease.
    busy: bool,
    tries: u32,
}

async fn handle(service: Arc<Service>, invocation: Arc<Invocation>) -> Result<InvokedAnswer, InvokeError> {
    let began = Instant::now();
    let event: Event = serde_json::from_str(&invocation.event)
        .map_err(|error| InvokeError::internal(format!("not the event of the schedule: {error}")))?;
    let look_for = Duration::from_secs(event.look_for_seconds.into()).min(WORK_TIME_MAX);
    let holder = Uuid::new_v4().to_string();
    if !take_lease(&service, &holder, began + look_for.min(LEASE_WAIT_MAX)).await? {
        return answer(true, 0);
    }
    let mut tick = Tick::new(&service, &invocation, began, look_for);
    let result = tick.run().await;
    service.store.give_retry_lease_back(&holder).await?;
    result?;
    let finished = Finished { tries: tick.tries(), lines: service.store.count_lines().await? };
    invocation.log_finding("info", "tick_finished", &finished);
    answer(false, tick.tries())
}

/// What the log tells of a tick. Alarms read it.
#[derive(Serialize)]
struct Finished {
    tries: u32,
    /// The endpoints that fail or catch up.
    lines: usize,
}

/// Takes the lease, also if it becomes free before `wait_until`.
async fn take_lease(service: &Service, holder: &str, wait_until: Instant) -> Result<bool, StoreError> {
    loop {
        let now = service.clock.now();
        if service.store.take_retry_lease(holder, now, now.plus_ms(LEASE_MS)).await? {
            return Ok(true);
        }
        if Instant::now() >= wait_until {
            return Ok(false);
        }
        sleep(LEASE_PAUSE).await;
    }
}

fn answer(busy: bool, tries: u32) -> Result<InvokedAnswer, InvokeError> {
    to_raw_value(&Answer { success: true, busy, tries })
        .map_err(|error| InvokeError::internal(error.to_string()))
}
