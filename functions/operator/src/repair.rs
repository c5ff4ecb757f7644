//! The command `repair`: makes the books of a shop whole after a restore, which may hold parts of
//! transactions.
//!
//! It audits the shop, repairs what is half committed, sets the balance to the sum of the events, and
//! audits again. Each write has a record of its own, which names the repair's reference. The record
//! under the reference itself, with the answer, is written last. A repair that is interrupted is
//! begun again: what is repaired already is healthy.

mod books;
mod progress;
mod summing;

use shared::{
    domain::{
        action_record::Arguments,
        id::ShopId,
        key::{Reference, TransactionKey},
        operator_action::OperatorAction,
        payment::{Payment, PaymentRow},
        shop_action::ShopAction,
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{Repairer, StoreError},
};
use std::time::Duration;

use audit::{Auditor, Difference, Position, Report};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::progress::{Findings, Phase, Progress};
use crate::{
    CommandContext,
    answer::{self, PaymentView},
    error::CommandError,
    payouts::PayoutView,
    record::recorded,
};

const COMMAND: &str = "repair";
/// Time kept for the step in progress and the answer, as the audit keeps it.
const RESERVE: Duration = Duration::from_secs(15);

/// The fields of `repair`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairFields {
    shop_id: ShopId,
    reference: Reference,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    /// The number of writes.
    changes: u64,
    /// What the audit found before and after. At most 100 differences each.
    before: &'a [Difference],
    after: &'a [Difference],
    truncated: bool,
    /// Whether the balance did not stand still, so that the last audit could not compare the sums.
    in_motion: bool,
    /// Where to go on. `null` if the repair is finished.
    next_cursor: Option<String>,
}

/// The work of one invocation.
struct Work<'a> {
    repairer: Repairer<'a>,
    auditor: Auditor<'a>,
}

/// Repairs the shop, once for each reference.
pub async fn run(context: &CommandContext<'_>, fields: RepairFields) -> Result<InvokedAnswer, CommandError> {
    let RepairFields { shop_id, reference, cursor } = fields;
    let store = &context.service.store;
    let profile = store.profile(&shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(&shop_id);
    let key = TransactionKey::operator(&shop_id, &reference);
    if let Some(stored) = store.recorded_action(&key).await? {
        return recorded(stored.record, COMMAND, &Arguments::new(), CommandError::ReferenceConflict);
    }
    let mut progress = match cursor {
        Some(cursor) => Progress::read(&cursor, &profile.id_secret, &shop_id, &reference)?,
        None => Progress::begin(&shop_id, &reference),
    };
    let work = Work::new(context, &shop_id, &reference);
    work.advance(&mut progress).await?;
    let next_cursor = match progress.phase {
        Phase::Finished => None,
        _ => Some(progress.write(&profile.id_secret)?),
    };
    let finished = next_cursor.is_none();
    let answer = answer::success(&Body {
        changes: progress.changes,
        before: &progress.before.differences,
        after: &progress.after.differences,
        truncated: progress.before.truncated || progress.after.truncated,
        in_motion: progress.after.in_motion,
        next_cursor,
    })?;
    if !finished {
        return Ok(answer);
    }
    let record = context.record(COMMAND, Arguments::new(), &answer);
    let action = OperatorAction::on_shop(key, &shop_id, record, context.service.clock.now());
    recorded(store.record_action(&action).await?, COMMAND, &Arguments::new(), CommandError::ReferenceConflict)
}

impl<'a> Work<'a> {
    fn new(context: &'a CommandContext<'a>, shop_id: &'a ShopId, reference: &'a Reference) -> Self {
        Self {
            repairer: Repairer {
                shop_id,
                reference,
                requested_by: &context.invocation.requested_by,
                payment_answer: &payment_answer,
                action_answer: &action_answer,
            },
            auditor: Auditor {
                store: &context.service.store,
                clock: &*context.service.clock,
                deadline: context.invocation.deadline,
                progress: &|_, _| {},
            },
        }
    }

    /// Goes on until the repair is finished or time is nearly over. Always takes one step.
    async fn advance(&self, progress: &mut Progress) -> Result<(), CommandError> {
        let stop_at = self.auditor.deadline.checked_sub(RESERVE).unwrap_or_else(Instant::now);
        loop {
            progress.phase = self.step(progress).await?;
            if matches!(progress.phase, Phase::Finished) || Instant::now() >= stop_at {
                return Ok(());
            }
        }
    }

    /// Takes one step. Returns the next phase.
    async fn step(&self, progress: &mut Progress) -> Result<Phase, CommandError> {
        match progress.phase.clone() {
            Phase::Before(position) => {
                Ok(match self.audit(position, &mut progress.before).await? {
                    Some(next) => Phase::Before(next),
                    // Nothing to repair.
                    None if progress.before.is_empty() => Phase::Finished,
                    None => Phase::Payments(None),
                })
            }
            Phase::Payments(after) => self.repair_payments(after, &mut progress.changes).await,
            Phase::Actions(after) => self.repair_actions(after, &mut progress.changes).await,
            Phase::Journal(after) => self.repair_alone(after, &mut progress.changes).await,
            Phase::Sums(summing) => self.sum(summing, &mut progress.changes).await,
            Phase::After(position) => {
                let next = self.audit(position, &mut progress.after).await?;
                Ok(next.map_or(Phase::Finished, Phase::After))
            }
            Phase::Finished => Ok(Phase::Finished),
        }
    }

    async fn audit(
        &self,
        position: Position,
        findings: &mut Findings,
    ) -> Result<Option<Position>, CommandError> {
        let mut report = Report::default();
        let next = position.advance(&self.auditor, &mut report).await?;
        findings.add(report);
        Ok(next)
    }

    /// The phase after the books are whole.
    fn audit_again(&self) -> Phase {
        Phase::After(Position::start(Some(self.repairer.shop_id.clone())))
    }
}

/// The answer of a lost record of an action on `payment` at `at`.
fn payment_answer(payment: &Payment, at: UnixMillis) -> Result<String, StoreError> {
    #[derive(Serialize)]
    struct Lost<'a> {
        payment: PaymentView<'a>,
    }
    let row = PaymentRow::from(payment);
    text(answer::success(&Lost { payment: PaymentView::new(&row, at) }))
}

/// The answer of a lost record of an action on a balance. It does not tell the balance, which nobody
/// knows any more.
fn action_answer(action: &ShopAction) -> Result<String, StoreError> {
    #[derive(Serialize)]
    struct Lost<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        payout: Option<PayoutView<'a>>,
    }
    let payout = match action {
        ShopAction::Payout(payout) => Some(PayoutView::new(payout)),
        ShopAction::Other(_) => None,
    };
    text(answer::success(&Lost { payout }))
}

fn text(answer: Result<InvokedAnswer, CommandError>) -> Result<String, StoreError> {
    answer.map(|answer| answer.get().to_owned()).map_err(|error| StoreError::Fault(error.to_string()))
}
