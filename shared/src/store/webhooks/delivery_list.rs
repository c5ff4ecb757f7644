//! The log of deliveries, newest event first.

use std::collections::HashMap;

use super::{TABLE, item_key, parse};
use crate::{
    domain::{
        event::EventKey,
        id::ShopId,
        page::Limit,
        webhook::delivery::{Delivery, DeliveryState},
    },
    store::{Store, StoreError, item::text},
};

/// The most deliveries that a page looks at, whatever it filters.
const LOOKED_AT_MAX: usize = 1000;

/// A page of a shop's deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryPage {
    pub deliveries: Vec<Delivery>,
    /// The last delivery that the page looked at, if there is something behind it.
    pub next: Option<EventKey>,
}

impl Store {
    /// Reads the deliveries of `shop_id` behind `after`, newest event first. Returns `limit` of
    /// them, or fewer if they are rare: a page looks at 1,000 deliveries at most.
    pub async fn deliveries(
        &self,
        shop_id: &ShopId,
        state: Option<DeliveryState>,
        after: Option<&EventKey>,
        limit: Limit,
    ) -> Result<DeliveryPage, StoreError> {
        let (mut deliveries, mut looked_at) = (Vec::new(), 0);
        let mut reached = after.cloned();
        loop {
            // One more than requested shows whether there are more. Each further read looks at as
            // many as all before, so that a rare state takes few round trips.
            let count = limit.plus_one().max(looked_at).min(LOOKED_AT_MAX - looked_at);
            let (read, more) = self.read_deliveries(shop_id, reached.as_ref(), count).await?;
            looked_at += read.len();
            for delivery in read {
                let shown = state.is_none_or(|wanted| delivery.state == wanted);
                if shown && deliveries.len() == usize::from(limit.get()) {
                    return Ok(DeliveryPage { deliveries, next: reached });
                }
                reached = Some(delivery.event_key.clone());
                deliveries.extend(shown.then_some(delivery));
            }
            if !more || looked_at >= LOOKED_AT_MAX {
                return Ok(DeliveryPage { deliveries, next: reached.filter(|_| more) });
            }
        }
    }

    async fn read_deliveries(
        &self,
        shop_id: &ShopId,
        after: Option<&EventKey>,
        count: usize,
    ) -> Result<(Vec<Delivery>, bool), StoreError> {
        // Keys of events begin with a digit, and ":" follows the digits.
        let high = after.map_or(":", EventKey::as_str);
        let output = self
            .client
            .query()
            .table_name(&self.tables.webhooks)
            .key_condition_expression("shop_id = :shop AND #record BETWEEN :low AND :high")
            .expression_attribute_names("#record", "record")
            .expression_attribute_values(":shop", text(shop_id))
            .expression_attribute_values(":low", text("0"))
            .expression_attribute_values(":high", text(high))
            .set_exclusive_start_key(after.map(|after| item_key(shop_id.as_str(), after.as_str())))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(count).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query webhooks", error))?;
        let deliveries = output.items.unwrap_or_default().into_iter().map(|item| parse(item, shop_id));
        Ok((deliveries.collect::<Result<_, _>>()?, output.last_evaluated_key.is_some()))
    }

    /// Returns the deliveries of these events, strongly consistent. Events without one are left out.
    /// A key must not occur twice.
    pub async fn deliveries_of(
        &self,
        shop_id: &ShopId,
        keys: &[EventKey],
    ) -> Result<HashMap<EventKey, Delivery>, StoreError> {
        let keys = keys.iter().map(|key| item_key(shop_id.as_str(), key.as_str())).collect();
        let items = self.batch(&self.tables.webhooks, keys).await?;
        let deliveries = items.into_iter().map(|item| {
            let delivery: Delivery = serde_dynamo::from_item(item)
                .map_err(|problem| StoreError::corrupt(TABLE, shop_id, problem))?;
            Ok((delivery.event_key.clone(), delivery))
        });
        deliveries.collect()
    }
}
