//! What operators do to money. Each transition puts the act's record in the same write, so that a reference stands for one act.

use super::{
    Changed, Outcome,
    write::{Change, number},
};
use crate::{
    domain::{
        act::Act,
        payment::Payment,
        payout::Payout,
        shop::Balance,
        time::UnixMillis,
        transaction::{Reason, Transaction, TransactionKey},
    },
    store::{Store, StoreError},
};

impl Store {
    /// As [`Store::refund`], with the record of `act`.
    pub async fn refund_by_operator(&self, attempt: &Transaction, act: &Act, now: UnixMillis) -> Result<Outcome, StoreError> {
        let mut writes = vec![self.put_act(act)?];
        writes.extend(self.refund_writes(attempt, Reason::REFUND, now)?);
        self.settle(writes).await
    }

    /// Cancels `payment`, which nobody holds, with the record of `act`; `dead_hold` is the attempt of a hold whose time is over.
    pub async fn cancel_by_operator(
        &self,
        payment: &Payment,
        dead_hold: Option<&TransactionKey>,
        act: &Act,
        now: UnixMillis,
    ) -> Result<Outcome, StoreError> {
        let mut writes = vec![self.put_act(act)?];
        writes.extend(self.cancel_writes(payment, dead_hold, now)?);
        self.settle(writes).await
    }

    /// Takes `payout` off the balance, which must still be as it was read: the record holds an answer that tells the new one.
    pub async fn record_payout(&self, payout: &Payout, read: &Balance) -> Result<Outcome, StoreError> {
        let balance = self.change_balance(
            &payout.shop_id,
            Change {
                condition: "balance = :read AND balance >= :amount",
                update: "SET balance = balance - :amount ADD paid_out_total :amount",
                values: vec![(":read", number(read.balance)), (":amount", number(payout.amount))],
            },
        )?;
        self.settle(vec![self.put_payout(payout)?, balance]).await
    }

    /// `outcome` of a write with the record `key`. Where it is unknown it is settled by reading: a record that is there comes back.
    pub async fn know_outcome(&self, key: &TransactionKey, outcome: Result<Outcome, StoreError>) -> Result<Outcome, StoreError> {
        match outcome {
            Err(StoreError::Unavailable(detail)) => match self.act(key).await {
                Ok(Some(act)) => Ok(Outcome::Changed(Box::new(Changed { act: Some(act), ..Changed::default() }))),
                _ => Err(StoreError::Unavailable(detail)),
            },
            known => known,
        }
    }
}
