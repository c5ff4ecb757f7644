//! Summing a shop's journal into a report, while payments go on.

use aws_sdk_dynamodb::types::Select;
use tokio::time::Instant;

use super::{
    Store, StoreError,
    event_list::bounds,
    events::TABLE,
    item::Item,
    shops::{self, BALANCE},
};
use crate::domain::{
    event::SETTLED_MS,
    id::ShopId,
    report::{MoneyEvent, Report, ReportDays, ReportSums},
    shop::Balance,
    time::UnixMillis,
};

/// What is older than this is rarely still being committed.
const QUIET_MS: i64 = 1_000;
/// How often the balance and the newest events are read before the shop counts as too busy. A try
/// takes some 20 ms.
const TRIES_MAX: usize = 100;

/// What a report needs of an event. `type` is a reserved word of DynamoDB.
const ATTRIBUTES: &str = "#type, occurred_at, gross, fee, net";

/// A stretch of a shop's journal: from `start` on, before `end`.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    shop_id: &'a ShopId,
    start: UnixMillis,
    end: UnixMillis,
}

impl Store {
    /// Sums the events of `days`. Returns `None` if `until` comes before they are read.
    ///
    /// # Errors
    /// The shop is so busy that its balance changes during each try, or the store fails.
    pub async fn report(
        &self,
        shop_id: &ShopId,
        days: ReportDays,
        until: Instant,
    ) -> Result<Option<Report>, StoreError> {
        let first = days.first().start();
        let settled = self.clock.now().plus_ms(-SETTLED_MS).max(first);
        let mut sums = ReportSums::new(days);
        let old = Stretch { shop_id, start: first, end: settled };
        if !self.sum_settled(old, until, &mut sums).await? {
            return Ok(None);
        }
        let (recent, balance) = self.recent(shop_id, settled).await?;
        recent.into_iter().try_for_each(|event| sums.add(event)).ok_or_else(|| overflow(shop_id))?;
        sums.finish(balance.balance).map(Some).ok_or_else(|| overflow(shop_id))
    }

    /// Adds the events of `stretch` page by page, so that any number of them takes the memory of one
    /// page. Returns whether `until` left the time for all of them.
    async fn sum_settled(
        &self,
        stretch: Stretch<'_>,
        until: Instant,
        sums: &mut ReportSums,
    ) -> Result<bool, StoreError> {
        let mut start = None;
        loop {
            if Instant::now() >= until {
                return Ok(false);
            }
            let (events, next) = self.money_events(stretch, false, start).await?;
            let added = events.into_iter().try_for_each(|event| sums.add(event));
            added.ok_or_else(|| overflow(stretch.shop_id))?;
            start = next;
            if start.is_none() {
                return Ok(true);
            }
        }
    }

    /// Reads the events from `start` on, and the balance after exactly these events.
    ///
    /// Two equal readings of the balance prove that nothing moved between them. To keep the time
    /// between them short, all but the events of the last second are read before. Events are only
    /// ever added, so an equal count afterwards proves that those did not change either.
    ///
    /// DynamoDB commits item by item, so the event of a change can come after its balance. The newest
    /// events are therefore counted again, too, beside the second reading.
    async fn recent(
        &self,
        shop_id: &ShopId,
        start: UnixMillis,
    ) -> Result<(Vec<MoneyEvent>, Balance), StoreError> {
        // A shop at rest takes one try, which reads all events between the balances.
        let mut early = Stretch { shop_id, start, end: start };
        let mut events = Vec::new();
        for _ in 0..TRIES_MAX {
            let before = self.balance_at_one_moment(shop_id).await?;
            let newest = Stretch { start: early.end, end: UnixMillis::MAX, ..early };
            let late = self.all_events(newest).await?;
            let (after, late_again) =
                tokio::try_join!(self.balance_at_one_moment(shop_id), self.count(newest))?;
            let at_rest = before == after;
            if at_rest && late_again == late.len() && self.count(early).await? == events.len() {
                events.extend(late);
                return Ok((events, after));
            }
            if at_rest || early.end == start {
                early.end = self.clock.now().plus_ms(-QUIET_MS).max(start);
                events = self.all_events(early).await?;
            }
        }
        let detail = format!("the balance of shop {shop_id} changed during {TRIES_MAX} readings");
        Err(StoreError::Unavailable(detail))
    }

    /// Reads the events of `stretch`, strongly consistent. At 50 settlements a second, the last 30
    /// seconds have 1,500.
    async fn all_events(&self, stretch: Stretch<'_>) -> Result<Vec<MoneyEvent>, StoreError> {
        let (mut events, mut start) = (Vec::new(), None);
        loop {
            let (more, next) = self.money_events(stretch, true, start).await?;
            events.extend(more);
            start = next;
            if start.is_none() {
                return Ok(events);
            }
        }
    }

    /// Reads one page of `stretch` and the start of the next.
    async fn money_events(
        &self,
        stretch: Stretch<'_>,
        consistent: bool,
        start: Option<Item>,
    ) -> Result<(Vec<MoneyEvent>, Option<Item>), StoreError> {
        if stretch.is_empty() {
            return Ok((Vec::new(), None));
        }
        let (low, high) = bounds(stretch.start, stretch.end);
        let output = self
            .journal(stretch.shop_id, &low, &high)
            .projection_expression(ATTRIBUTES)
            .expression_attribute_names("#type", "type")
            .consistent_read(consistent)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query events", error))?;
        let events = output.items.unwrap_or_default().into_iter().map(serde_dynamo::from_item);
        let events = events.collect::<Result<_, _>>();
        let events = events.map_err(|problem| StoreError::corrupt(TABLE, stretch.shop_id, problem))?;
        Ok((events, output.last_evaluated_key))
    }

    /// Counts the events of `stretch`, strongly consistent.
    async fn count(&self, stretch: Stretch<'_>) -> Result<usize, StoreError> {
        let (mut count, mut start) = (0, None);
        if stretch.is_empty() {
            return Ok(count);
        }
        let (low, high) = bounds(stretch.start, stretch.end);
        loop {
            let query = self.journal(stretch.shop_id, &low, &high).select(Select::Count);
            let query = query.consistent_read(true).set_exclusive_start_key(start);
            let output = query.send().await.map_err(|error| StoreError::from_sdk("Query events", error))?;
            count += usize::try_from(output.count).unwrap_or_default();
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    /// Reads the balance with a transaction. DynamoDB commits item by item: a plain read could still
    /// see the old balance beside the new event.
    async fn balance_at_one_moment(&self, shop_id: &ShopId) -> Result<Balance, StoreError> {
        let key = shops::item_key(shop_id.as_str(), BALANCE);
        let item = self.read_together(vec![(&self.tables.shops, key)]).await?.into_iter().next().flatten();
        let item = item.ok_or_else(|| StoreError::corrupt(shops::TABLE, shop_id, "no balance"))?;
        shops::parse(item, shop_id)
    }
}

impl Stretch<'_> {
    /// DynamoDB refuses reversed bounds.
    fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

fn overflow(shop_id: &ShopId) -> StoreError {
    StoreError::corrupt(TABLE, shop_id, "the sums of its events exceed 64 bits")
}
