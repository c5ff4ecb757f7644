//! The table `transactions`: reading an attempt or the record of an act.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::{Store, StoreError, shops::Item};
use crate::domain::{
    act::Act,
    transaction::{Transaction, TransactionKey},
};

pub(super) const TABLE: &str = "transactions";
pub(super) const KEY: &str = "transaction_key";
pub(super) const OWNER_INDEX: &str = "owner_transactions";

impl Store {
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
}

pub(super) fn parse<T: DeserializeOwned>(item: Item, key: &TransactionKey) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
