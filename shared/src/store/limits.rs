//! The table `limits`: one counter per shop and minute. It holds no money, and may be lost.

use std::time::Duration;

use aws_sdk_dynamodb::{
    config::{Config, retry::RetryConfig},
    types::ReturnValue,
};
use tokio::time::timeout;

use super::{
    Store, StoreError,
    item::{number, text},
};
use crate::domain::{id::ShopId, tokens::Lease};

pub(super) const TABLE: &str = "limits";
/// A payment waits no longer for its counter, and is created without it.
const COUNTER_TIMEOUT: Duration = Duration::from_millis(200);
/// How long DynamoDB keeps a counter after its minute. Clocks of instances may differ by seconds.
const KEPT_SECONDS: i64 = 600;

impl Store {
    /// Adds `lease` to the counter of its minute. Returns where the counter stood before.
    pub async fn add_lease(&self, shop_id: &ShopId, lease: Lease) -> Result<u64, StoreError> {
        let key = format!("rate#{shop_id}#{}", lease.minute);
        // A retry after a lost answer would count twice.
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.limits)
            .key("limit_key", text(&key))
            .update_expression("ADD tokens :size SET ends_at = :ends_at")
            .expression_attribute_values(":size", number(lease.size()))
            .expression_attribute_values(":ends_at", number((lease.minute + 1) * 60 + KEPT_SECONDS))
            .return_values(ReturnValue::UpdatedNew)
            .customize()
            .config_override(once)
            .send();
        let output = timeout(COUNTER_TIMEOUT, update)
            .await
            .map_err(|_| StoreError::Unavailable("UpdateItem limits: no answer in time".to_owned()))?
            .map_err(|error| StoreError::from_sdk("UpdateItem limits", error))?;
        let after = output.attributes().and_then(|item| item.get("tokens")?.as_n().ok()?.parse::<u64>().ok());
        after
            .and_then(|after| after.checked_sub(lease.size().into()))
            .ok_or_else(|| StoreError::corrupt(TABLE, key, "no count of tokens"))
    }
}
