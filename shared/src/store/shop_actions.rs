//! The actions of operators on a shop itself: finding them, and reading them for the audit.

use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    item::{Item, number, text},
    payment_history::{Stored, read},
    transactions::{KEY, OWNER_INDEX},
};
use crate::domain::{
    id::ShopId,
    key::{TransactionKey, shop_owner},
    shop_action::ShopAction,
    time::UnixMillis,
};

/// Actions in one page.
const PAGE: i32 = 100;

/// A place among a shop's actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPosition {
    pub created_at: UnixMillis,
    pub transaction_key: TransactionKey,
}

impl Store {
    /// Reads a page of the actions on `shop_id` after the position `after`, oldest first, by their
    /// keys, and the start of the next page. Unreadable ones are included. The items are read
    /// strongly; the index that finds them follows within about a second.
    pub async fn shop_actions(
        &self,
        shop_id: &ShopId,
        after: Option<&ActionPosition>,
    ) -> Result<(Vec<(String, Stored<ShopAction>)>, Option<ActionPosition>), StoreError> {
        let start = after.map(|after| index_key(shop_id, after));
        let (positions, next) = self.action_positions(shop_id, start, true, PAGE).await?;
        let keys = positions.into_iter().map(|position| position.transaction_key.to_string());
        let actions = self.shop_actions_by_key(keys.collect()).await?;
        Ok((actions, next.map(position).transpose()?))
    }

    /// Finds at most `limit` actions on `shop_id` in the index. Also returns the index key to go on
    /// from.
    pub(super) async fn action_positions(
        &self,
        shop_id: &ShopId,
        start: Option<Item>,
        oldest_first: bool,
        limit: i32,
    ) -> Result<(Vec<ActionPosition>, Option<Item>), StoreError> {
        let output = self
            .owned_by(shop_owner(shop_id))
            .scan_index_forward(oldest_first)
            .set_exclusive_start_key(start)
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query owner_transactions", error))?;
        let positions = output.items.unwrap_or_default().into_iter().map(position);
        Ok((positions.collect::<Result<_, _>>()?, output.last_evaluated_key))
    }

    /// Reads the actions under `keys`, strongly consistent. A key must not occur twice.
    pub async fn shop_actions_by_key(
        &self,
        keys: Vec<String>,
    ) -> Result<Vec<(String, Stored<ShopAction>)>, StoreError> {
        let mut items = self.items(&self.tables.transactions, KEY, &keys).await?;
        let actions = keys.into_iter().map(|key| {
            let action = read_action(items.remove(&key));
            (key, action)
        });
        Ok(actions.collect())
    }
}

/// Payouts have an amount of their own.
fn read_action(item: Option<Item>) -> Stored<ShopAction> {
    if item.as_ref().is_some_and(|item| item.contains_key("amount")) {
        read(item).map(|payout| ShopAction::Payout(Box::new(payout)))
    } else {
        read(item).map(|action| ShopAction::Other(Box::new(action)))
    }
}

/// The position of an item of the index.
fn position(item: Item) -> Result<ActionPosition, StoreError> {
    /// The attributes that a position is made of. The index holds more.
    #[derive(Deserialize)]
    struct IndexKey {
        created_at: UnixMillis,
        transaction_key: TransactionKey,
    }
    serde_dynamo::from_item(item)
        .map(|IndexKey { created_at, transaction_key }| ActionPosition { created_at, transaction_key })
        .map_err(|problem| StoreError::Fault(format!("Query {OWNER_INDEX}: {problem}")))
}

pub(super) fn index_key(shop_id: &ShopId, position: &ActionPosition) -> Item {
    Item::from([
        ("owner".to_owned(), text(shop_owner(shop_id))),
        ("created_at".to_owned(), number(position.created_at)),
        (KEY.to_owned(), text(&position.transaction_key)),
    ])
}
