//! The table `shops`: reading a shop's profile and balance.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::{
    Store, StoreError,
    item::{Item, text},
    payment_history::{Stored, read},
};
use crate::domain::{
    id::{ShopId, ShopNumber},
    shop::{Balance, Profile},
};

pub(super) const TABLE: &str = "shops";
pub(super) const PROFILE: &str = "profile";
pub(super) const BALANCE: &str = "balance";
/// The partition of the item that counts shop numbers.
pub(super) const NEXT: &str = "#next";
pub(super) const COUNTER: &str = "counter";

impl Store {
    /// Reads the profile of a shop, strongly consistent. Returns `None` if the shop does not exist.
    pub async fn profile(&self, shop_id: &ShopId) -> Result<Option<Profile>, StoreError> {
        self.shop_item(shop_id.as_str(), PROFILE).await?.map(|item| parse(item, shop_id)).transpose()
    }

    /// Reads the number of the next new shop.
    pub async fn next_shop_number(&self) -> Result<ShopNumber, StoreError> {
        let Some(item) = self.shop_item(NEXT, COUNTER).await? else { return Ok(ShopNumber::FIRST) };
        let next = item.get("next_number").and_then(|number| number.as_n().ok()?.parse::<u64>().ok());
        next.and_then(|number| number.try_into().ok())
            .ok_or_else(|| StoreError::corrupt(TABLE, NEXT, "no shop number"))
    }

    /// Reads the profile and the balance of a shop, each strongly consistent, readable or not.
    pub async fn stored_shop(
        &self,
        shop_id: &ShopId,
    ) -> Result<(Stored<Profile>, Stored<Balance>), StoreError> {
        let profile = self.shop_item(shop_id.as_str(), PROFILE).await?;
        let balance = self.shop_item(shop_id.as_str(), BALANCE).await?;
        Ok((read(profile), read(balance)))
    }

    /// Reads the balance of a shop, strongly consistent, readable or not.
    pub async fn stored_balance(&self, shop_id: &ShopId) -> Result<Stored<Balance>, StoreError> {
        Ok(read(self.shop_item(shop_id.as_str(), BALANCE).await?))
    }

    /// Reads an item, strongly consistent.
    pub(super) async fn shop_item(&self, shop_id: &str, record: &str) -> Result<Option<Item>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.shops)
            .set_key(Some(item_key(shop_id, record)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem shops", error))?;
        Ok(output.item)
    }

    /// Reads the profile and the balance of a shop in one strongly consistent read. Returns `None`
    /// if the shop does not exist.
    pub async fn profile_and_balance(
        &self,
        shop_id: &ShopId,
    ) -> Result<Option<(Profile, Balance)>, StoreError> {
        let output = self
            .client
            .query()
            .table_name(&self.tables.shops)
            .key_condition_expression("shop_id = :shop")
            .expression_attribute_values(":shop", AttributeValue::S(shop_id.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query shops", error))?;
        let (mut profile, mut balance) = (None, None);
        for item in output.items.unwrap_or_default() {
            match item.get("record").and_then(|record| record.as_s().ok()).map(String::as_str) {
                Some(PROFILE) => profile = Some(parse(item, shop_id)?),
                Some(BALANCE) => balance = Some(parse(item, shop_id)?),
                _ => return Err(StoreError::corrupt(TABLE, shop_id, "an unknown record")),
            }
        }
        match (profile, balance) {
            (None, None) => Ok(None),
            (Some(profile), Some(balance)) => Ok(Some((profile, balance))),
            _ => Err(StoreError::corrupt(TABLE, shop_id, "a profile without a balance, or the reverse")),
        }
    }
}

/// The key of an item.
pub(super) fn item_key(shop_id: &str, record: &str) -> Item {
    Item::from([("shop_id".to_owned(), text(shop_id)), ("record".to_owned(), text(record))])
}

pub(super) fn parse<T: DeserializeOwned>(item: Item, shop_id: &ShopId) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, shop_id, problem))
}
