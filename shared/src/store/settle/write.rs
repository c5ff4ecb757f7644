//! The single writes that transitions are made of.

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, builders::UpdateBuilder,
};

use crate::{
    domain::{
        id::{OrderKey, ShopId},
        money::Tiyin,
        time::UnixMillis,
        transaction::{Reason, State, Transaction, TransactionKey},
    },
    store::{Store, StoreError, shops, transactions},
};

/// Which item a write is about, to read it back when its condition failed.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    Transaction(TransactionKey),
    Payment(OrderKey),
    Balance(ShopId),
    /// The attempt of a dead hold, cancelled on the way.
    OldHold,
}

/// One write of a transition.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub subject: Subject,
    pub item: TransactWriteItem,
}

/// How a transition changes one item: what must be true, what is set, which values the expressions name.
pub(super) struct Change {
    pub condition: &'static str,
    pub update: &'static str,
    pub values: Vec<(&'static str, AttributeValue)>,
}

pub(super) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

pub(super) fn number(number: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

impl Store {
    pub(super) fn change_payment(&self, key: &OrderKey, change: Change) -> Result<Write, StoreError> {
        let update = Update::builder().table_name(&self.tables.payments).key("order_key", text(key));
        // `status` is a reserved word of DynamoDB.
        let update = update.expression_attribute_names("#status", "status");
        write(Subject::Payment(key.clone()), update, change)
    }

    pub(super) fn change_transaction(&self, key: &TransactionKey, change: Change) -> Result<Write, StoreError> {
        self.change_attempt(key, Subject::Transaction(key.clone()), change)
    }

    /// Cancels the attempt of a dead hold: 1 -> -1 by time-out.
    pub(super) fn cancel_dead_hold(&self, key: &TransactionKey, now: UnixMillis) -> Result<Write, StoreError> {
        self.change_attempt(key, Subject::OldHold, cancellation(Reason::TIMEOUT, now))
    }

    fn change_attempt(&self, key: &TransactionKey, subject: Subject, change: Change) -> Result<Write, StoreError> {
        let update = Update::builder().table_name(&self.tables.transactions).key("transaction_key", text(key));
        // `state` is a reserved word of DynamoDB.
        write(subject, update.expression_attribute_names("#state", "state"), change)
    }

    pub(super) fn put_transaction(&self, transaction: &Transaction) -> Result<Write, StoreError> {
        let key = &transaction.transaction_key;
        let item = serde_dynamo::to_item(transaction).map_err(|problem| StoreError::corrupt(transactions::TABLE, key, problem))?;
        let put = Put::builder()
            .table_name(&self.tables.transactions)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(transaction_key)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Write { subject: Subject::Transaction(key.clone()), item: TransactWriteItem::builder().put(put).build() })
    }

    /// Adds a payment to the balance.
    pub(super) fn credit(&self, shop_id: &ShopId, amount: Tiyin) -> Result<Write, StoreError> {
        self.change_balance(
            shop_id,
            Change {
                condition: "attribute_exists(shop_id)",
                update: "ADD balance :amount, paid_total :amount, paid_count :one",
                values: vec![(":amount", number(amount)), (":one", number(1))],
            },
        )
    }

    /// Takes a refunded payment out of the balance, if there is enough.
    pub(super) fn take_back(&self, shop_id: &ShopId, amount: Tiyin) -> Result<Write, StoreError> {
        self.change_balance(
            shop_id,
            Change {
                condition: "balance >= :amount",
                update: "SET balance = balance - :amount ADD refunded_total :amount",
                values: vec![(":amount", number(amount))],
            },
        )
    }

    pub(super) fn change_balance(&self, shop_id: &ShopId, change: Change) -> Result<Write, StoreError> {
        let update = Update::builder().table_name(&self.tables.shops).key("shop_id", text(shop_id)).key("record", text(shops::BALANCE));
        write(Subject::Balance(shop_id.clone()), update, change)
    }
}

/// Cancels a created attempt.
pub(super) fn cancellation(reason: Reason, now: UnixMillis) -> Change {
    Change {
        condition: "#state = :created",
        update: "SET #state = :cancelled, reason = :reason, cancelled_at = :now",
        values: vec![
            (":created", state(State::Created)),
            (":cancelled", state(State::Cancelled)),
            (":reason", number(reason.get())),
            (":now", number(now)),
        ],
    }
}

pub(super) fn state(state: State) -> AttributeValue {
    number(i8::from(state))
}

fn write(subject: Subject, update: UpdateBuilder, change: Change) -> Result<Write, StoreError> {
    let update = change.values.into_iter().fold(update, |update, (name, value)| update.expression_attribute_values(name, value));
    let update = update
        .condition_expression(change.condition)
        .update_expression(change.update)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(|error| StoreError::Fault(error.to_string()))?;
    Ok(Write { subject, item: TransactWriteItem::builder().update(update).build() })
}
