//! The single writes that transitions are made of.

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, builders::UpdateBuilder,
};

use serde::Serialize;

use crate::{
    domain::{
        act::Act,
        id::{OrderKey, ShopId},
        money::Tiyin,
        payout::Payout,
        time::UnixMillis,
        transaction::{Reason, State, Transaction, TransactionKey},
    },
    store::{
        Store, StoreError,
        shops::{self, Item},
        transactions,
    },
};

/// Which item a write is about, to read it back when its condition failed.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    Transaction(TransactionKey),
    Payment(OrderKey),
    Balance(ShopId),
    /// The attempt of a dead hold, cancelled on the way.
    OldHold,
    Act(TransactionKey),
    Profile(ShopId),
    ShopCounter,
    ShopRecord,
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
        // An operator's reference may stand for an act of another kind already, which is no attempt to pay.
        let subject = if transaction.act.is_some() { Subject::Act(key.clone()) } else { Subject::Transaction(key.clone()) };
        self.put_in_transactions(subject, key, transaction)
    }

    /// Puts the record of an operator's act; a reference that was used before comes back.
    pub(super) fn put_act(&self, act: &Act) -> Result<Write, StoreError> {
        self.put_in_transactions(Subject::Act(act.transaction_key.clone()), &act.transaction_key, act)
    }

    /// The same for a payout.
    pub(super) fn put_payout(&self, payout: &Payout) -> Result<Write, StoreError> {
        self.put_in_transactions(Subject::Act(payout.transaction_key.clone()), &payout.transaction_key, payout)
    }

    fn put_in_transactions(&self, subject: Subject, key: &TransactionKey, item: &impl Serialize) -> Result<Write, StoreError> {
        let item = serde_dynamo::to_item(item).map_err(|problem| StoreError::corrupt(transactions::TABLE, key, problem))?;
        put(subject, &self.tables.transactions, item, "attribute_not_exists(transaction_key)")
    }

    /// Puts an item of a shop that is not there yet.
    pub(super) fn put_shop_record(&self, shop_id: &ShopId, record: &'static str, content: &impl Serialize) -> Result<Write, StoreError> {
        let mut item: Item = serde_dynamo::to_item(content).map_err(|problem| StoreError::corrupt(shops::TABLE, shop_id, problem))?;
        item.insert("record".to_owned(), text(record));
        put(Subject::ShopRecord, &self.tables.shops, item, "attribute_not_exists(shop_id)")
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
        let update = self.update_shop(shop_id.as_str(), shops::BALANCE);
        write(Subject::Balance(shop_id.clone()), update, change)
    }

    pub(super) fn change_profile(&self, shop_id: &ShopId, change: Change) -> Result<Write, StoreError> {
        let update = self.update_shop(shop_id.as_str(), shops::PROFILE);
        // All three are reserved words of DynamoDB.
        let names = [("#name", "name"), ("#status", "status"), ("#keys", "keys")];
        let update = names.into_iter().fold(update, |update, (alias, name)| update.expression_attribute_names(alias, name));
        write(Subject::Profile(shop_id.clone()), update, change)
    }

    pub(super) fn change_shop_counter(&self, change: Change) -> Result<Write, StoreError> {
        let update = self.update_shop(shops::NEXT, shops::COUNTER);
        write(Subject::ShopCounter, update, change)
    }

    fn update_shop(&self, shop_id: &str, record: &'static str) -> UpdateBuilder {
        Update::builder().table_name(&self.tables.shops).key("shop_id", text(shop_id)).key("record", text(record))
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

fn put(subject: Subject, table: &str, item: Item, condition: &str) -> Result<Write, StoreError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(condition)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(|error| StoreError::Fault(error.to_string()))?;
    Ok(Write { subject, item: TransactWriteItem::builder().put(put).build() })
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
