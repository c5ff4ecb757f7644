//! Writing what became of a delivery.

use super::{applied, parse, to_item};
use crate::{
    domain::{
        event::EventKey,
        id::ShopId,
        webhook::delivery::{Delivery, DeliveryState, Made},
    },
    store::{Store, StoreError, item::number},
};

/// How often a write is decided again because the delivery changed after it was read.
const DECISIONS_MAX: u32 = 10;

impl Store {
    /// Reads the delivery of an event, strongly consistent.
    pub async fn delivery(
        &self,
        shop_id: &ShopId,
        event_key: &EventKey,
    ) -> Result<Option<Delivery>, StoreError> {
        let item = self.webhook_item(shop_id.as_str(), event_key.as_str()).await?;
        item.map(|item| parse(item, shop_id)).transpose()
    }

    /// Puts a delivery if the event has none. Returns `false` if it has one.
    pub async fn create_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        self.write_delivery(None, delivery).await
    }

    /// Changes a delivery if it is still as it was read. Returns `false` if not.
    pub async fn change_delivery(&self, read: &Delivery, changed: &Delivery) -> Result<bool, StoreError> {
        self.write_delivery(Some(read), changed).await
    }

    /// Writes a try to the log of `delivery`, with what follows from it. `stored` tells whether the
    /// delivery was read from the table. Returns what is stored then.
    ///
    /// If the delivery changed meanwhile, the try belongs to what it is now. A try of an earlier
    /// round, or of an ended delivery, is only logged.
    pub async fn log_try(
        &self,
        delivery: &Delivery,
        stored: bool,
        made: &Made,
    ) -> Result<Delivery, StoreError> {
        let (mut read, mut after) = (stored.then(|| delivery.clone()), delivery.after(made));
        for _ in 0..DECISIONS_MAX {
            if self.write_delivery(read.as_ref(), &after).await? {
                return Ok(after);
            }
            let current = self.delivery(&delivery.shop_id, &delivery.event_key).await?;
            after = match &current {
                // The write was sent twice, and its first copy is there.
                Some(current) if current.has_content_of(&after) => return Ok(current.clone()),
                Some(current)
                    if current.round == delivery.round && current.state == DeliveryState::Waiting =>
                {
                    current.after(made)
                }
                Some(current) => current.with_try(made),
                None => delivery.after(made),
            };
            read = current;
        }
        Err(StoreError::Unavailable("the delivery kept changing".to_owned()))
    }

    async fn write_delivery(&self, read: Option<&Delivery>, delivery: &Delivery) -> Result<bool, StoreError> {
        let revision = read.map_or(0, |read| read.revision.wrapping_add(1));
        let next = Delivery { revision, ..delivery.clone() };
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.webhooks)
            .set_item(Some(to_item(&next, &delivery.shop_id)?));
        let put = match read {
            None => put.condition_expression("attribute_not_exists(shop_id)"),
            Some(read) => put
                .condition_expression("revision = :read")
                .expression_attribute_values(":read", number(read.revision)),
        };
        applied("PutItem webhooks", put.send().await)
    }
}
