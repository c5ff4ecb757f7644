//! Searching a shop's payments, for operators: by day and status, or all of them in order.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    Store, StoreError,
    item::Item,
    payments::{INDEX, Page, parse_row},
};
use crate::domain::{
    id::ShopId,
    page::{Cursor, Limit, SortKey},
    payment::{PaymentRow, Status},
    time::UnixMillis,
};

/// Rows in one page of the index: far below its 1 MB.
const SEARCH_PAGE: i32 = 500;
/// How many payments the audit checks together.
const ORDERS_PAGE: i32 = 100;

/// A filter for a shop's payments.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    pub status: Option<Status>,
    /// Created at this time or later.
    pub from: UnixMillis,
    /// Created before this time.
    pub before: UnixMillis,
}

/// A position in the walk through all payments of a shop: a row of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPosition {
    pub sort_key: String,
    pub order_key: String,
}

impl Store {
    /// Finds payments of `shop_id` after the position `after`, newest first. Returns `limit` of
    /// them, or fewer if `deadline` came first. `next` is the position to go on from.
    pub async fn search_payments(
        &self,
        shop_id: &ShopId,
        search: Search,
        after: Option<&Cursor>,
        limit: Limit,
        now: UnixMillis,
        deadline: Instant,
    ) -> Result<Page, StoreError> {
        let wanted = usize::from(limit.get());
        let from = SortKey::at(search.from);
        let before = SortKey::at(search.before);
        let to = after
            .map(|Cursor(after)| after.as_str().to_owned())
            .filter(|after| *after < before)
            .unwrap_or(before);
        let (mut rows, mut start): (Vec<PaymentRow>, Option<Item>) = (Vec::new(), None);
        if from > to {
            return Ok(Page { rows, next: None });
        }
        loop {
            let query = self.between(shop_id, &from, &to).set_exclusive_start_key(start).limit(SEARCH_PAGE);
            let output =
                query.send().await.map_err(|error| StoreError::from_sdk("Query shop_payments", error))?;
            let mut last = None;
            for item in output.items.unwrap_or_default() {
                let row = parse_row(item)?;
                // The key range includes both its ends, and the row at the cursor was already
                // shown.
                if after.is_some_and(|Cursor(after)| row.sort_key == *after) {
                    continue;
                }
                if search.status.is_none_or(|status| row.status_at(now) == status) {
                    if rows.len() == wanted {
                        let next = rows.last().map(|row| Cursor(row.sort_key.clone()));
                        return Ok(Page { rows, next });
                    }
                    rows.push(row.clone());
                }
                last = Some(Cursor(row.sort_key));
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(Page { rows, next: None });
            }
            if Instant::now() >= deadline {
                return Ok(Page { rows, next: last });
            }
        }
    }

    fn between(&self, shop_id: &ShopId, from: &str, to: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.payments)
            .index_name(INDEX)
            .key_condition_expression("shop_id = :shop AND sort_key BETWEEN :from AND :to")
            .expression_attribute_values(":shop", AttributeValue::S(shop_id.to_string()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
            .scan_index_forward(false)
    }

    /// The keys of the payments of `shop_id` after the position `after`, oldest first, and the
    /// start of the next page. Unreadable payments are included.
    pub async fn orders(
        &self,
        shop_id: &ShopId,
        after: Option<&OrderPosition>,
    ) -> Result<(Vec<String>, Option<OrderPosition>), StoreError> {
        let output = self
            .client
            .query()
            .table_name(&self.tables.payments)
            .index_name(INDEX)
            .key_condition_expression("shop_id = :shop")
            .expression_attribute_values(":shop", AttributeValue::S(shop_id.to_string()))
            .projection_expression("order_key")
            .set_exclusive_start_key(after.map(|after| index_key(shop_id, after)))
            .limit(ORDERS_PAGE)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query shop_payments", error))?;
        let found = output.items.unwrap_or_default().into_iter();
        let orders =
            found.filter_map(|mut item| item.remove("order_key")).filter_map(|key| key.as_s().ok().cloned());
        let position = |key: Item| {
            let text = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).cloned();
            Some(OrderPosition { sort_key: text("sort_key")?, order_key: text("order_key")? })
        };
        Ok((orders.collect(), output.last_evaluated_key.and_then(position)))
    }
}

fn index_key(shop_id: &ShopId, position: &OrderPosition) -> Item {
    let key =
        [("shop_id", shop_id.as_str()), ("sort_key", &position.sort_key), ("order_key", &position.order_key)];
    key.into_iter().map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).collect()
}
