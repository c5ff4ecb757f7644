//! One `TransactWriteItems`: the writes of a transition, and its outcome.
//!
//! DynamoDB commits a transaction item by item. A call that overlaps another one can meet some
//! items before that commit and some after it. It is then cancelled with several kinds of reasons,
//! which say nothing certain about the items.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, Get, Put, ReturnValuesOnConditionCheckFailure, TransactGetItem,
        TransactWriteItem, builders::UpdateBuilder,
    },
};

use super::{Store, StoreError, backoff::Backoff, item::Item, payments, shops, transactions};
use crate::domain::{
    attempt::Attempt,
    id::{OrderKey, ShopId},
    key::TransactionKey,
    operator_action::OperatorAction,
    payment::Payment,
    shop::Balance,
    time::UnixMillis,
};

/// How long a transaction is sent again while it only meets other transactions.
const CONFLICT_TIME_MAX: Duration = Duration::from_millis(4500);

/// The age at which a decision is too old to be written. A call of the store takes at most 4.5
/// seconds more, so no write goes out later than 10 seconds after the time in it. The journal relies
/// on that: what is older than half a minute is complete.
const DECISION_AGE_MAX_MS: i64 = 5000;

/// Cancellation reasons that pass by themselves, and those that never do. (Amazon DynamoDB API
/// Reference, TransactWriteItems, cancellation reasons.)
pub(super) const PASSING: [&str; 3] =
    ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
const PERMANENT: [&str; 2] = ["ValidationError", "ItemCollectionSizeLimitExceeded"];
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// The item that a write is about. Decides how it is read if its condition fails.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    Attempt(TransactionKey),
    Payment(OrderKey),
    Balance(ShopId),
    /// The attempt of a stale hold, which the transition cancels.
    StaleHold,
    /// The record of an operator's action.
    Record(TransactionKey),
    /// The payout that the transition reverses.
    Payout,
    /// The event of the transition.
    Event,
    Profile,
    ShopCounter,
    ShopRecord,
}

/// One write of a transition.
#[derive(Clone, Debug)]
pub(super) struct Write {
    subject: Subject,
    item: TransactWriteItem,
}

/// A change of one item: its condition, its update, and the values that both use.
pub(super) struct Change<'a> {
    pub condition: &'a str,
    pub update: &'a str,
    pub values: Vec<(&'static str, AttributeValue)>,
}

impl Write {
    /// Puts `item`.
    pub fn put(subject: Subject, table: &str, item: Item, condition: &str) -> Result<Self, StoreError> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Self { subject, item: TransactWriteItem::builder().put(put).build() })
    }

    /// Changes the item whose table and key `update` names.
    pub fn update(subject: Subject, update: UpdateBuilder, change: Change<'_>) -> Result<Self, StoreError> {
        let update = change
            .values
            .into_iter()
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, value));
        let update = update
            .condition_expression(change.condition)
            .update_expression(change.update)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Self { subject, item: TransactWriteItem::builder().update(update).build() })
    }
}

/// The outcome of a transition.
#[derive(Clone, Debug)]
pub(super) enum WriteOutcome {
    Applied,
    /// Nothing was written, only because conditions failed.
    Refused(Box<FailedItems>),
    /// DynamoDB did not say whether the writes are or will be applied. Holds its error, for the
    /// log.
    Unknown(String),
}

/// The items whose conditions failed, as they were at that moment.
#[derive(Clone, Debug, Default)]
pub(super) struct FailedItems {
    pub record: Option<OperatorAction>,
    pub attempt: Option<Attempt>,
    pub payment: Option<Payment>,
    pub balance: Option<Balance>,
    /// Another shop took the number.
    pub shop_counter_moved: bool,
    /// A shop with this id exists already.
    pub shop_exists: bool,
    event_exists: bool,
}

impl Store {
    /// Applies all of `writes` or none. Sends the transaction again if it only met others. The SDK
    /// sends it again after a lost answer. `decided_at` is the time that the writes contain.
    ///
    /// # Errors
    /// The decision is too old. Nothing of it was written.
    pub(super) async fn transact(
        &self,
        writes: &[Write],
        decided_at: UnixMillis,
    ) -> Result<WriteOutcome, StoreError> {
        let mut backoff = Backoff::within(CONFLICT_TIME_MAX);
        loop {
            if self.clock.now() > decided_at.plus_ms(DECISION_AGE_MAX_MS) {
                let detail = format!("what was decided at {} is too old to be written", decided_at.iso());
                return Err(StoreError::Unavailable(detail));
            }
            let items = writes.iter().map(|write| write.item.clone()).collect();
            // Each call gets a new token from the SDK, which its retries keep. A cancelled
            // transaction needs a new one.
            let error = match self.client.transact_write_items().set_transact_items(Some(items)).send().await
            {
                Ok(_) => return Ok(WriteOutcome::Applied),
                Err(error) => error,
            };
            match Cancellation::of(&error) {
                Some(Cancellation::Refused(reasons)) => {
                    return FailedItems::read(writes, reasons)
                        .map(|items| WriteOutcome::Refused(Box::new(items)));
                }
                Some(Cancellation::Conflict) if backoff.pause().await => {}
                Some(Cancellation::Permanent) => return Err(StoreError::fault("TransactWriteItems", error)),
                Some(Cancellation::Conflict | Cancellation::Mixed) | None => {
                    return match StoreError::from_sdk("TransactWriteItems", error) {
                        StoreError::Unavailable(detail) => Ok(WriteOutcome::Unknown(detail)),
                        fault => Err(fault),
                    };
                }
            }
        }
    }

    /// Reads the items under `keys` (table and key) as they are at one moment.
    pub(super) async fn read_together(
        &self,
        keys: Vec<(&str, Item)>,
    ) -> Result<Vec<Option<Item>>, StoreError> {
        let wanted = keys.len();
        let gets = keys.into_iter().map(|(table, key)| {
            let get = Get::builder().table_name(table).set_key(Some(key)).build();
            get.map(|get| TransactGetItem::builder().get(get).build())
                .map_err(|error| StoreError::Fault(error.to_string()))
        });
        let gets = gets.collect::<Result<Vec<_>, _>>()?;
        let output = self.client.transact_get_items().set_transact_items(Some(gets)).send().await;
        let output = output.map_err(|error| StoreError::from_sdk("TransactGetItems", error))?;
        let items = output
            .responses
            .unwrap_or_default()
            .into_iter()
            .map(|response| response.item.filter(|item| !item.is_empty()));
        let mut items: Vec<Option<Item>> = items.collect();
        items.resize(wanted, None);
        Ok(items)
    }
}

/// The meaning of all reasons of a cancellation together.
enum Cancellation<'a> {
    /// Conditions failed. There is no other reason.
    Refused(&'a [CancellationReason]),
    /// There is another transaction or a throttle. No condition failed.
    Conflict,
    /// Both. The failed conditions may be due to a transaction that was half committed.
    Mixed,
    /// The transaction can never be applied.
    Permanent,
}

impl<'a> Cancellation<'a> {
    /// `None` if `error` is not a cancellation.
    fn of(error: &'a SdkError<TransactWriteItemsError>) -> Option<Self> {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
        else {
            return None;
        };
        let reasons = cancelled.cancellation_reasons();
        let has = |codes: &[&str]| {
            reasons.iter().filter_map(CancellationReason::code).any(|code| codes.contains(&code))
        };
        let is_condition = |code: &str| code == "None" || code == CONDITION_FAILED;
        let only_conditions = reasons.iter().filter_map(CancellationReason::code).all(is_condition);
        Some(match (has(&PERMANENT), has(&[CONDITION_FAILED]), has(&PASSING), only_conditions) {
            (true, ..) => Self::Permanent,
            (false, true, _, true) => Self::Refused(reasons),
            (false, false, true, _) => Self::Conflict,
            // A reason that we do not know says as little as a conflict.
            _ => Self::Mixed,
        })
    }
}

impl FailedItems {
    fn read(writes: &[Write], reasons: &[CancellationReason]) -> Result<Self, StoreError> {
        let mut failed = Self::default();
        let mut conditions = 0;
        for (write, reason) in
            writes.iter().zip(reasons).filter(|(_, reason)| reason.code() == Some(CONDITION_FAILED))
        {
            conditions += 1;
            let item = reason.item.clone().filter(|item| !item.is_empty());
            match (&write.subject, item) {
                (Subject::Attempt(key), Some(item)) => failed.attempt = Some(transactions::parse(item, key)?),
                (Subject::Payment(key), Some(item)) => failed.payment = Some(payments::parse(item, key)?),
                (Subject::Balance(shop_id), Some(item)) => {
                    failed.balance = Some(shops::parse(item, shop_id)?);
                }
                (Subject::Record(key), Some(item)) => failed.record = Some(transactions::parse(item, key)?),
                // The caller learns from the payment who holds it now.
                (Subject::StaleHold, _) => {}
                (Subject::ShopCounter, _) => failed.shop_counter_moved = true,
                (Subject::ShopRecord, Some(_)) => failed.shop_exists = true,
                // The caller reads it again.
                (Subject::Profile | Subject::Payout, Some(_)) => {}
                (Subject::Event, _) => failed.event_exists = true,
                (subject, None) => {
                    return Err(StoreError::Fault(format!("TransactWriteItems: {subject:?} is missing")));
                }
            }
        }
        // Beside another item the event says only that the change was made already. Alone it stands
        // without its change.
        if failed.event_exists && conditions == 1 {
            return Err(StoreError::Fault(
                "TransactWriteItems: the event stands without its change".to_owned(),
            ));
        }
        Ok(failed)
    }
}
