//! The table `events`: the journal. Events are put once and never changed.

use super::{
    Store, StoreError,
    item::{Item, text},
    transact::{Subject, Write},
};
use crate::domain::{event::Event, id::ShopId};

pub(super) const TABLE: &str = "events";
pub(super) const KEY: &str = "event_key";

impl Store {
    /// Puts `event`. The only write of this table: it belongs into the transaction of the change
    /// that the event records.
    ///
    /// A repair puts an event that is lost, with the repair of its change.
    ///
    /// The change's own condition prevents a second event. This one protects an event against being
    /// overwritten.
    pub(super) fn put_event(&self, event: &Event) -> Result<Write, StoreError> {
        let item = serde_dynamo::to_item(event)
            .map_err(|problem| StoreError::corrupt(TABLE, &event.event_key, problem))?;
        Write::put(Subject::Event, &self.tables.events, item, "attribute_not_exists(event_key)")
    }
}

/// The key of an item.
pub(super) fn item_key(shop_id: &ShopId, key: &str) -> Item {
    Item::from([("shop_id".to_owned(), text(shop_id)), (KEY.to_owned(), text(key))])
}
