//! The queue: what the index `due_deliveries` shows.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};
use futures_util::future::try_join_all;

use super::INDEX;
use crate::{
    domain::{
        event::EventKey,
        id::ShopId,
        time::UnixMillis,
        webhook::{
            delivery::{SHARDS, line},
            endpoint::{EndpointState, PROBES, WebhookEndpoint},
        },
    },
    store::{
        Store, StoreError,
        item::{Item, number, text},
    },
};

/// The most entries that a count looks at in one part of the queue: what one read of 1 MB holds.
const COUNTED_MAX: i32 = 5000;

impl Store {
    /// Returns deliveries of one shard whose time has come, the longest waiting first, at most
    /// `count`.
    pub async fn due_deliveries(
        &self,
        shard: &str,
        now: UnixMillis,
        count: i32,
    ) -> Result<Vec<(ShopId, EventKey)>, StoreError> {
        let output = self
            .due(shard, now)
            .limit(count)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query due_deliveries", error))?;
        Ok(output.items.unwrap_or_default().iter().filter_map(delivery_key).collect())
    }

    /// Returns the first deliveries in the line of a shop, at most `count`.
    pub async fn line(&self, shop_id: &ShopId, count: i32) -> Result<Vec<EventKey>, StoreError> {
        let output = self
            .due(&line(shop_id), UnixMillis::MAX)
            .limit(count)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query due_deliveries", error))?;
        let keys = output.items.unwrap_or_default();
        Ok(keys.iter().filter_map(|item| delivery_key(item).map(|(_, key)| key)).collect())
    }

    /// Returns the shops whose lines are to be looked at, at most `count`.
    pub async fn due_lines(&self, now: UnixMillis, count: i32) -> Result<Vec<ShopId>, StoreError> {
        let output = self
            .due(PROBES, now)
            .limit(count)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query due_deliveries", error))?;
        Ok(output.items.unwrap_or_default().iter().filter_map(shop_id).collect())
    }

    /// Counts the waiting deliveries of a shop. Looks at 5,000 entries at most in each part of the
    /// queue. The index follows with a short delay.
    pub async fn count_waiting(&self, shop_id: &ShopId) -> Result<usize, StoreError> {
        let own = line(shop_id);
        let in_shards = SHARDS.map(|shard| self.count_in(shard, Some(shop_id)));
        let (in_line, in_shards) =
            futures_util::try_join!(self.count_in(&own, None), try_join_all(in_shards))?;
        Ok(in_line + in_shards.into_iter().sum::<usize>())
    }

    /// Counts the endpoints whose lines are looked at: those that fail, and active ones that catch up.
    /// Counts 5,000 at most.
    pub async fn count_lines(&self) -> Result<usize, StoreError> {
        self.count_in(PROBES, None).await
    }

    /// Has the line of a shop looked at from now on, for at least a minute: something is to be put
    /// there. Returns `false` if the shop has no endpoint, or a disabled one.
    ///
    /// Call it before the line is written. After a crash in between, what is in the line is found.
    pub async fn look_at_line(&self, shop_id: &ShopId, now: UnixMillis) -> Result<bool, StoreError> {
        let output = self
            .update_endpoint(shop_id)
            .update_expression("SET due = :probe, next_try_at = :now, line_at = :now")
            .condition_expression("attribute_exists(shop_id) AND #state <> :disabled")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":disabled", text(EndpointState::Disabled.into_str()))
            .expression_attribute_values(":probe", text(PROBES))
            .expression_attribute_values(":now", number(now))
            .send()
            .await;
        super::applied("UpdateItem webhooks", output)
    }

    /// Looks at the line of an active endpoint no more, or at `again` only, if nothing was put there
    /// since it was read.
    pub async fn leave_line(
        &self,
        endpoint: &WebhookEndpoint,
        again: Option<UnixMillis>,
    ) -> Result<(), StoreError> {
        let update = self.update_endpoint(&endpoint.shop_id);
        let update = match again {
            None => update.update_expression("REMOVE due, next_try_at"),
            Some(time) => update
                .update_expression("SET next_try_at = :time")
                .expression_attribute_values(":time", number(time)),
        };
        let update = update
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":version", text(endpoint.version.as_str()))
            .expression_attribute_values(":active", text(EndpointState::Active.into_str()));
        let same = "#version = :version AND #state = :active";
        let update = match endpoint.line_at {
            Some(line_at) => update
                .condition_expression(format!("{same} AND line_at = :line_at"))
                .expression_attribute_values(":line_at", number(line_at)),
            None => update.condition_expression(format!("{same} AND attribute_not_exists(line_at)")),
        };
        super::applied("UpdateItem webhooks", update.send().await).map(drop)
    }

    fn due(&self, part: &str, until: UnixMillis) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.webhooks)
            .index_name(INDEX)
            .key_condition_expression("due = :part AND next_try_at <= :until")
            .expression_attribute_values(":part", text(part))
            .expression_attribute_values(":until", number(until))
    }

    async fn count_in(&self, part: &str, shop_id: Option<&ShopId>) -> Result<usize, StoreError> {
        let mut query = self.due(part, UnixMillis::MAX).select(Select::Count).limit(COUNTED_MAX);
        if let Some(shop_id) = shop_id {
            query = query
                .filter_expression("shop_id = :shop")
                .expression_attribute_values(":shop", text(shop_id));
        }
        let output =
            query.send().await.map_err(|error| StoreError::from_sdk("Query due_deliveries", error))?;
        Ok(usize::try_from(output.count).unwrap_or_default())
    }
}

fn shop_id(item: &Item) -> Option<ShopId> {
    ShopId::parse(item.get("shop_id")?.as_s().ok()?).ok()
}

fn delivery_key(item: &Item) -> Option<(ShopId, EventKey)> {
    Some((shop_id(item)?, EventKey::parse(item.get("record")?.as_s().ok()?).ok()?))
}
