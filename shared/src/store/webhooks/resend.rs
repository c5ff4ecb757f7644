//! Putting an event at the head of its shop's line, because the merchant asks for it again.

use crate::{
    domain::{
        event::Event,
        webhook::delivery::{Delivery, DeliveryState, Place},
    },
    store::{Store, StoreError},
};

/// How often a write is decided again because the delivery changed after it was read.
const DECISIONS_MAX: u32 = 10;

/// Which events are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Also one that was delivered.
    Any,
    /// Only one that was not delivered.
    Undelivered,
}

impl Store {
    /// Puts the event at the head of its shop's line, with all its tries before it. `read` is its
    /// delivery as it was read, if it has one. Returns whether it waits there now.
    ///
    /// A try that is under way meanwhile is only logged.
    pub async fn resend(
        &self,
        event: &Event,
        mut read: Option<Delivery>,
        which: Resend,
    ) -> Result<bool, StoreError> {
        for _ in 0..DECISIONS_MAX {
            let written = match &read {
                None => self.create_delivery(&Delivery::new(event, Place::Head)).await?,
                Some(delivery)
                    if which == Resend::Undelivered && delivery.state == DeliveryState::Delivered =>
                {
                    return Ok(false);
                }
                // Another call put it there, or a write that was sent twice meets its first copy.
                Some(delivery) if delivery.begins_at_head() => return Ok(true),
                Some(delivery) => self.change_delivery(delivery, &delivery.again()).await?,
            };
            if written {
                return Ok(true);
            }
            read = self.delivery(&event.shop_id, &event.event_key).await?;
        }
        Err(StoreError::Unavailable("the delivery kept changing".to_owned()))
    }
}
