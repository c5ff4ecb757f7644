//! The records of a shop's payouts, in the table `transactions`.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    item::Item,
    payment_history::{Stored, read},
    transactions::{KEY, OWNER_INDEX, TABLE},
};
use crate::domain::{
    id::ShopId,
    key::{TransactionKey, shop_owner},
    page::Limit,
    payout::Payout,
    time::UnixMillis,
};

/// Actions in one page of the index.
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

/// A payout with its position, or the reason why it cannot be read.
type Found = (PayoutPosition, Stored<Payout>);

impl Store {
    /// Reads the payouts of `shop_id` after the position `after`, newest first. The index follows
    /// the table within about a second.
    pub async fn payouts(
        &self,
        shop_id: &ShopId,
        after: Option<&PayoutPosition>,
        limit: Limit,
    ) -> Result<PayoutPage, StoreError> {
        let mut found: Vec<Found> = Vec::new();
        let mut start = after.map(|after| index_key(shop_id, after));
        while found.len() < limit.plus_one() {
            let (payouts, next) = self.payouts_from(shop_id, start).await?;
            found.extend(payouts);
            start = next;
            if start.is_none() {
                break;
            }
        }
        let more = found.len() >= limit.plus_one();
        found.truncate(limit.get().into());
        let next = found.last().filter(|_| more).map(|(position, _)| position.clone());
        let payouts = found.into_iter().filter_map(|(position, payout)| match payout {
            Stored::Found(payout) => Some(Ok(payout)),
            Stored::Missing => None,
            Stored::Unreadable(problem) => {
                Some(Err(StoreError::corrupt(TABLE, position.transaction_key, problem)))
            }
        });
        Ok(PayoutPage { payouts: payouts.collect::<Result<_, _>>()?, next })
    }

    /// Reads the payouts in one page of the shop's actions, newest first. Also returns the index key
    /// to go on from.
    async fn payouts_from(
        &self,
        shop_id: &ShopId,
        start: Option<Item>,
    ) -> Result<(Vec<Found>, Option<Item>), StoreError> {
        let output = self
            .owned_by(shop_owner(shop_id))
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            .limit(PAGE)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query owner_transactions", error))?;
        let positions = output.items.unwrap_or_default().into_iter().map(position);
        let mut positions = positions.collect::<Result<Vec<_>, _>>()?;
        positions.retain(|position| position.transaction_key.reference().is_some());
        let keys: Vec<String> =
            positions.iter().map(|position| position.transaction_key.to_string()).collect();
        let mut items = self.items(&self.tables.transactions, KEY, &keys).await?;
        let found = positions.into_iter().filter_map(|position| {
            let item = items.remove(position.transaction_key.as_str());
            if item.as_ref().is_some_and(is_another_action) { None } else { Some((position, read(item))) }
        });
        Ok((found.collect(), output.last_evaluated_key))
    }
}

/// Whether the record is certainly of another command than a payout. Reversals and adjustments have
/// a reference too.
pub(super) fn is_another_action(item: &Item) -> bool {
    let command = item.get("act").and_then(|act| act.as_m().ok()?.get("command")?.as_s().ok());
    command.is_some_and(|command| command != Payout::COMMAND)
}

/// The position of an item of the index.
fn position(item: Item) -> Result<PayoutPosition, StoreError> {
    serde_dynamo::from_item::<_, IndexKey>(item)
        .map(PayoutPosition::from)
        .map_err(|problem| StoreError::Fault(format!("Query {OWNER_INDEX}: {problem}")))
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
