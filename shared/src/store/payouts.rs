//! The records of a shop's payouts, in the table `transactions`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    item::Item,
    payment_history::{Stored, read},
    transactions::{KEY, OWNER_INDEX, parse},
};
use crate::domain::{
    id::ShopId,
    key::{TransactionKey, shop_owner},
    page::Limit,
    payout::Payout,
    time::UnixMillis,
};

/// Actions in one page of the index. Most of them are payouts.
const PAGE: i32 = 200;

/// A payout's place in its shop's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutPosition {
    pub created_at: UnixMillis,
    pub transaction_key: TransactionKey,
}

/// A page of a shop's payouts.
#[derive(Clone, Debug)]
pub struct PayoutPage {
    pub payouts: Vec<Payout>,
    /// The payout after which the next page starts, or `None` on the last page.
    pub next: Option<PayoutPosition>,
}

impl Store {
    /// Reads the payouts of `shop_id` after the position `after`, newest first. The index follows
    /// the table within about a second.
    pub async fn payouts(
        &self,
        shop_id: &ShopId,
        after: Option<&PayoutPosition>,
        limit: Limit,
    ) -> Result<PayoutPage, StoreError> {
        let mut positions: Vec<PayoutPosition> = Vec::new();
        let mut start = after.map(|after| index_key(shop_id, after));
        while positions.len() <= usize::from(limit.get()) {
            let (found, next) = self.payout_positions(shop_id, start, false).await?;
            positions.extend(found);
            start = next;
            if start.is_none() {
                break;
            }
        }
        let more = positions.len() > usize::from(limit.get());
        positions.truncate(limit.get().into());
        let keys: Vec<String> =
            positions.iter().map(|position| position.transaction_key.to_string()).collect();
        let mut items = self.items(&self.tables.transactions, KEY, &keys).await?;
        let payouts = positions.iter().filter_map(|position| {
            let key = &position.transaction_key;
            items.remove(key.as_str()).map(|item| parse(item, key))
        });
        Ok(PayoutPage { payouts: payouts.collect::<Result<_, _>>()?, next: positions.pop().filter(|_| more) })
    }

    /// Reads a page of the payouts of `shop_id` after the position `after`, oldest first, and the
    /// start of the next page. Unreadable payouts are included.
    pub async fn stored_payouts(
        &self,
        shop_id: &ShopId,
        after: Option<&PayoutPosition>,
    ) -> Result<(Vec<(String, Stored<Payout>)>, Option<PayoutPosition>), StoreError> {
        let (positions, next) =
            self.payout_positions(shop_id, after.map(|after| index_key(shop_id, after)), true).await?;
        let keys: Vec<String> =
            positions.into_iter().map(|position| position.transaction_key.to_string()).collect();
        let mut items = self.items(&self.tables.transactions, KEY, &keys).await?;
        let payouts = keys.into_iter().map(|key| {
            let stored = read(items.remove(&key));
            (key, stored)
        });
        let next =
            next.map(|key| serde_dynamo::from_item::<_, IndexKey>(key).map(PayoutPosition::from)).transpose();
        Ok((
            payouts.collect(),
            next.map_err(|problem| StoreError::Fault(format!("Query {OWNER_INDEX}: {problem}")))?,
        ))
    }

    /// Finds the payouts among the shop's actions. Also returns the index key to go on from.
    async fn payout_positions(
        &self,
        shop_id: &ShopId,
        start: Option<Item>,
        oldest_first: bool,
    ) -> Result<(Vec<PayoutPosition>, Option<Item>), StoreError> {
        let output = self
            .owned_by(shop_owner(shop_id))
            .scan_index_forward(oldest_first)
            .set_exclusive_start_key(start)
            .limit(PAGE)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query owner_transactions", error))?;
        let keys = output.items.unwrap_or_default().into_iter().map(|item| {
            serde_dynamo::from_item::<_, IndexKey>(item)
                .map_err(|problem| StoreError::Fault(format!("Query {OWNER_INDEX}: {problem}")))
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        // Only payouts have a reference among the actions on a shop itself.
        let payouts = keys
            .into_iter()
            .map(PayoutPosition::from)
            .filter(|position| position.transaction_key.has_reference());
        Ok((payouts.collect(), output.last_evaluated_key))
    }
}

/// The attributes of a transaction that the index holds.
#[derive(Deserialize)]
struct IndexKey {
    created_at: UnixMillis,
    transaction_key: TransactionKey,
}

impl From<IndexKey> for PayoutPosition {
    fn from(key: IndexKey) -> Self {
        Self { created_at: key.created_at, transaction_key: key.transaction_key }
    }
}

fn index_key(shop_id: &ShopId, position: &PayoutPosition) -> Item {
    Item::from([
        ("owner".to_owned(), AttributeValue::S(shop_owner(shop_id))),
        ("created_at".to_owned(), AttributeValue::N(position.created_at.get().to_string())),
        (KEY.to_owned(), AttributeValue::S(position.transaction_key.to_string())),
    ])
}
