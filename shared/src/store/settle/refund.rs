//! Cancel or refund an attempt, depending on its state. This is Payme's CancelTransaction.

use crate::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        event::{ActionNote, Event, PaidPayment},
        key::TransactionKey,
        payment::ReturnedBy,
        time::UnixMillis,
    },
    store::{
        Store, StoreError,
        item::{number, text},
        settle::writes::{BalanceCondition, state},
        transact::{Change, FailedItems, Write, WriteOutcome},
        tries::Tries,
    },
};

/// The result of [`Store::cancel_or_refund`].
#[derive(Clone, Debug)]
pub enum ReverseOutcome {
    /// The attempt is cancelled or refunded, by this call or an earlier one.
    Reversed(Box<Attempt>),
    /// The shop's balance no longer covers the refund.
    Spent,
    /// An operator returned the money outside the provider. The provider's transaction stays
    /// performed.
    ReturnedByUs,
}

impl Store {
    /// Ends the hold of `attempt`, or refunds its money if the balance covers it.
    pub async fn cancel_or_refund(
        &self,
        mut attempt: Attempt,
        reason: Reason,
    ) -> Result<ReverseOutcome, StoreError> {
        let mut tries = Tries::start();
        loop {
            let now = attempt.time_of_change(self.clock.now());
            attempt = match attempt.state {
                PaymeState::Cancelled | PaymeState::Refunded => {
                    return Ok(ReverseOutcome::Reversed(Box::new(attempt)));
                }
                PaymeState::Created => self.end_hold(attempt, reason).await?,
                PaymeState::Performed => match self.refund_by_provider(&attempt, reason, now).await? {
                    WriteOutcome::Applied => attempt.refunded(reason, now),
                    WriteOutcome::Refused(failed) => match why_refused(&failed) {
                        // The write did not return the attempt. Only a read can show that it is
                        // unchanged.
                        Some(refused)
                            if self.attempt(&attempt.transaction_key).await?.as_ref() == Some(&attempt) =>
                        {
                            return Ok(refused);
                        }
                        _ => self.attempt_after(&WriteOutcome::Refused(failed), &attempt, &mut tries).await?,
                    },
                    unknown => self.attempt_after(&unknown, &attempt, &mut tries).await?,
                },
            };
        }
    }

    async fn refund_by_provider(
        &self,
        attempt: &Attempt,
        reason: Reason,
        now: UnixMillis,
    ) -> Result<WriteOutcome, StoreError> {
        let refund = Refund {
            payment: attempt.into(),
            refunded_by: None,
            note: None,
            returned_by: ReturnedBy::Provider,
            balance: BalanceCondition::Covers,
            reason,
        };
        self.transact(&self.refund_writes(&refund, now)?, now).await
    }

    pub(super) fn refund_writes(
        &self,
        refund: &Refund<'_>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let mut values = vec![
            (":paid", text("paid")),
            (":attempt", text(refund.payment.paid_by)),
            (":refunded", text("refunded")),
            (":now", number(now)),
            (":returned_by", text(refund.returned_by.into_str())),
        ];
        values.extend(refund.refunded_by.map(|record| (":record", text(record))));
        let payment = self.change_payment(
            refund.payment.facts.order_key,
            Change {
                condition: "#status = :paid AND held_by = :attempt",
                update: match refund.refunded_by {
                    Some(_) => "SET #status = :refunded, refunded_at = :now, returned_by = :returned_by, refunded_by = :record",
                    None => "SET #status = :refunded, refunded_at = :now, returned_by = :returned_by",
                },
                values,
            },
        )?;
        let event = Event::refunded(refund.payment, refund.returned_by, now).noted(refund.note.clone());
        let mut writes =
            vec![payment, self.take_back(refund.payment, refund.balance)?, self.put_event(&event)?];
        if refund.returned_by == ReturnedBy::Provider {
            writes.insert(0, self.refund_attempt(refund.payment.paid_by, refund.reason, now)?);
        }
        Ok(writes)
    }

    /// Marks the attempt as refunded by its provider.
    fn refund_attempt(
        &self,
        key: &TransactionKey,
        reason: Reason,
        now: UnixMillis,
    ) -> Result<Write, StoreError> {
        self.change_attempt(
            key,
            Change {
                condition: "#state = :performed",
                update: "SET #state = :refunded, reason = :reason, cancelled_at = :now",
                values: vec![
                    (":performed", state(PaymeState::Performed)),
                    (":refunded", state(PaymeState::Refunded)),
                    (":reason", number(reason.get())),
                    (":now", number(now)),
                ],
            },
        )
    }
}

/// How a payment's money is returned.
pub(super) struct Refund<'a> {
    pub payment: PaidPayment<'a>,
    /// The key of the operator's record. `None` if the provider refunds.
    pub refunded_by: Option<&'a TransactionKey>,
    pub note: Option<ActionNote>,
    /// The provider's attempt changes only if the provider returned the money.
    pub returned_by: ReturnedBy,
    pub balance: BalanceCondition,
    pub reason: Reason,
}

/// Why a performed attempt cannot be refunded. `None` if the items do not say. The payment decides
/// before the balance.
fn why_refused(failed: &FailedItems) -> Option<ReverseOutcome> {
    match failed {
        FailedItems { attempt: Some(_), .. } => None,
        FailedItems { payment: Some(payment), .. } => {
            (payment.returned_by == Some(ReturnedBy::Us)).then_some(ReverseOutcome::ReturnedByUs)
        }
        FailedItems { balance: Some(_), .. } => Some(ReverseOutcome::Spent),
        _ => None,
    }
}
