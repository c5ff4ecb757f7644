//! A provider's wishes. Each makes the transition that the items ask for, and decides again from the items that came back
//! when they had changed.

use uuid::Uuid;

use super::{Changed, DECISIONS_MAX, Outcome};
use crate::{
    domain::{
        payment::Payment,
        settlement::Openness,
        time::UnixMillis,
        transaction::{Reason, Standing, State, Transaction, TransactionKey},
    },
    store::{Store, StoreError, transactions},
};

/// What became of a wish to hold a payment.
#[derive(Clone, Debug)]
pub enum Held {
    /// This call's attempt holds it.
    Now(Transaction),
    /// The provider's id stands for an earlier attempt.
    Known(Transaction),
    /// The payment takes no new attempt.
    Not(Openness),
}

/// What became of a wish to perform an attempt.
#[derive(Clone, Debug)]
pub struct Performed {
    /// Still created only where its hold was lost, which no transition of ours leaves behind.
    pub transaction: Transaction,
    pub by_this_call: bool,
}

/// What became of a wish to cancel an attempt, whatever it had come to.
#[derive(Clone, Debug)]
pub enum Reversed {
    /// It is cancelled or refunded, now or since earlier.
    Is(Box<Transaction>),
    /// The money has left the shop's balance.
    Spent,
}

impl Store {
    /// `attempt` takes hold of `payment`, as it was read, when nobody holds it or the hold is dead.
    pub async fn hold(&self, attempt: Transaction, mut payment: Payment, now: UnixMillis) -> Result<Held, StoreError> {
        let key = &attempt.transaction_key;
        for _ in 0..DECISIONS_MAX {
            let written = match payment.openness(now) {
                Openness::Free => self.begin(&attempt, now).await,
                Openness::DeadHold(old) => self.take_over(&attempt, &old, now).await,
                closed => return Ok(Held::Not(closed)),
            };
            match self.known(written, key).await? {
                Outcome::Applied => return Ok(Held::Now(attempt)),
                Outcome::Changed(changed) => match changed.transaction {
                    Some(own) if own.transaction_id == attempt.transaction_id => return Ok(Held::Now(own)),
                    Some(other) => return Ok(Held::Known(other)),
                    None => payment = self.reread(changed.payment, &payment).await?,
                },
            }
        }
        Err(kept_changing(key))
    }

    /// Turns a live hold into money; a dead one ends.
    pub async fn perform_hold(&self, mut attempt: Transaction, now: UnixMillis) -> Result<Performed, StoreError> {
        let settled_by = Uuid::new_v4();
        for _ in 0..DECISIONS_MAX {
            attempt = match attempt.standing(now) {
                Standing::Performed | Standing::Cancelled | Standing::Refunded => {
                    return Ok(Performed { by_this_call: attempt.settled_by == Some(settled_by), transaction: attempt });
                }
                Standing::DeadHold => self.end_hold(attempt, Reason::TIMEOUT, now).await?,
                Standing::LiveHold => {
                    let written = self.perform(&attempt, settled_by, now).await;
                    match self.known(written, &attempt.transaction_key).await? {
                        Outcome::Applied => attempt.performed(settled_by, now),
                        Outcome::Changed(changed) => match changed.transaction {
                            Some(transaction) => transaction,
                            None => return Ok(Performed { transaction: attempt, by_this_call: false }),
                        },
                    }
                }
            };
        }
        Err(kept_changing(&attempt.transaction_key))
    }

    /// Ends a hold, live or dead. An attempt that is no hold any more comes back as it is.
    pub async fn end_hold(&self, mut attempt: Transaction, reason: Reason, now: UnixMillis) -> Result<Transaction, StoreError> {
        for _ in 0..DECISIONS_MAX {
            if attempt.state != State::Created {
                return Ok(attempt);
            }
            let written = self.cancel_hold(&attempt, reason, now).await;
            attempt = match self.known(written, &attempt.transaction_key).await? {
                Outcome::Applied => attempt.cancelled(reason, now),
                Outcome::Changed(changed) => changed.transaction.ok_or_else(|| lost(&attempt))?,
            };
        }
        Err(kept_changing(&attempt.transaction_key))
    }

    /// Cancels `attempt`: ends its hold, or gives back the money that it brought, if the balance still has it.
    pub async fn reverse(&self, mut attempt: Transaction, reason: Reason, now: UnixMillis) -> Result<Reversed, StoreError> {
        for _ in 0..DECISIONS_MAX {
            attempt = match attempt.state {
                State::Cancelled | State::Refunded => return Ok(Reversed::Is(Box::new(attempt))),
                State::Created => self.end_hold(attempt, reason, now).await?,
                State::Performed => {
                    let written = self.refund(&attempt, reason, now).await;
                    match self.known(written, &attempt.transaction_key).await? {
                        Outcome::Applied => attempt.refunded(reason, now),
                        Outcome::Changed(changed) => match *changed {
                            Changed { transaction: Some(transaction), .. } => transaction,
                            Changed { payment: None, balance: Some(_), .. } => return Ok(Reversed::Spent),
                            _ => return Err(lost(&attempt)),
                        },
                    }
                }
            };
        }
        Err(kept_changing(&attempt.transaction_key))
    }

    /// A write whose outcome is unknown is settled by reading its attempt, and decided again from what stands there.
    pub(super) async fn known(&self, written: Result<Outcome, StoreError>, key: &TransactionKey) -> Result<Outcome, StoreError> {
        let Err(StoreError::Unavailable(detail)) = written else { return written };
        match self.transaction(key).await? {
            Some(transaction) => Ok(Outcome::Changed(Box::new(Changed { transaction: Some(transaction), ..Changed::default() }))),
            None => Err(StoreError::Unavailable(detail)),
        }
    }
}

fn kept_changing(key: &TransactionKey) -> StoreError {
    StoreError::Unavailable(format!("transaction {key} kept changing"))
}

/// An attempt whose payment does not know it.
fn lost(attempt: &Transaction) -> StoreError {
    StoreError::corrupt(transactions::TABLE, &attempt.transaction_key, "its payment is not held or paid by it")
}
