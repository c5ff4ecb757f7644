//! Listing a shop's payments, newest first: those that a filter accepts, or all after an offset.
//!
//! A list follows the table within about a second, as its index does.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};
use tokio::time::Instant;

use super::{
    Store, StoreError,
    item::{Item, text},
    payments::{INDEX, ORDER_KEY, TABLE, parse, parse_row},
};
use crate::domain::{
    day::DayRange,
    id::{OrderKey, ShopId},
    page::{Cursor, Limit, Offset, SortKey},
    payment::{Payment, PaymentRow, ShopOrder, Status},
    text::MerchantOrderId,
    time::UnixMillis,
};

const ORDERS_INDEX: &str = "shop_orders";
/// The most rows in one query: far below the 1 MB at which DynamoDB ends a page.
const QUERY_ROWS_MAX: usize = 500;
/// The most rows that a page by merchant order id looks at: those of the largest page. Each costs a
/// read of its own, because the index holds keys only.
const ORDER_ROWS_MAX: usize = Limit::MAX.plus_one();

/// Which payments a list shows. The default shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<Status>,
    /// The days of their creation.
    pub days: DayRange,
    pub merchant_order_id: Option<MerchantOrderId>,
}

/// What a page may read.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The rows that it looks at.
    pub rows: usize,
    /// When the answer must be on its way. A page ends after half of the time until then, so that
    /// its last query has the other half.
    pub deadline: Instant,
}

/// A page of a shop's payments, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<PaymentRow>,
    /// The start of the next page, or `None` on the last page. The next page may be empty if there
    /// is a filter.
    pub next: Option<Cursor>,
}

/// The part of an index that a list reads.
struct Range<'a> {
    shop_id: &'a ShopId,
    filter: &'a Filter,
    from: String,
    before: String,
}

/// Where a list goes on.
enum Start {
    Newest,
    After(Item),
    PastTheEnd,
}

impl Store {
    /// Reads a page of the payments of `shop_id` that `filter` accepts at `now`, after the position
    /// `after`. If few of many match, a page has fewer than `limit` rows.
    pub async fn search_payments(
        &self,
        shop_id: &ShopId,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: Limit,
        now: UnixMillis,
        bounds: Bounds,
    ) -> Result<Page, StoreError> {
        let range = Range::new(shop_id, filter);
        match range.start(after) {
            Start::Newest => self.page(&range, None, limit, now, bounds).await,
            Start::After(key) => self.page(&range, Some(key), limit, now, bounds).await,
            Start::PastTheEnd => Ok(Page { rows: Vec::new(), next: None }),
        }
    }

    /// Reads a page of the payments of `shop_id` after the first `offset` of them. Returns `None` if
    /// the deadline came before the offset was reached.
    pub async fn payments_from(
        &self,
        shop_id: &ShopId,
        offset: Offset,
        limit: Limit,
        now: UnixMillis,
        bounds: Bounds,
    ) -> Result<Option<Page>, StoreError> {
        let all = Filter::default();
        let range = Range::new(shop_id, &all);
        match self.skip(&range, offset.get(), bounds.deadline).await? {
            None => Ok(None),
            Some(Start::PastTheEnd) => Ok(Some(Page { rows: Vec::new(), next: None })),
            Some(Start::Newest) => self.page(&range, None, limit, now, bounds).await.map(Some),
            Some(Start::After(key)) => self.page(&range, Some(key), limit, now, bounds).await.map(Some),
        }
    }

    /// Reads the newest payment with this merchant order id. One that was created within the last
    /// second may be missing. What is found is read strongly consistent.
    pub async fn newest_payment(
        &self,
        shop_id: &ShopId,
        merchant_order_id: &MerchantOrderId,
    ) -> Result<Option<Payment>, StoreError> {
        let filter = Filter { merchant_order_id: Some(merchant_order_id.clone()), ..Filter::default() };
        let query = self.newest_first(&Range::new(shop_id, &filter)).limit(1);
        let output = query.send().await.map_err(|error| StoreError::from_sdk("Query shop_orders", error))?;
        match output.items.unwrap_or_default().pop() {
            None => Ok(None),
            Some(item) => self.payment_under(&order_key(&item)?).await,
        }
    }

    /// The rows of `range` after the row `start`. Each query asks for as many rows as were read so
    /// far: a page costs at most twice what it needs, in few round trips.
    async fn page(
        &self,
        range: &Range<'_>,
        mut start: Option<Item>,
        limit: Limit,
        now: UnixMillis,
        bounds: Bounds,
    ) -> Result<Page, StoreError> {
        let (wanted, rows_max) = (usize::from(limit.get()), range.rows_max(bounds));
        let half_time = half_time(bounds.deadline);
        let (mut found, mut read): (Vec<PaymentRow>, usize) = (Vec::with_capacity(wanted), 0);
        loop {
            // One row more than requested shows whether there are more.
            let count = read.max(limit.plus_one()).min(QUERY_ROWS_MAX).min(rows_max - read);
            let (rows, last_key) = self.rows(range, start, count).await?;
            read += count;
            for row in rows.into_iter().filter(|row| range.filter.accepts(row, now)) {
                if found.len() == wanted {
                    let next = found.last().map(|row| Cursor(row.sort_key.clone()));
                    return Ok(Page { rows: found, next });
                }
                found.push(row);
            }
            let Some(last_key) = last_key else { return Ok(Page { rows: found, next: None }) };
            if found.len() == wanted || read >= rows_max || Instant::now() >= half_time {
                return Ok(Page { rows: found, next: Some(Cursor(sort_key(&last_key)?)) });
            }
            start = Some(last_key);
        }
    }

    /// At most `count` rows after the row `start`, accepted by the filter's days and merchant order
    /// id. And the key of the last of them, if there may be more.
    async fn rows(
        &self,
        range: &Range<'_>,
        start: Option<Item>,
        count: usize,
    ) -> Result<(Vec<PaymentRow>, Option<Item>), StoreError> {
        let query = self.newest_first(range).set_exclusive_start_key(start);
        let query = query.limit(i32::try_from(count).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(|error| StoreError::from_sdk("Query payments", error))?;
        let items = output.items.unwrap_or_default();
        let rows = match range.filter.merchant_order_id {
            None => items.into_iter().map(parse_row).collect::<Result<_, _>>()?,
            Some(_) => self.rows_of_keys(&items).await?,
        };
        Ok((rows, output.last_evaluated_key))
    }

    /// Reads the payments that `keys` name, in their order.
    async fn rows_of_keys(&self, keys: &[Item]) -> Result<Vec<PaymentRow>, StoreError> {
        let keys = keys.iter().map(order_key).collect::<Result<Vec<_>, _>>()?;
        let values: Vec<String> = keys.iter().map(OrderKey::to_string).collect();
        let mut items = self.items(&self.tables.payments, ORDER_KEY, &values).await?;
        let items = keys.iter().filter_map(|key| Some((key, items.remove(key.as_str())?)));
        items.map(|(key, item)| parse(item, key).map(|payment| PaymentRow::from(&payment))).collect()
    }

    /// Counts `offset` rows from the newest. The cost grows with the offset. A cursor has no such
    /// cost. Returns `None` if `deadline` came first.
    async fn skip(
        &self,
        range: &Range<'_>,
        offset: u64,
        deadline: Instant,
    ) -> Result<Option<Start>, StoreError> {
        let (mut left, mut start) = (offset, None);
        while left > 0 {
            if Instant::now() >= deadline {
                return Ok(None);
            }
            let output = self
                .newest_first(range)
                .select(Select::Count)
                .set_exclusive_start_key(start)
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query payments", error))?;
            left = left.saturating_sub(u64::try_from(output.count).unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(Some(Start::PastTheEnd));
            }
        }
        Ok(Some(start.map_or(Start::Newest, Start::After)))
    }

    fn newest_first(&self, range: &Range<'_>) -> QueryFluentBuilder {
        let (index, partition, value) = range.partition();
        self.client
            .query()
            .table_name(&self.tables.payments)
            .index_name(index)
            .key_condition_expression("#partition = :partition AND sort_key BETWEEN :from AND :before")
            .expression_attribute_names("#partition", partition)
            .expression_attribute_values(":partition", text(value))
            .expression_attribute_values(":from", text(&range.from))
            .expression_attribute_values(":before", text(&range.before))
            .scan_index_forward(false)
    }
}

impl Filter {
    /// Whether it accepts a row of its days and its merchant order id.
    fn accepts(&self, row: &PaymentRow, now: UnixMillis) -> bool {
        self.status.is_none_or(|status| row.status_at(now) == status)
    }
}

impl<'a> Range<'a> {
    fn new(shop_id: &'a ShopId, filter: &'a Filter) -> Self {
        // No key equals an end of the range: a key goes on after its time.
        let (from, before) = (SortKey::at(filter.days.start()), SortKey::at(filter.days.end()));
        Self { shop_id, filter, from, before }
    }

    /// The index, and the name and the value of its partition key. By merchant order id, a list
    /// reads nothing but the payments that have it, however many the shop has.
    fn partition(&self) -> (&'static str, &'static str, String) {
        match &self.filter.merchant_order_id {
            None => (INDEX, "shop_id", self.shop_id.to_string()),
            Some(number) => {
                (ORDERS_INDEX, "shop_order", ShopOrder::new(self.shop_id, number).as_str().to_owned())
            }
        }
    }

    fn rows_max(&self, bounds: Bounds) -> usize {
        match self.filter.merchant_order_id {
            None => bounds.rows,
            Some(_) => bounds.rows.min(ORDER_ROWS_MAX),
        }
    }

    /// Where the list goes on after `cursor`, which may be a position outside the range. DynamoDB
    /// refuses a start key there.
    fn start(&self, cursor: Option<&Cursor>) -> Start {
        let Some(Cursor(last)) = cursor else { return Start::Newest };
        if last.as_str() > self.before.as_str() {
            return Start::Newest;
        }
        if last.as_str() < self.from.as_str() {
            return Start::PastTheEnd;
        }
        let (_, partition, value) = self.partition();
        let key = [(partition, text(value)), ("sort_key", text(last)), (ORDER_KEY, text(last.order_key()))];
        Start::After(key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn half_time(deadline: Instant) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / 2
}

/// The order key of an item of an index.
fn order_key(item: &Item) -> Result<OrderKey, StoreError> {
    let key = item.get(ORDER_KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    OrderKey::parse(&key).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}

/// The sort key of an item of an index.
fn sort_key(item: &Item) -> Result<SortKey, StoreError> {
    let key = item.get("sort_key").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    SortKey::parse(&key).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
