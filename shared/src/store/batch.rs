//! Reading many items by their keys, in batches.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::{Store, StoreError, backoff::Backoff, events, item::Item};
use crate::domain::{event::EventKey, id::ShopId};

/// The most keys in one call (Amazon DynamoDB API Reference, BatchGetItem).
const KEYS_MAX: usize = 100;
/// How long one batch asks again for the keys that DynamoDB left out.
const LEFT_OUT_TIME_MAX: Duration = Duration::from_millis(3000);

impl Store {
    /// Returns the items of `table` whose attribute `key` is one of `values`, strongly consistent,
    /// keyed by that value. Missing items are left out. A value must not occur twice.
    pub(super) async fn items(
        &self,
        table: &str,
        key: &str,
        values: &[String],
    ) -> Result<HashMap<String, Item>, StoreError> {
        let mut items = HashMap::with_capacity(values.len());
        let keys = values
            .iter()
            .map(|value| Item::from([(key.to_owned(), AttributeValue::S(value.clone()))]))
            .collect();
        for item in self.batch(table, keys).await? {
            if let Some(value) = item.get(key).and_then(|value| value.as_s().ok()) {
                items.insert(value.clone(), item);
            }
        }
        Ok(items)
    }

    /// Returns the events of `shop_id` with these keys, strongly consistent, by their keys. Missing
    /// ones are left out. A key must not occur twice.
    pub(super) async fn events_by_key(
        &self,
        shop_id: &ShopId,
        keys: &[EventKey],
    ) -> Result<HashMap<EventKey, Item>, StoreError> {
        let mut items = HashMap::with_capacity(keys.len());
        let keys = keys.iter().map(|key| events::item_key(shop_id, key.as_str())).collect();
        for item in self.batch(&self.tables.events, keys).await? {
            let key = item.get(events::KEY).and_then(|key| EventKey::parse(key.as_s().ok()?).ok());
            items.extend(key.map(|key| (key, item)));
        }
        Ok(items)
    }

    /// Returns the items of `table` with these keys, strongly consistent. Missing ones are left out.
    /// A key must not occur twice.
    pub(super) async fn batch(&self, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(KEYS_MAX) {
            items.extend(self.chunk(table, chunk.to_vec()).await?);
        }
        Ok(items)
    }

    async fn chunk(&self, table: &str, mut keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        let mut backoff = Backoff::within(LEFT_OUT_TIME_MAX);
        loop {
            let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let request = request.map_err(|error| StoreError::Fault(error.to_string()))?;
            let output = self.client.batch_get_item().request_items(table, request).send().await;
            let output = output.map_err(|error| StoreError::from_sdk("BatchGetItem", error))?;
            items.extend(output.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default());
            let left = output.unprocessed_keys.and_then(|mut tables| tables.remove(table));
            let Some(left) = left.filter(|left| !left.keys.is_empty()) else { return Ok(items) };
            keys = left.keys;
            if !backoff.pause().await {
                let detail = format!("BatchGetItem {table}: keys were left out again and again");
                return Err(StoreError::Unavailable(detail));
            }
        }
    }
}
