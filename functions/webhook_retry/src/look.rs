//! Looking into the queue: deliveries whose time has come, and the lines of single shops.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use shared::{
    domain::{
        event::EventKey,
        id::ShopId,
        time::UnixMillis,
        webhook::{
            delivery::{DeliveryState, Place, SHARDS},
            endpoint::{EndpointState, WebhookEndpoint},
        },
    },
    edge::{Invocation, Service},
    store::{StoreError, StoredEndpoint, Tombstone},
};

use crate::{
    queues::{Job, Queues, Turn},
    report::report,
};

/// The most deliveries of one shard that one look sees.
const SHARD_COUNT: i32 = 1000;
/// The most lines that one look sees.
const LINES_COUNT: i32 = 200;
/// The most deliveries of one line that one look takes.
const LINE_COUNT: i32 = 100;
/// A line is refilled when its shop has fewer deliveries here.
const REFILL_BELOW: usize = 50;
/// The most deliveries of one shard that one look moves into lines: it has no time for more.
const MOVES_COUNT: usize = 250;
/// The most writes at the same time that move deliveries.
const WRITES_AT_ONCE: usize = 20;
/// A line counts as empty if nothing was put there for so long: the index follows the table with a
/// delay.
const SETTLED_MS: i64 = 60_000;
/// When the line of an active endpoint is looked at again that seems to be empty.
const SEEMS_EMPTY_PAUSE_MS: i64 = 5_000;
/// When the empty line of a failing endpoint is looked at again. Less than a minute, so that each
/// tick does.
const EMPTY_PAUSE_MS: i64 = 50_000;

/// One look.
pub struct Look<'a> {
    pub service: &'a Service,
    pub invocation: &'a Invocation,
    pub queues: &'a mut Queues,
}

impl Look<'_> {
    /// Takes in what is to be tried. Returns whether there was anything to do.
    pub async fn look(&mut self) -> Result<bool, StoreError> {
        let now = self.service.clock.now();
        let mut found = self.queues.under_way() > 0;
        for shard in SHARDS {
            found |= self.look_at_shard(shard, now).await?;
        }
        for shop_id in self.service.store.due_lines(now, LINES_COUNT).await? {
            let looked = self.look_at_line(&shop_id, now).await;
            found |= self.or_set_aside(&shop_id, looked).unwrap_or_default();
        }
        Ok(found)
    }

    /// A failure at one shop ends nothing of another.
    fn or_set_aside<T>(&mut self, shop_id: &ShopId, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                report(self.invocation, shop_id, None, error);
                self.queues.set_aside(shop_id);
                None
            }
        }
    }

    async fn look_at_shard(&mut self, shard: &str, now: UnixMillis) -> Result<bool, StoreError> {
        let due = self.service.store.due_deliveries(shard, now, SHARD_COUNT).await?;
        let found = !due.is_empty();
        let mut surplus = Vec::new();
        for (shop_id, event_key) in due {
            surplus.extend(self.queues.take_in(Job { shop_id, event_key, turn: Turn::Due }));
        }
        surplus.truncate(MOVES_COUNT);
        let mut shops: HashMap<ShopId, Vec<Job>> = HashMap::new();
        for job in surplus {
            shops.entry(job.shop_id.clone()).or_default().push(job);
        }
        for (shop_id, jobs) in shops {
            let moved = self.move_to_line(&shop_id, jobs, now).await;
            self.or_set_aside(&shop_id, moved);
        }
        Ok(found)
    }

    /// Moves deliveries into the line of their shop, so that they stand in nobody's way.
    async fn move_to_line(
        &self,
        shop_id: &ShopId,
        surplus: Vec<Job>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let store = &self.service.store;
        match store.webhook_endpoint(shop_id).await? {
            Some(endpoint) if endpoint.state == EndpointState::Active => {
                store.look_at_line(shop_id, now).await?;
            }
            // It is looked at when the endpoint works again.
            Some(_) => {}
            // Nobody looks at its line. They end one after the other where they are.
            None => return Ok(()),
        }
        let moves = stream::iter(surplus).map(|job| async move {
            let Some(delivery) = store.delivery(&job.shop_id, &job.event_key).await? else { return Ok(()) };
            if delivery.state != DeliveryState::Waiting || delivery.is_in_line() {
                return Ok(());
            }
            store.change_delivery(&delivery, &delivery.placed(Place::Line)).await.map(drop)
        });
        moves.buffer_unordered(WRITES_AT_ONCE).try_collect().await
    }

    async fn look_at_line(&mut self, shop_id: &ShopId, now: UnixMillis) -> Result<bool, StoreError> {
        match self.service.store.stored_endpoint(shop_id).await? {
            Some(StoredEndpoint::Set(endpoint)) if endpoint.next_try_at.is_some_and(|time| time <= now) => {
                match endpoint.state {
                    EndpointState::Active => self.refill(&endpoint, now).await,
                    EndpointState::Failing => self.probe(&endpoint, now).await,
                    EndpointState::Disabled => Ok(false),
                }
            }
            Some(StoredEndpoint::Deleted(tombstone)) => self.drop_line(shop_id, tombstone, now).await,
            // The index shows what is no more.
            Some(StoredEndpoint::Set(_)) | None => Ok(false),
        }
    }

    /// Takes in the first deliveries of an active endpoint's line.
    async fn refill(&mut self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<bool, StoreError> {
        let shop_id = &endpoint.shop_id;
        if self.queues.of(shop_id) >= REFILL_BELOW {
            return Ok(true);
        }
        let line = self.service.store.line(shop_id, LINE_COUNT).await?;
        if line.is_empty() {
            return self.leave_empty(endpoint, now).await.map(|()| false);
        }
        self.take_in_line(shop_id, line);
        Ok(true)
    }

    fn take_in_line(&mut self, shop_id: &ShopId, line: Vec<EventKey>) {
        for event_key in line {
            // What is too much stays where it is.
            let _ = self.queues.take_in(Job { shop_id: shop_id.clone(), event_key, turn: Turn::Due });
        }
    }

    async fn leave_empty(&self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<(), StoreError> {
        let store = &self.service.store;
        let settled = is_settled(endpoint.line_at, now) && self.queues.of(&endpoint.shop_id) == 0;
        store.leave_line(endpoint, (!settled).then(|| now.plus_ms(SEEMS_EMPTY_PAUSE_MS))).await
    }

    /// Takes in the oldest delivery of a failing endpoint.
    async fn probe(&mut self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<bool, StoreError> {
        let (store, shop_id) = (&self.service.store, &endpoint.shop_id);
        if self.queues.of(shop_id) > 0 {
            return Ok(true);
        }
        let Some(event_key) = store.line(shop_id, 1).await?.into_iter().next() else {
            if endpoint.is_without_success(now) {
                store.give_up(endpoint, now).await?;
            } else {
                store.probe_later(shop_id, &endpoint.version, now.plus_ms(EMPTY_PAUSE_MS)).await?;
            }
            return Ok(false);
        };
        let _ = self.queues.take_in(Job { shop_id: shop_id.clone(), event_key, turn: Turn::Probe });
        Ok(true)
    }

    /// Takes in what waits for a deleted endpoint. Its turn ends it, unless a new endpoint is there.
    async fn drop_line(
        &mut self,
        shop_id: &ShopId,
        Tombstone { line_at, .. }: Tombstone,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let store = &self.service.store;
        let line = store.line(shop_id, LINE_COUNT).await?;
        if line.is_empty() {
            if is_settled(Some(line_at), now) {
                store.forget_endpoint(shop_id, line_at).await?;
            }
            return Ok(false);
        }
        self.take_in_line(shop_id, line);
        Ok(true)
    }
}

fn is_settled(line_at: Option<UnixMillis>, now: UnixMillis) -> bool {
    line_at.is_none_or(|line_at| now.get() - line_at.get() >= SETTLED_MS)
}
