//! Setting, reading, changing and deleting the endpoint of a shop.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use serde::Deserialize;

use super::{ENDPOINT, after, applied, item_key, parse, to_item, value};
use crate::{
    domain::{
        id::ShopId,
        time::UnixMillis,
        webhook::{
            endpoint::{EndpointState, EndpointVersion, PROBES, TEST_PAUSE_MS, WebhookEndpoint},
            event_types::EventTypes,
            secret::{Secrets, WebhookSecret},
        },
    },
    store::{
        Store, StoreError,
        item::{Item, number, text},
    },
};

/// The record of a shop's endpoint.
#[derive(Clone, Debug)]
pub enum StoredEndpoint {
    Set(Box<WebhookEndpoint>),
    /// It was deleted, and its line is still to be emptied.
    Deleted(Tombstone),
}

/// The record of a deleted endpoint.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tombstone {
    /// When something was put into its line.
    pub line_at: UnixMillis,
    /// When it was tested. Deleting it shortens no pause.
    pub tested_at: Option<UnixMillis>,
    /// Until then it did not count as fast.
    pub slow_until: Option<UnixMillis>,
}

const DELETED: &str = "deleted";
/// How often a rotation is decided again because the secrets changed after they were read.
const DECISIONS_MAX: u32 = 10;

impl Store {
    /// Reads the endpoint of a shop, strongly consistent. Returns `None` if none is set.
    pub async fn webhook_endpoint(&self, shop_id: &ShopId) -> Result<Option<WebhookEndpoint>, StoreError> {
        Ok(match self.stored_endpoint(shop_id).await? {
            Some(StoredEndpoint::Set(endpoint)) => Some(*endpoint),
            Some(StoredEndpoint::Deleted(_)) | None => None,
        })
    }

    /// Reads the record of a shop's endpoint, strongly consistent.
    pub async fn stored_endpoint(&self, shop_id: &ShopId) -> Result<Option<StoredEndpoint>, StoreError> {
        let Some(item) = self.webhook_item(shop_id.as_str(), ENDPOINT).await? else { return Ok(None) };
        Ok(Some(if is_deleted(&item) {
            StoredEndpoint::Deleted(parse(item, shop_id)?)
        } else {
            StoredEndpoint::Set(Box::new(parse(item, shop_id)?))
        }))
    }

    /// Puts an endpoint if the shop has none. Returns `false` if it has another one.
    pub async fn create_endpoint(&self, endpoint: &WebhookEndpoint) -> Result<bool, StoreError> {
        let mut item = to_item(endpoint, &endpoint.shop_id)?;
        item.insert("record".to_owned(), text(ENDPOINT));
        let output = self
            .client
            .put_item()
            .table_name(&self.tables.webhooks)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(shop_id) OR #state = :deleted")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":deleted", text(DELETED))
            .send()
            .await;
        if applied("PutItem webhooks", output)? {
            return Ok(true);
        }
        // The SDK sends the write again after a lost answer, and then meets the first copy.
        let stored = self.webhook_endpoint(&endpoint.shop_id).await?;
        Ok(stored.is_some_and(|stored| stored.version == endpoint.version))
    }

    /// Gives the endpoint another address and other types, and makes it active. Its secrets stay, as
    /// do the time of its last test and the time until which it does not count as fast: else who sets
    /// it again and again could keep the functions waiting.
    /// What waits in its line is looked at. Returns the endpoint after it, or `None` if the shop has
    /// none.
    pub async fn change_endpoint(
        &self,
        shop_id: &ShopId,
        url: &str,
        events: &EventTypes,
        now: UnixMillis,
    ) -> Result<Option<WebhookEndpoint>, StoreError> {
        let update = self
            .update_endpoint(shop_id)
            .update_expression(
                "SET #url = :url, #events = :events, #version = :new_version, #state = :active, set_at = :now, \
                 failures = :none, fast = :not, due = :probe, next_try_at = :now, line_at = :now \
                 REMOVE failing_since, disabled_at, disabled_reason, last_failure, last_failure_at",
            )
            .condition_expression("attribute_exists(shop_id) AND #state <> :deleted")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#url", "url")
            .expression_attribute_names("#events", "events")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":url", text(url))
            .expression_attribute_values(":events", value(events, shop_id)?)
            .expression_attribute_values(":new_version", text(EndpointVersion::random().as_str()))
            .expression_attribute_values(":active", text(EndpointState::Active.into_str()))
            .expression_attribute_values(":deleted", text(DELETED))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":not", value(&false, shop_id)?)
            .expression_attribute_values(":probe", text(PROBES));
        after(update, shop_id).await
    }

    /// Deletes the endpoint and its secrets. What waits is dropped by the next ticks. A shop without
    /// an endpoint stays so.
    pub async fn delete_endpoint(&self, shop_id: &ShopId, now: UnixMillis) -> Result<(), StoreError> {
        let output = self
            .update_endpoint(shop_id)
            // All but the time of the last test and `slow_until`.
            .update_expression(
                "SET #state = :deleted, line_at = :now, due = :probe, next_try_at = :now \
                 REMOVE #url, #events, secrets, #version, set_at, failures, fast, failing_since, disabled_at, \
                 disabled_reason, last_success_at, last_failure_at, last_failure",
            )
            .condition_expression("attribute_exists(shop_id) AND #state <> :deleted")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#url", "url")
            .expression_attribute_names("#events", "events")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":deleted", text(DELETED))
            .expression_attribute_values(":probe", text(PROBES))
            .expression_attribute_values(":now", number(now))
            .send()
            .await;
        applied("UpdateItem webhooks", output).map(drop)
    }

    /// Removes the record of a deleted endpoint if nothing was put into its line since `line_at`.
    pub async fn forget_endpoint(&self, shop_id: &ShopId, line_at: UnixMillis) -> Result<(), StoreError> {
        let output = self
            .client
            .delete_item()
            .table_name(&self.tables.webhooks)
            .set_key(Some(item_key(shop_id.as_str(), ENDPOINT)))
            .condition_expression("#state = :deleted AND line_at = :line_at")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":deleted", text(DELETED))
            .expression_attribute_values(":line_at", number(line_at))
            .send()
            .await;
        applied("DeleteItem webhooks", output).map(drop)
    }

    /// Puts `secret` in the place of the newest one, which stays valid until `old_valid_until`.
    /// Returns `false` if the shop has no endpoint.
    pub async fn rotate_secret(
        &self,
        shop_id: &ShopId,
        secret: &WebhookSecret,
        old_valid_until: UnixMillis,
    ) -> Result<bool, StoreError> {
        for _ in 0..DECISIONS_MAX {
            let Some(endpoint) = self.webhook_endpoint(shop_id).await? else { return Ok(false) };
            // A write that was sent twice meets its first copy.
            if endpoint.secrets.newest().is(secret) {
                return Ok(true);
            }
            let secrets = endpoint.secrets.rotated(secret.clone(), old_valid_until);
            if self.replace_secrets(shop_id, &endpoint.secrets, &secrets).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Unavailable("the secrets kept changing".to_owned()))
    }

    /// Writes `secrets` if the endpoint still has those that were read. Returns `false` if not.
    async fn replace_secrets(
        &self,
        shop_id: &ShopId,
        read: &Secrets,
        secrets: &Secrets,
    ) -> Result<bool, StoreError> {
        let output = self
            .update_endpoint(shop_id)
            .update_expression("SET secrets = :secrets")
            .condition_expression("secrets = :read")
            .expression_attribute_values(":secrets", value(secrets, shop_id)?)
            .expression_attribute_values(":read", value(read, shop_id)?)
            .send()
            .await;
        applied("UpdateItem webhooks", output)
    }

    /// Marks a test of the endpoint as made at `now`. Returns `false` if the last one was less than
    /// [`TEST_PAUSE_MS`] ago, or if there is no endpoint. `test_id` names this test: a write that was
    /// sent twice meets its first copy.
    pub async fn begin_test(
        &self,
        shop_id: &ShopId,
        test_id: &str,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let output = self
            .update_endpoint(shop_id)
            .update_expression("SET tested_at = :now, test_id = :test")
            .condition_expression(
                "attribute_exists(shop_id) AND #state <> :deleted \
                 AND (attribute_not_exists(tested_at) OR tested_at <= :before OR test_id = :test)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":deleted", text(DELETED))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":test", text(test_id))
            .expression_attribute_values(":before", number(now.plus_ms(-TEST_PAUSE_MS)))
            .send()
            .await;
        applied("UpdateItem webhooks", output)
    }

    pub(super) fn update_endpoint(&self, shop_id: &ShopId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.tables.webhooks)
            .set_key(Some(item_key(shop_id.as_str(), ENDPOINT)))
    }
}

fn is_deleted(item: &Item) -> bool {
    item.get("state").and_then(|state| state.as_s().ok()).is_some_and(|state| state == DELETED)
}
