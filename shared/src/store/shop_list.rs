//! Listing all shops, for operators. Scans the table: there are few shops, and nothing else needs
//! all of them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    item::Item,
    shops::{NEXT, PROFILE, TABLE, item_key, parse},
};
use crate::domain::{id::ShopId, page::Limit, shop::Profile};

/// A page of shops, in the table's own order.
#[derive(Clone, Debug)]
pub struct ShopPage {
    pub profiles: Vec<Profile>,
    /// The shop after which the next page starts, or `None` on the last page.
    pub next: Option<ShopId>,
}

impl Store {
    /// Reads at most `limit` shops after the shop `after`, strongly consistent.
    pub async fn shops(&self, after: Option<&ShopId>, limit: Limit) -> Result<ShopPage, StoreError> {
        let (items, more) = self.scan_shops(after, limit).await?;
        let profiles = items.into_iter().map(|item| parse::<Profile>(item.clone(), &shop_id(&item)?));
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        let next = profiles.last().filter(|_| more).map(|profile| profile.shop_id.clone());
        Ok(ShopPage { profiles, next })
    }

    /// The id of the shop after `after`. A part of it may be missing or unreadable.
    pub async fn next_shop_id(&self, after: Option<&ShopId>) -> Result<Option<ShopId>, StoreError> {
        // A profile is the last item of its shop.
        let mut start = after.map(|shop_id| item_key(shop_id.as_str(), PROFILE));
        loop {
            let output = self
                .client
                .scan()
                .table_name(&self.tables.shops)
                .projection_expression("shop_id")
                .consistent_read(true)
                .set_exclusive_start_key(start)
                // The counter of shop numbers may stand before the next shop.
                .limit(2)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Scan shops", error))?;
            let items = output.items.unwrap_or_default();
            let is_counter =
                |item: &&Item| item.get("shop_id").and_then(|id| id.as_s().ok()).is_some_and(|id| id == NEXT);
            if let Some(item) = items.iter().find(|item| !is_counter(item)) {
                return shop_id(item).map(Some);
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(None);
            }
        }
    }

    /// At most `limit` profile items, and whether there are more.
    async fn scan_shops(
        &self,
        after: Option<&ShopId>,
        limit: Limit,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let wanted = usize::from(limit.get());
        let mut profiles: Vec<Item> = Vec::with_capacity(limit.plus_one());
        let mut start = after.map(|shop_id| item_key(shop_id.as_str(), PROFILE));
        loop {
            // A shop has two items. One shop more than requested shows whether there are more.
            let items = 2 * (limit.plus_one() - profiles.len());
            let output = self
                .client
                .scan()
                .table_name(&self.tables.shops)
                .filter_expression("#record = :profile")
                .expression_attribute_names("#record", "record")
                .expression_attribute_values(":profile", AttributeValue::S(PROFILE.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .limit(i32::try_from(items).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Scan shops", error))?;
            profiles.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() || profiles.len() > wanted {
                let more = profiles.len() > wanted;
                profiles.truncate(wanted);
                return Ok((profiles, more));
            }
        }
    }
}

fn shop_id(item: &Item) -> Result<ShopId, StoreError> {
    let text = item.get("shop_id").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
    ShopId::parse(&text).map_err(|problem| StoreError::corrupt(TABLE, text, problem))
}
