//! Operators' actions on a payment. Each action puts its record in the same write, so a reference
//! stands for one action.
//!
//! An action is decided on a snapshot of everything that it depends on, its own record
//! included. If the write is not applied, for whatever reason, the next snapshot shows why.

use uuid::Uuid;

use crate::{
    domain::{
        action_record::ActionRecord,
        attempt::{Attempt, Reason},
        channel::Channel,
        event::{ActionNote, PaidPayment},
        fee::FeeRate,
        key::TransactionKey,
        operator_action::OperatorAction,
        payment::Payment,
        payment_action::{ActionPlan, ActionRefusal, PaymentAction},
        shop::{Balance, Profile},
        time::UnixMillis,
    },
    store::{
        Store, StoreError, payments,
        settle::{refund::Refund, writes::BalanceCondition},
        shops,
        transact::{Write, WriteOutcome},
        transactions,
        tries::Tries,
    },
};

/// The result of an operator's action.
#[derive(Clone, Debug)]
pub enum ActionOutcome {
    /// The record under this reference, of this call or of an earlier one.
    Recorded(ActionRecord),
    /// Nothing was written. The reference stays free.
    Refused(ActionRefusal),
}

/// Everything that an action on a payment depends on, at one moment.
struct Snapshot {
    record: Option<OperatorAction>,
    payment: Payment,
    balance: Balance,
    rate: FeeRate,
}

/// What the writes of a plan are made of.
struct Step<'a> {
    payment: &'a Payment,
    /// Click's attempt, if the plan performs it.
    click: Option<Attempt>,
    rate: FeeRate,
    note: &'a ActionNote,
    record: ActionRecord,
    now: UnixMillis,
}

impl Store {
    /// Applies `action` to `payment`, once for each reference in `note`. `record` makes the record
    /// and its answer from the changed payment and the time of the change.
    pub async fn apply_to_payment(
        &self,
        payment: &Payment,
        action: PaymentAction,
        note: &ActionNote,
        record: impl Fn(&Payment, UnixMillis) -> Result<ActionRecord, StoreError>,
    ) -> Result<ActionOutcome, StoreError> {
        let key = &TransactionKey::operator(&payment.shop_id, &note.reference);
        let mut tries = Tries::start();
        loop {
            let Snapshot { record: stored, payment, balance, rate } = self.snapshot_for(payment, key).await?;
            let now = payment.time_of_change(self.clock.now());
            if let Some(stored) = stored {
                return Ok(ActionOutcome::Recorded(stored.record));
            }
            if [&payment.held_by, &payment.refunded_by].into_iter().flatten().any(|by| by == key) {
                tries.wait(&format!("transaction {key} changed a payment and is not there")).await?;
                continue;
            }
            let plan = match action.plan(&payment, balance.balance, now) {
                Ok(plan) => plan,
                Err(refusal) => return Ok(ActionOutcome::Refused(refusal)),
            };
            let click = self.click_attempt(&plan).await?;
            let now = click.as_ref().map_or(now, |click| click.time_of_change(now));
            let fee = click.as_ref().map_or_else(|| rate.of(payment.amount), |click| click.fee);
            let record = record(&plan.after(payment.clone(), key, fee, now), now)?;
            let step = Step { payment: &payment, click, rate, note, record: record.clone(), now };
            let outcome = self.transact(&self.plan_writes(&plan, &step)?, now).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(ActionOutcome::Recorded(record));
            }
            tries.again(&outcome).await?;
        }
    }

    async fn snapshot_for(&self, payment: &Payment, key: &TransactionKey) -> Result<Snapshot, StoreError> {
        let (order_key, shop_id) = (&payment.order_key, &payment.shop_id);
        let keys = vec![
            (self.tables.transactions.as_str(), transactions::item_key(key)),
            (self.tables.payments.as_str(), payments::item_key(order_key)),
            (self.tables.shops.as_str(), shops::item_key(shop_id.as_str(), shops::BALANCE)),
            (self.tables.shops.as_str(), shops::item_key(shop_id.as_str(), shops::PROFILE)),
        ];
        let [record, payment, balance, profile] =
            self.read_together(keys).await?.try_into().unwrap_or_default();
        let gone = |what: &dyn std::fmt::Display| StoreError::Fault(format!("{what} is gone"));
        Ok(Snapshot {
            record: record.map(|item| transactions::parse(item, key)).transpose()?,
            payment: payments::parse(payment.ok_or_else(|| gone(order_key))?, order_key)?,
            balance: shops::parse(balance.ok_or_else(|| gone(shop_id))?, shop_id)?,
            rate: shops::parse::<Profile>(profile.ok_or_else(|| gone(shop_id))?, shop_id)?.fee_rate,
        })
    }

    /// Reads Click's attempt if `plan` performs it.
    async fn click_attempt(&self, plan: &ActionPlan) -> Result<Option<Attempt>, StoreError> {
        let ActionPlan::PerformClick(key) = plan else { return Ok(None) };
        let attempt = self.attempt(key).await?;
        let missing = || StoreError::corrupt(transactions::TABLE, key, "it holds a payment and is not there");
        attempt.ok_or_else(missing).map(Some)
    }

    fn plan_writes(&self, plan: &ActionPlan, step: &Step<'_>) -> Result<Vec<Write>, StoreError> {
        let Step { payment, click, rate, note, record, now } = step;
        let key = TransactionKey::operator(&payment.shop_id, &note.reference);
        let note = Some((*note).clone());
        let action = OperatorAction::on_payment(key.clone(), payment, record.clone(), *now);
        let mut writes = match (plan, click) {
            (ActionPlan::PayAtOnce(opening), _) => {
                // The operator's attempt is also the record.
                let attempt = Attempt::paying(key, Channel::Operator, payment, *rate, *now);
                return self.pay_writes(&Attempt { record: Some(record.clone()), ..attempt }, opening, note);
            }
            (ActionPlan::PerformClick(_), Some(click)) => {
                self.perform_writes(click, Uuid::new_v4(), note, *now)?
            }
            (ActionPlan::PerformClick(click), None) => {
                return Err(StoreError::corrupt(transactions::TABLE, click, "it was not read"));
            }
            (ActionPlan::Refund { returned_by, balance, .. }, _) => {
                let payment = PaidPayment::of(payment).ok_or_else(|| {
                    StoreError::corrupt(
                        payments::TABLE,
                        &payment.order_key,
                        "paid, without its fee or channel",
                    )
                })?;
                let refund = Refund {
                    payment,
                    refunded_by: Some(&key),
                    note,
                    returned_by: *returned_by,
                    balance: BalanceCondition::AsRead(*balance),
                    reason: Reason::REFUND,
                };
                self.refund_writes(&refund, *now)?
            }
            (ActionPlan::Cancel(opening), _) => self.cancel_writes(payment, opening, note, *now)?,
        };
        writes.insert(0, self.put_record(&action)?);
        Ok(writes)
    }
}
