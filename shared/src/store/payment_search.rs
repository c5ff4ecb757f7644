//! Finding all payments of a shop in their order, for the audit.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, item::Item, payments::INDEX};
use crate::domain::id::ShopId;

/// How many payments the audit checks together.
const ORDERS_PAGE: i32 = 100;

/// A position in the walk through all payments of a shop: a row of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPosition {
    pub sort_key: String,
    pub order_key: String,
}

impl Store {
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
