//! The daily pass over all shops. Its state lies in the table `limits`, so it goes on where the last
//! invocation stopped.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use shared::{
    domain::{id::ShopId, time::UnixMillis},
    edge::{
        Invocation, Service,
        invoked::{InvokeError, InvokedAnswer},
    },
    store::{Store, StoredRun},
};
use tokio::time::Instant;

use crate::position::{AuditError, Auditor, Position, Report};

/// Differences that the state keeps and the log shows. The count goes on.
const DIFFERENCES_KEPT: usize = 100;
const IN_MOTION_KEPT: usize = 100;
/// The least time for one more step. A step stops 15 seconds before the deadline.
const STEP_TIME_MIN: Duration = Duration::from_secs(20);

/// One pass over all shops.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    began_at: UnixMillis,
    /// Where to go on. `None` if the pass is finished.
    position: Option<Position>,
    shops: u64,
    payments: u64,
    differences: u64,
    kept: Vec<Kept>,
    in_motion: Vec<ShopId>,
}

/// A difference as the state keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Kept(serde_json::Value);

/// What an invocation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Did {
    /// Another invocation is at work.
    Nothing,
    /// The pass of this day is finished already.
    NothingLeft,
    /// A later invocation goes on.
    Stopped,
    Finished,
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    did: Did,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<Summary<'a>>,
}

/// The pass, as the answer and the log tell it.
#[derive(Serialize)]
struct Summary<'a> {
    began_at: String,
    shops: u64,
    payments: u64,
    differences: u64,
    in_motion: &'a [ShopId],
}

impl Run {
    fn new(now: UnixMillis) -> Self {
        Self {
            began_at: now,
            position: Some(Position::start(None)),
            shops: 0,
            payments: 0,
            differences: 0,
            kept: Vec::new(),
            in_motion: Vec::new(),
        }
    }

    fn is_of_the_day(&self, now: UnixMillis) -> bool {
        self.began_at.in_tashkent().date() == now.in_tashkent().date()
    }

    /// Adds the result of one step.
    fn add(&mut self, report: Report) {
        self.shops = self.shops.saturating_add(report.shops_checked);
        self.payments = self.payments.saturating_add(report.payments_checked);
        self.differences = self.differences.saturating_add(report.differences.len() as u64);
        let left = DIFFERENCES_KEPT.saturating_sub(self.kept.len());
        let kept = report.differences.into_iter().take(left).filter_map(|one| serde_json::to_value(one).ok());
        self.kept.extend(kept.map(Kept));
        let left = IN_MOTION_KEPT.saturating_sub(self.in_motion.len());
        self.in_motion.extend(report.in_motion.into_iter().take(left));
    }

    fn summary(&self) -> Summary<'_> {
        Summary {
            began_at: self.began_at.iso(),
            shops: self.shops,
            payments: self.payments,
            differences: self.differences,
            in_motion: &self.in_motion,
        }
    }

    fn state(&self) -> Result<String, InvokeError> {
        serde_json::to_string(self).map_err(|error| InvokeError::internal(error.to_string()))
    }
}

/// Begins the pass of the day, or goes on with it.
pub async fn handle(
    service: Arc<Service>,
    invocation: Arc<Invocation>,
) -> Result<InvokedAnswer, InvokeError> {
    let (store, now) = (&service.store, invocation.now);
    let stored = store.audit_run().await?;
    if stored.locked_until.is_some_and(|until| now < until) {
        return answer(Did::Nothing, None);
    }
    let run = match read(&stored) {
        Some(run) if run.position.is_some() => run,
        Some(run) if run.is_of_the_day(now) => return answer(Did::NothingLeft, Some(&run)),
        _ => Run::new(now),
    };
    let left = invocation.deadline.saturating_duration_since(Instant::now());
    let lock_until = now.plus_ms(i64::try_from(left.as_millis()).unwrap_or(i64::MAX));
    let Some(locked) = store.save_audit_run(&stored, run.state()?, lock_until).await? else {
        return answer(Did::Nothing, None);
    };
    let (run, result) = advance(&service, &invocation, run).await;
    release(store, &locked, &run, now).await?;
    result?;
    let did = if run.position.is_some() { Did::Stopped } else { Did::Finished };
    if did == Did::Finished {
        let level = if run.differences == 0 { "info" } else { "error" };
        invocation.log_finding(level, "audit_finished", &run.summary());
    }
    answer(did, Some(&run))
}

/// A state that cannot be read any more begins again.
fn read(stored: &StoredRun) -> Option<Run> {
    serde_json::from_str(&stored.state).ok()
}

/// Checks shops until all are finished or time is nearly over. Returns the run as far as it came,
/// and the failure that stopped it.
async fn advance(service: &Service, invocation: &Invocation, mut run: Run) -> (Run, Result<(), InvokeError>) {
    let auditor = Auditor {
        store: &service.store,
        clock: &*service.clock,
        deadline: invocation.deadline,
        progress: &|shop_id, payments| {
            invocation.log_progress(shop_id, format!("audit: {payments} payments checked"));
        },
    };
    while let Some(position) = run.position.clone() {
        let mut report = Report::default();
        match position.advance(&auditor, &mut report).await {
            Ok(next) => run.position = next,
            Err(AuditError::Store(error)) => return (run, Err(error.into())),
            Err(AuditError::ShopNotFound) => {
                return (run, Err(InvokeError::internal("a shop of the table is gone".to_owned())));
            }
        }
        for difference in report.differences.iter().take(DIFFERENCES_KEPT.saturating_sub(run.kept.len())) {
            invocation.log_finding("error", "audit_difference", difference);
        }
        run.add(report);
        if invocation.deadline.saturating_duration_since(Instant::now()) < STEP_TIME_MIN {
            break;
        }
    }
    (run, Ok(()))
}

/// Saves the state and lets the next invocation begin.
async fn release(store: &Store, locked: &StoredRun, run: &Run, now: UnixMillis) -> Result<(), InvokeError> {
    match store.save_audit_run(locked, run.state()?, now).await? {
        Some(_) => Ok(()),
        None => Err(InvokeError::internal("another invocation took the audit".to_owned())),
    }
}

fn answer(did: Did, run: Option<&Run>) -> Result<InvokedAnswer, InvokeError> {
    to_raw_value(&Body { success: true, did, pass: run.map(Run::summary) })
        .map_err(|error| InvokeError::internal(error.to_string()))
}
