//! The table `transactions`: reading an attempt or the record of an act, and the fiscal data beside an attempt.

use aws_sdk_dynamodb::{
    operation::{query::builders::QueryFluentBuilder, update_item::UpdateItemError},
    types::AttributeValue,
};
use serde::de::DeserializeOwned;

use super::{Store, StoreError, shops::Item};
use crate::domain::{
    act::Act,
    id::OrderId,
    payment::Payment,
    transaction::{Transaction, TransactionKey},
};

/// Which receipt fiscal data belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    Perform,
    Cancel,
}

pub(super) const TABLE: &str = "transactions";
pub(super) const KEY: &str = "transaction_key";
pub(super) const OWNER_INDEX: &str = "owner_transactions";

impl Store {
    /// A query of the transactions that belong to `owner`: an order key, or a shop's own mark. The index holds keys only.
    pub(super) fn owned_by(&self, owner: String) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.transactions)
            .index_name(OWNER_INDEX)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner))
    }

    /// The attempt under `key`, strongly consistent.
    pub async fn transaction(&self, key: &TransactionKey) -> Result<Option<Transaction>, StoreError> {
        self.transaction_item(key).await
    }

    /// The record of an operator's act under `key`, strongly consistent. An attempt that an operator made is one too.
    pub async fn act(&self, key: &TransactionKey) -> Result<Option<Act>, StoreError> {
        self.transaction_item(key).await
    }

    async fn transaction_item<T: DeserializeOwned>(&self, key: &TransactionKey) -> Result<Option<T>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.transactions)
            .key(KEY, AttributeValue::S(key.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem transactions", error))?;
        output.item.map(|item| parse(item, key)).transpose()
    }

    /// The attempt under `key` and the payment that `order_id` names, in one round trip, both strongly consistent.
    pub async fn transaction_and_payment(
        &self,
        key: &TransactionKey,
        order_id: Option<&OrderId>,
    ) -> Result<(Option<Transaction>, Option<Payment>), StoreError> {
        match order_id {
            Some(order_id) => tokio::try_join!(self.transaction(key), self.payment(order_id)),
            None => Ok((self.transaction(key).await?, None)),
        }
    }

    /// Keeps the fiscal data of a receipt (JSON text) beside the attempt; the last that came counts. False where there is no
    /// such attempt.
    pub async fn keep_fiscal_data(&self, key: &TransactionKey, receipt: Receipt, data: &str) -> Result<bool, StoreError> {
        let update = match receipt {
            Receipt::Perform => "SET fiscal_perform = :data",
            Receipt::Cancel => "SET fiscal_cancel = :data",
        };
        let output = self
            .client
            .update_item()
            .table_name(&self.tables.transactions)
            .key("transaction_key", AttributeValue::S(key.to_string()))
            .condition_expression("attribute_exists(transaction_key)")
            .update_expression(update)
            .expression_attribute_values(":data", AttributeValue::S(data.to_owned()))
            .send()
            .await;
        match output {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) => Ok(false),
            Err(error) => Err(StoreError::from_sdk("UpdateItem transactions", error)),
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(item: Item, key: impl ToString) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
