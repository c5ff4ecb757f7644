//! Cancel or refund: what Payme's CancelTransaction does to an attempt, whatever it had come to.

use crate::{
    domain::{
        attempt::{Attempt, PaymeState, Reason},
        id::{OrderKey, ShopId},
        key::TransactionKey,
        money::PaymentAmount,
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

/// What came of the wish to cancel an attempt.
#[derive(Clone, Debug)]
pub enum ReverseOutcome {
    /// It is cancelled or refunded, by this call or an earlier one.
    Reversed(Box<Attempt>),
    /// The money has left the shop's balance.
    Spent,
    /// An operator gave the payer the money back outside the provider. The provider's own
    /// transaction stays performed.
    ReturnedByUs,
}

impl Store {
    /// Ends the hold of `attempt`, or gives back the money that it brought if the balance still has
    /// it.
    pub async fn cancel_or_refund(
        &self,
        mut attempt: Attempt,
        reason: Reason,
        now: UnixMillis,
    ) -> Result<ReverseOutcome, StoreError> {
        let mut tries = Tries::start();
        loop {
            attempt = match attempt.state {
                PaymeState::Cancelled | PaymeState::Refunded => {
                    return Ok(ReverseOutcome::Reversed(Box::new(attempt)));
                }
                PaymeState::Created => self.end_hold(attempt, reason, now).await?,
                PaymeState::Performed => match self.refund_by_provider(&attempt, reason, now).await? {
                    WriteOutcome::Applied => attempt.refunded(reason, now),
                    WriteOutcome::Refused(failed) => match why_refused(&failed) {
                        // The attempt did not come back: only a read can tell that it is still as
                        // it was.
                        Some(refused)
                            if self.transaction(&attempt.transaction_key).await?.as_ref()
                                == Some(&attempt) =>
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
            paid_by: &attempt.transaction_key,
            refunded_by: None,
            returned_by: ReturnedBy::Provider,
            balance: BalanceCondition::Covers,
            reason,
        };
        self.transact(&self.refund_writes(
            &attempt.order_key,
            &attempt.shop_id,
            attempt.amount,
            &refund,
            now,
        )?)
        .await
    }

    pub(super) fn refund_writes(
        &self,
        order_key: &OrderKey,
        shop_id: &ShopId,
        amount: PaymentAmount,
        refund: &Refund<'_>,
        now: UnixMillis,
    ) -> Result<Vec<Write>, StoreError> {
        let mut values = vec![
            (":paid", text("paid")),
            (":attempt", text(refund.paid_by)),
            (":refunded", text("refunded")),
            (":now", number(now)),
            (":returned_by", text(refund.returned_by.into_str())),
        ];
        values.extend(refund.refunded_by.map(|record| (":record", text(record))));
        let payment = self.change_payment(
            order_key,
            Change {
                condition: "#status = :paid AND held_by = :attempt",
                update: match refund.refunded_by {
                    Some(_) => "SET #status = :refunded, refunded_at = :now, returned_by = :returned_by, refunded_by = :record",
                    None => "SET #status = :refunded, refunded_at = :now, returned_by = :returned_by",
                },
                values,
            },
        )?;
        let mut writes = vec![payment, self.take_back(shop_id, amount.money(), refund.balance)?];
        if refund.returned_by == ReturnedBy::Provider {
            writes.insert(0, self.refund_attempt(refund.paid_by, refund.reason, now)?);
        }
        Ok(writes)
    }

    /// The attempt's money went back through its provider.
    fn refund_attempt(
        &self,
        key: &TransactionKey,
        reason: Reason,
        now: UnixMillis,
    ) -> Result<Write, StoreError> {
        self.change_transaction(
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

/// How a payment's money goes back.
pub(super) struct Refund<'a> {
    pub paid_by: &'a TransactionKey,
    /// The operator's record; `None` if the provider refunds.
    pub refunded_by: Option<&'a TransactionKey>,
    /// The provider's attempt changes only if the provider returned the money.
    pub returned_by: ReturnedBy,
    pub balance: BalanceCondition,
    pub reason: Reason,
}

/// Why a performed attempt cannot be refunded, if the items say so. The payment speaks before the
/// balance.
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
