//! The table `transactions`: reading an attempt or a record, and storing fiscal data.

use aws_sdk_dynamodb::{
    operation::{query::builders::QueryFluentBuilder, update_item::UpdateItemError},
    types::AttributeValue,
};
use serde::de::DeserializeOwned;

use super::{
    Store, StoreError,
    item::{Item, text},
};
use crate::domain::{attempt::Attempt, id::OrderKey, key::TransactionKey, operator_action::OperatorAction};

/// The receipt that fiscal data belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    Perform,
    Cancel,
}

pub(super) const TABLE: &str = "transactions";
pub(super) const KEY: &str = "transaction_key";
pub(super) const OWNER_INDEX: &str = "owner_transactions";

impl Store {
    /// Queries the transactions of `owner`: an order key or
    /// [`shop_owner`](crate::domain::key::shop_owner). The index holds keys only.
    pub(super) fn owned_by(&self, owner: String) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.transactions)
            .index_name(OWNER_INDEX)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner))
    }

    /// Returns the key of the newest transaction of a payment. The index that knows it is late by
    /// about a second.
    pub async fn newest_transaction(
        &self,
        order_key: &OrderKey,
    ) -> Result<Option<TransactionKey>, StoreError> {
        let query = self.owned_by(order_key.to_string()).scan_index_forward(false).limit(1);
        let output =
            query.send().await.map_err(|error| StoreError::from_sdk("Query owner_transactions", error))?;
        let newest = output.items.unwrap_or_default().pop();
        let key = newest.map(|item| {
            let key = item.get(KEY).cloned().unwrap_or(AttributeValue::Null(true));
            serde_dynamo::from_attribute_value(key)
        });
        key.transpose().map_err(|problem| StoreError::corrupt(TABLE, order_key, problem))
    }

    /// Reads the attempt under `key`, strongly consistent.
    pub async fn attempt(&self, key: &TransactionKey) -> Result<Option<Attempt>, StoreError> {
        self.transaction(key).await
    }

    /// Reads the action under `key`, strongly consistent.
    pub(super) async fn action(&self, key: &TransactionKey) -> Result<Option<OperatorAction>, StoreError> {
        self.transaction(key).await
    }

    async fn transaction<T: DeserializeOwned>(&self, key: &TransactionKey) -> Result<Option<T>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.transactions)
            .set_key(Some(item_key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem transactions", error))?;
        output.item.map(|item| parse(item, key)).transpose()
    }

    /// Stores the fiscal data of a receipt (JSON text) in the attempt, replacing earlier data.
    /// Returns `false` if there is no such attempt.
    pub async fn keep_fiscal_data(
        &self,
        key: &TransactionKey,
        receipt: Receipt,
        data: &str,
    ) -> Result<bool, StoreError> {
        let update = match receipt {
            Receipt::Perform => "SET fiscal_perform = :data",
            Receipt::Cancel => "SET fiscal_cancel = :data",
        };
        let output = self
            .client
            .update_item()
            .table_name(&self.tables.transactions)
            .set_key(Some(item_key(key)))
            .condition_expression("attribute_exists(transaction_key)")
            .update_expression(update)
            .expression_attribute_values(":data", AttributeValue::S(data.to_owned()))
            .send()
            .await;
        match output {
            Ok(_) => Ok(true),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(UpdateItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::from_sdk("UpdateItem transactions", error)),
        }
    }
}

/// The key of an item.
pub(super) fn item_key(key: &TransactionKey) -> Item {
    Item::from([(KEY.to_owned(), text(key))])
}

pub(super) fn parse<T: DeserializeOwned>(item: Item, key: impl ToString) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
