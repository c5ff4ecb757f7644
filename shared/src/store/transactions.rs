//! The table `transactions`: reading an attempt.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::{Store, StoreError, shops::Item};
use crate::domain::transaction::{Transaction, TransactionKey};

pub(super) const TABLE: &str = "transactions";

impl Store {
    /// The attempt under `key`, strongly consistent.
    pub async fn transaction(&self, key: &TransactionKey) -> Result<Option<Transaction>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.transactions)
            .key("transaction_key", AttributeValue::S(key.to_string()))
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
