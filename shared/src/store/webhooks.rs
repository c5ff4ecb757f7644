//! The table `webhooks`: the endpoint of each shop, and the delivery of each event to it.
//!
//! The sparse index `due_deliveries` is the queue. It follows the table with a short delay, so what
//! it shows is only a hint: whoever works on it reads the item itself.

mod deliveries;
mod delivery_list;
mod endpoint_health;
mod endpoints;
mod lease;
mod queue;
mod resend;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValue},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Store, StoreError,
    item::{Item, text},
};
use crate::domain::{id::ShopId, webhook::endpoint::WebhookEndpoint};

pub use delivery_list::DeliveryPage;
pub use endpoints::{StoredEndpoint, Tombstone};
pub use resend::Resend;

const TABLE: &str = "webhooks";
const INDEX: &str = "due_deliveries";
/// The record of an endpoint. The records of deliveries begin with a digit, so it sorts behind them.
const ENDPOINT: &str = "endpoint";

impl Store {
    /// Reads an item, strongly consistent.
    async fn webhook_item(&self, shop_id: &str, record: &str) -> Result<Option<Item>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.webhooks)
            .set_key(Some(item_key(shop_id, record)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem webhooks", error))?;
        Ok(output.item)
    }
}

/// The key of an item.
fn item_key(shop_id: &str, record: &str) -> Item {
    Item::from([("shop_id".to_owned(), text(shop_id)), ("record".to_owned(), text(record))])
}

fn parse<T: DeserializeOwned>(item: Item, shop_id: &ShopId) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, shop_id, problem))
}

fn to_item(value: &impl Serialize, shop_id: &ShopId) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value).map_err(|problem| StoreError::corrupt(TABLE, shop_id, problem))
}

fn value(value: &impl Serialize, shop_id: &ShopId) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|problem| StoreError::corrupt(TABLE, shop_id, problem))
}

/// Returns whether a conditional write was applied. `false` if its condition failed.
fn applied<T, E>(action: &str, result: Result<T, SdkError<E>>) -> Result<bool, StoreError>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    SdkError<E>: std::error::Error,
{
    const CONDITION_FAILED: &str = "ConditionalCheckFailedException";
    match result {
        Ok(_) => Ok(true),
        Err(error)
            if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some(CONDITION_FAILED) =>
        {
            Ok(false)
        }
        Err(error) => Err(StoreError::from_sdk(action, error)),
    }
}

/// Returns the endpoint after `update`, or `None` if its condition failed.
async fn after(
    update: UpdateItemFluentBuilder,
    shop_id: &ShopId,
) -> Result<Option<WebhookEndpoint>, StoreError> {
    match update.return_values(ReturnValue::AllNew).send().await {
        Ok(output) => parse(output.attributes.unwrap_or_default(), shop_id).map(Some),
        Err(error)
            if matches!(
                error.as_service_error(),
                Some(UpdateItemError::ConditionalCheckFailedException(_))
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(StoreError::from_sdk("UpdateItem webhooks", error)),
    }
}
