//! The daily pass over all shops. Its state lies in the table `limits`, so it goes on where the last
//! invocation stopped.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::to_raw_value};
use shared::{
    domain::{id::ShopId, time::UnixMillis},
    edge::{
        Invocation, Service,
        invoked::{InvokeError, InvokedAnswer},
    },
    store::StoredRun,
};
use tokio::time::Instant;

use crate::{
    auditor::{AuditError, Auditor, Report},
    position::Position,
};

/// Differences that the state keeps and the log shows. The count goes on.
const DIFFERENCES_KEPT: usize = 100;
const IN_MOTION_KEPT: usize = 100;
/// The time of one step, after which the state is saved. A step stops 15 seconds before its end.
const STEP_TIME: Duration = Duration::from_secs(75);
/// The least time for one more step.
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
    /// The first differences, as the log shows them.
    kept: Vec<Value>,
    in_motion: Vec<ShopId>,
}

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
        self.kept.extend(kept);
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
    let mut work = Work { service: &service, invocation: &invocation, run, saved: locked, lock_until };
    let result = work.advance().await;
    work.save(now).await?;
    result?;
    let run = work.run;
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

/// The run that this invocation works on.
struct Work<'a> {
    service: &'a Service,
    invocation: &'a Invocation,
    run: Run,
    saved: StoredRun,
    lock_until: UnixMillis,
}

impl Work<'_> {
    /// Checks shops until all are finished or time is nearly over. Saves the state after each step,
    /// so that a failure costs the work of one step.
    async fn advance(&mut self) -> Result<(), InvokeError> {
        while let Some(position) = self.run.position.clone() {
            let report = self.step(position).await?;
            let left = DIFFERENCES_KEPT.saturating_sub(self.run.kept.len());
            for difference in report.differences.iter().take(left) {
                self.invocation.log_finding("error", "audit_difference", difference);
            }
            self.run.add(report);
            self.save(self.lock_until).await?;
            if self.invocation.deadline.saturating_duration_since(Instant::now()) < STEP_TIME_MIN {
                break;
            }
        }
        Ok(())
    }

    /// Goes on from `position` for the time of one step.
    async fn step(&mut self, position: Position) -> Result<Report, InvokeError> {
        let auditor = Auditor {
            store: &self.service.store,
            clock: &*self.service.clock,
            deadline: self.invocation.deadline.min(Instant::now() + STEP_TIME),
            progress: &|shop_id, payments| {
                self.invocation.log_progress(shop_id, format!("audit: {payments} payments checked"));
            },
        };
        let mut report = Report::default();
        match position.advance(&auditor, &mut report).await {
            Ok(next) => self.run.position = next,
            Err(AuditError::Store(error)) => return Err(error.into()),
            Err(AuditError::ShopNotFound) => {
                return Err(InvokeError::internal("a shop of the table is gone".to_owned()));
            }
        }
        Ok(report)
    }

    /// Saves the state. No other invocation begins until `locked_until`.
    async fn save(&mut self, locked_until: UnixMillis) -> Result<(), InvokeError> {
        let store = &self.service.store;
        match store.save_audit_run(&self.saved, self.run.state()?, locked_until).await? {
            Some(saved) => {
                self.saved = saved;
                Ok(())
            }
            None => Err(InvokeError::internal("another invocation took the audit".to_owned())),
        }
    }
}

fn answer(did: Did, run: Option<&Run>) -> Result<InvokedAnswer, InvokeError> {
    to_raw_value(&Body { success: true, did, pass: run.map(Run::summary) })
        .map_err(|error| InvokeError::internal(error.to_string()))
}
