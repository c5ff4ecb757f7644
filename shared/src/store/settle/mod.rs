//! Settlement: one `TransactWriteItems` per transition, and nothing else changes a status or a balance.
//!
//! A transition names the items that it writes, each with its condition. When one fails, the items come back as they are,
//! and the caller decides again from them.

mod attempt;
mod cancel;
mod hold;
mod operator;
mod pay;
mod refund;
mod shop;
mod write;

pub use attempt::{Held, Performed, Reversed};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};
pub use cancel::Cancelled;
pub use pay::Lateness;

use self::write::{Subject, Write};
use super::{Store, StoreError, payments, shops, transactions};
use crate::domain::{
    act::Act,
    payment::Payment,
    shop::{Balance, Profile},
    transaction::Transaction,
};

/// How often a call decides again before it gives up as out of time.
pub const DECISIONS_MAX: usize = 10;

/// What became of a transition.
#[derive(Clone, Debug)]
pub enum Outcome {
    Applied,
    /// A condition failed and nothing was written.
    Changed(Box<Changed>),
}

/// The items whose conditions failed, as they are now. The transaction speaks first, then the payment, then the balance.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// The record that an operator's reference stands for already.
    pub act: Option<Act>,
    pub transaction: Option<Transaction>,
    pub payment: Option<Payment>,
    pub balance: Option<Balance>,
    /// The attempt whose hold was thought dead was not in state 1 any more.
    pub old_hold_moved: bool,
    pub profile: Option<Profile>,
    /// A shop of this id is there already.
    pub shop_exists: bool,
    /// Another shop took the number.
    pub shop_counter_moved: bool,
}

impl Store {
    /// Writes all of `writes`, or nothing.
    async fn settle(&self, writes: Vec<Write>) -> Result<Outcome, StoreError> {
        let items: Vec<TransactWriteItem> = writes.iter().map(|write| write.item.clone()).collect();
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => Ok(Outcome::Applied),
            Err(error) => changed(&writes, error),
        }
    }
}

fn changed(writes: &[Write], error: SdkError<TransactWriteItemsError>) -> Result<Outcome, StoreError> {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons().to_vec(),
        _ => Vec::new(),
    };
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    if !reasons.iter().any(failed) {
        return Err(StoreError::from_sdk("TransactWriteItems", error));
    }
    let mut changed = Changed::default();
    for (write, reason) in writes.iter().zip(reasons).filter(|(_, reason)| failed(reason)) {
        let item = reason.item.filter(|item| !item.is_empty());
        match (&write.subject, item) {
            (Subject::Transaction(key), Some(item)) => changed.transaction = Some(transactions::parse(item, key)?),
            (Subject::Payment(key), Some(item)) => changed.payment = Some(payments::parse(item, key)?),
            (Subject::Balance(shop_id), Some(item)) => changed.balance = Some(shops::parse(item, shop_id)?),
            (Subject::Act(key), Some(item)) => changed.act = Some(transactions::parse(item, key)?),
            (Subject::Profile(shop_id), Some(item)) => changed.profile = Some(shops::parse(item, shop_id)?),
            (Subject::OldHold, _) => changed.old_hold_moved = true,
            (Subject::ShopCounter, _) => changed.shop_counter_moved = true,
            (Subject::ShopRecord, Some(_)) => changed.shop_exists = true,
            (subject, None) => return Err(StoreError::Fault(format!("TransactWriteItems: {subject:?} is missing"))),
        }
    }
    Ok(Outcome::Changed(Box::new(changed)))
}
