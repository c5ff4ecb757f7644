//! The table `events`: the journal. Events are put once and never changed.

use super::{
    Store, StoreError,
    transact::{Subject, Write},
};
use crate::domain::event::Event;

pub(super) const TABLE: &str = "events";

impl Store {
    /// Puts `event`. The only write of this table: it belongs into the transaction of the change
    /// that the event records.
    ///
    /// The change's own condition prevents a second event. This one protects an event against being
    /// overwritten.
    pub(super) fn put_event(&self, event: &Event) -> Result<Write, StoreError> {
        let item = serde_dynamo::to_item(event)
            .map_err(|problem| StoreError::corrupt(TABLE, &event.event_key, problem))?;
        Write::put(Subject::Event, &self.tables.events, item, "attribute_not_exists(event_key)")
    }
}
