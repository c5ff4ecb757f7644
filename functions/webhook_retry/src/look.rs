//! Looking into the queue: deliveries whose time has come, and the lines of single shops.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use shared::{
    domain::{
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
const LINES_COUNT: i32 = 1000;
/// The most deliveries of one line that one look takes.
const LINE_COUNT: i32 = 100;
/// A line is refilled when its shop has fewer deliveries here.
const REFILL_BELOW: usize = 50;
/// The most deliveries of one shard that one look moves into lines: it has no time for more.
const MOVES_COUNT: usize = 250;
/// The most writes at the same time that move deliveries.
const WRITES_AT_ONCE: usize = 20;
/// The most lines that are read at the same time.
const LOOKS_AT_ONCE: usize = 20;
/// A line counts as empty if nothing was put there for so long: the index follows the table with a
/// delay.
const SETTLED_MS: i64 = 60_000;
/// When the line of an active endpoint is looked at again that seems to be empty.
const SEEMS_EMPTY_PAUSE_MS: i64 = 5_000;
/// When the empty line of a failing endpoint is looked at again. Less than a minute, so that each
/// tick does.
const EMPTY_PAUSE_MS: i64 = 50_000;

/// What a look found in a line.
enum Line {
    Nothing,
    /// What it takes in of it, which may be nothing while the shop is busy.
    Of(Vec<Job>),
}

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
        Ok(found | self.look_at_lines(now).await?)
    }

    async fn look_at_lines(&mut self, now: UnixMillis) -> Result<bool, StoreError> {
        let shops = self.service.store.due_lines(now, LINES_COUNT).await?;
        let looks = stream::iter(shops).map(|shop_id| {
            let look = &*self;
            async move {
                let looked = look.look_at_line(&shop_id, now).await;
                (shop_id, looked)
            }
        });
        let looked: Vec<_> = looks.buffer_unordered(LOOKS_AT_ONCE).collect().await;
        let mut found = false;
        for (shop_id, looked) in looked {
            let Some(Line::Of(jobs)) = self.or_set_aside(&shop_id, looked) else { continue };
            found = true;
            for job in jobs {
                // What is too much stays where it is.
                let _ = self.queues.take_in(job);
            }
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

    async fn look_at_line(&self, shop_id: &ShopId, now: UnixMillis) -> Result<Line, StoreError> {
        match self.service.store.stored_endpoint(shop_id).await? {
            Some(StoredEndpoint::Set(endpoint)) if endpoint.next_try_at.is_some_and(|time| time <= now) => {
                match endpoint.state {
                    EndpointState::Active => self.refill(&endpoint, now).await,
                    EndpointState::Failing => self.probe(&endpoint, now).await,
                    EndpointState::Disabled => Ok(Line::Nothing),
                }
            }
            Some(StoredEndpoint::Deleted(tombstone)) => self.drop_line(shop_id, tombstone, now).await,
            // The index shows what is no more.
            Some(StoredEndpoint::Set(_)) | None => Ok(Line::Nothing),
        }
    }

    /// The first deliveries of an active endpoint's line.
    async fn refill(&self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<Line, StoreError> {
        if self.queues.of(&endpoint.shop_id) >= REFILL_BELOW {
            return Ok(Line::Of(Vec::new()));
        }
        let jobs = self.first_in_line(&endpoint.shop_id, LINE_COUNT, Turn::Due).await?;
        if jobs.is_empty() {
            self.leave_empty(endpoint, now).await?;
            return Ok(Line::Nothing);
        }
        Ok(Line::Of(jobs))
    }

    async fn first_in_line(&self, shop_id: &ShopId, count: i32, turn: Turn) -> Result<Vec<Job>, StoreError> {
        let line = self.service.store.line(shop_id, count).await?;
        let job = |event_key| Job { shop_id: shop_id.clone(), event_key, turn };
        Ok(line.into_iter().map(job).collect())
    }

    async fn leave_empty(&self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<(), StoreError> {
        let store = &self.service.store;
        let settled = is_settled(endpoint.line_at, now) && self.queues.of(&endpoint.shop_id) == 0;
        store.leave_line(endpoint, (!settled).then(|| now.plus_ms(SEEMS_EMPTY_PAUSE_MS))).await
    }

    /// The oldest delivery of a failing endpoint.
    async fn probe(&self, endpoint: &WebhookEndpoint, now: UnixMillis) -> Result<Line, StoreError> {
        let (store, shop_id) = (&self.service.store, &endpoint.shop_id);
        if self.queues.of(shop_id) > 0 {
            return Ok(Line::Of(Vec::new()));
        }
        let oldest = self.first_in_line(shop_id, 1, Turn::Probe).await?;
        if !oldest.is_empty() {
            return Ok(Line::Of(oldest));
        }
        if endpoint.is_without_success(now) {
            store.give_up(endpoint, now).await?;
        } else {
            store.probe_later(endpoint, now.plus_ms(EMPTY_PAUSE_MS)).await?;
        }
        Ok(Line::Nothing)
    }

    /// What waits for a deleted endpoint. Its turn ends it, unless a new endpoint is there.
    async fn drop_line(
        &self,
        shop_id: &ShopId,
        Tombstone { line_at, .. }: Tombstone,
        now: UnixMillis,
    ) -> Result<Line, StoreError> {
        let jobs = self.first_in_line(shop_id, LINE_COUNT, Turn::Due).await?;
        if !jobs.is_empty() {
            return Ok(Line::Of(jobs));
        }
        if is_settled(Some(line_at), now) {
            self.service.store.forget_endpoint(shop_id, line_at).await?;
        }
        Ok(Line::Nothing)
    }
}

fn is_settled(line_at: Option<UnixMillis>, now: UnixMillis) -> bool {
    line_at.is_none_or(|line_at| now.get() - line_at.get() >= SETTLED_MS)
}
