//! Walking through a shop's journal, oldest first, for the audit.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError, events,
    payment_history::{Stored, read},
};
use crate::domain::{
    event::{Event, EventKey},
    id::{OrderKey, ShopId},
    payment::Payment,
};

/// A page of a shop's journal.
#[derive(Clone, Debug)]
pub struct EventWalk {
    /// By their keys. Unreadable ones are included.
    pub events: Vec<(String, Stored<Event>)>,
    pub more: bool,
}

impl Store {
    /// Reads at most `limit` events of `shop_id` after the key `after`, oldest first, strongly
    /// consistent. DynamoDB ends a page at 1 MB, so it may have fewer although there are more.
    pub async fn walk_events(
        &self,
        shop_id: &ShopId,
        after: Option<&str>,
        limit: i32,
    ) -> Result<EventWalk, StoreError> {
        let output = self
            .client
            .query()
            .table_name(&self.tables.events)
            .key_condition_expression("shop_id = :shop AND event_key > :after")
            .expression_attribute_values(":shop", AttributeValue::S(shop_id.to_string()))
            // A text that sorts before every key.
            .expression_attribute_values(":after", AttributeValue::S(after.unwrap_or("0").to_owned()))
            .consistent_read(true)
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query events", error))?;
        let events = output.items.unwrap_or_default().into_iter().map(|item| {
            let key = item.get(events::KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
            (key, read(Some(item)))
        });
        Ok(EventWalk { events: events.collect(), more: output.last_evaluated_key.is_some() })
    }

    /// Reads the payments under `keys`, strongly consistent. A key must not occur twice.
    pub async fn stored_payments(
        &self,
        keys: &[OrderKey],
    ) -> Result<HashMap<String, Stored<Payment>>, StoreError> {
        let keys: Vec<String> = keys.iter().map(OrderKey::to_string).collect();
        let items = self.items(&self.tables.payments, "order_key", &keys).await?;
        Ok(items.into_iter().map(|(key, item)| (key, read(Some(item)))).collect())
    }

    /// Reads the events under `keys`, strongly consistent. A key must not occur twice.
    pub async fn stored_events(
        &self,
        shop_id: &ShopId,
        keys: &[EventKey],
    ) -> Result<HashMap<EventKey, Stored<Event>>, StoreError> {
        let items = self.events_by_key(shop_id, keys).await?;
        Ok(items.into_iter().map(|(key, item)| (key, read(Some(item)))).collect())
    }
}
