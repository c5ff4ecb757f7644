//! The lease of the retry function: a second one that is invoked meanwhile sends nothing.

use super::{applied, item_key};
use crate::{
    domain::time::UnixMillis,
    store::{
        Store, StoreError,
        item::{number, text},
    },
};

/// The partition of the lease. No shop has this id.
const PARTITION: &str = "#retry";
const LEASE: &str = "lease";

impl Store {
    /// Takes the lease until `until`, for `holder`. Returns `false` if somebody has it at `now`.
    pub async fn take_retry_lease(
        &self,
        holder: &str,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Result<bool, StoreError> {
        let mut item = item_key(PARTITION, LEASE);
        item.extend([("holder".to_owned(), text(holder)), ("held_until".to_owned(), number(until))]);
        let output = self
            .client
            .put_item()
            .table_name(&self.tables.webhooks)
            .set_item(Some(item))
            // The SDK sends the write again after a lost answer, so the holder may take it twice.
            .condition_expression("attribute_not_exists(shop_id) OR held_until <= :now OR holder = :holder")
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":holder", text(holder))
            .send()
            .await;
        applied("PutItem webhooks", output)
    }

    /// Gives the lease back, if `holder` still has it.
    pub async fn give_retry_lease_back(&self, holder: &str) -> Result<(), StoreError> {
        let output = self
            .client
            .update_item()
            .table_name(&self.tables.webhooks)
            .set_key(Some(item_key(PARTITION, LEASE)))
            .update_expression("SET held_until = :past")
            .condition_expression("holder = :holder")
            .expression_attribute_values(":past", number(0))
            .expression_attribute_values(":holder", text(holder))
            .send()
            .await;
        applied("UpdateItem webhooks", output).map(drop)
    }
}
