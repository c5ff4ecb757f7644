//! The table `payments`: creating a payment, reading one, listing those of a shop.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure, Select},
};
use tokio::time::Instant;

use super::{
    Store, StoreError,
    item::{Item, text},
};
use crate::domain::{
    id::{OrderId, OrderKey, ShopId},
    page::{Cursor, Limit, Offset, SortKey},
    payment::{Payment, PaymentRow},
};

pub(super) const TABLE: &str = "payments";
pub(super) const INDEX: &str = "shop_payments";

/// Why a payment was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The idempotency key already belongs to another order.
    #[error("the order key is taken by another order")]
    Conflict,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The start of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    Offset(Offset),
    After(Cursor),
}

/// A page of a shop's payments, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<PaymentRow>,
    /// The start of the next page, or `None` on the last page.
    pub next: Option<Cursor>,
}

impl Store {
    /// Puts `payment` if its order key is free. Otherwise returns the stored payment if it was
    /// created for the same order. So a repeat, the loser of a race and a retry that meets its own
    /// first write all get the right answer.
    pub async fn create_payment(&self, payment: Payment) -> Result<Payment, CreateError> {
        let key = payment.order_key.clone();
        let item: Item =
            serde_dynamo::to_item(&payment).map_err(|problem| StoreError::corrupt(TABLE, &key, problem))?;
        let output = self
            .client
            .put_item()
            .table_name(&self.tables.payments)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(order_key)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let stored = match output {
            Ok(_) => return Ok(payment),
            Err(error) => parse(taken_by(error)?, &key)?,
        };
        if stored.fingerprint == payment.fingerprint { Ok(stored) } else { Err(CreateError::Conflict) }
    }

    /// Reads the payment with `order_id`, strongly consistent. Returns `None` if the stored order
    /// id differs in any character.
    pub async fn payment(&self, order_id: &OrderId) -> Result<Option<Payment>, StoreError> {
        let key = order_id.key();
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.payments)
            .set_key(Some(item_key(&key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem payments", error))?;
        let payment = output.item.map(|item| parse(item, &key)).transpose()?;
        Ok(payment.filter(|payment| payment.order_id == *order_id))
    }

    /// Reads a page of the payments of `shop_id`, newest first. Returns `None` if `deadline` came
    /// before the offset was reached. The index follows the table within about a second.
    pub async fn payments(
        &self,
        shop_id: &ShopId,
        position: &Position,
        limit: Limit,
        deadline: Instant,
    ) -> Result<Option<Page>, StoreError> {
        let (after, start) = match position {
            Position::After(Cursor(after)) => (Some(after), None),
            Position::Offset(offset) => match self.skip(shop_id, offset.get(), deadline).await? {
                Skipped::To(start) => (None, start),
                Skipped::PastTheEnd => return Ok(Some(Page { rows: Vec::new(), next: None })),
                Skipped::OutOfTime => return Ok(None),
            },
        };
        // One row more than requested shows whether there are more.
        let mut rows = self.rows(shop_id, after, start, limit.plus_one()).await?;
        let more = rows.len() > usize::from(limit.get());
        rows.truncate(limit.get().into());
        let next = rows.last().filter(|_| more).map(|row| Cursor(row.sort_key.clone()));
        Ok(Some(Page { rows, next }))
    }

    /// The first `count` rows after `after` or `start`.
    async fn rows(
        &self,
        shop_id: &ShopId,
        after: Option<&SortKey>,
        mut start: Option<Item>,
        count: usize,
    ) -> Result<Vec<PaymentRow>, StoreError> {
        let mut rows = Vec::with_capacity(count);
        // DynamoDB ends a page at 1 MB. 101 rows are far below that, but a query must always be
        // able to go on.
        loop {
            let wanted = count - rows.len();
            let output = self
                .newest_first(shop_id, after)
                .set_exclusive_start_key(start)
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query shop_payments", error))?;
            for item in output.items.unwrap_or_default().into_iter().take(wanted) {
                rows.push(parse_row(item)?);
            }
            start = output.last_evaluated_key;
            if start.is_none() || rows.len() >= count {
                return Ok(rows);
            }
        }
    }

    /// Counts `offset` rows from the start. The cost grows with the offset. A cursor has no such
    /// cost.
    async fn skip(&self, shop_id: &ShopId, offset: u64, deadline: Instant) -> Result<Skipped, StoreError> {
        let (mut left, mut start) = (offset, None);
        while left > 0 {
            if Instant::now() >= deadline {
                return Ok(Skipped::OutOfTime);
            }
            let output = self
                .newest_first(shop_id, None)
                .select(Select::Count)
                .set_exclusive_start_key(start)
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query shop_payments", error))?;
            left = left.saturating_sub(u64::try_from(output.count).unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(Skipped::PastTheEnd);
            }
        }
        Ok(Skipped::To(start))
    }

    fn newest_first(&self, shop_id: &ShopId, after: Option<&SortKey>) -> QueryFluentBuilder {
        let condition =
            if after.is_some() { "shop_id = :shop AND sort_key < :after" } else { "shop_id = :shop" };
        let after = after.map(|after| AttributeValue::S(after.as_str().to_owned()));
        let query = self
            .client
            .query()
            .table_name(&self.tables.payments)
            .index_name(INDEX)
            .key_condition_expression(condition)
            .expression_attribute_values(":shop", AttributeValue::S(shop_id.to_string()))
            .scan_index_forward(false);
        match after {
            Some(after) => query.expression_attribute_values(":after", after),
            None => query,
        }
    }
}

enum Skipped {
    To(Option<Item>),
    PastTheEnd,
    OutOfTime,
}

/// Returns the item that made the put's condition fail. Any other error stays an error.
fn taken_by(error: SdkError<PutItemError>) -> Result<Item, StoreError> {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item.clone().ok_or_else(|| {
            StoreError::Fault("PutItem payments: a failed condition without its item".to_owned())
        }),
        _ => Err(StoreError::from_sdk("PutItem payments", error)),
    }
}

/// The key of an item.
pub(super) fn item_key(key: &OrderKey) -> Item {
    Item::from([("order_key".to_owned(), text(key))])
}

pub(super) fn parse(item: Item, key: &OrderKey) -> Result<Payment, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}

pub(super) fn parse_row(item: Item) -> Result<PaymentRow, StoreError> {
    let key = item.get("order_key").and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
