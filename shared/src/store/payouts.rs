//! The records of a shop's payouts, in the table `transactions`.

use super::{
    Store, StoreError,
    item::Item,
    payment_history::{Stored, read},
    shop_actions::{ActionPosition, index_key},
    transactions::{KEY, TABLE},
};
use crate::domain::{id::ShopId, page::Limit, payout::Payout};

/// Actions in one page of the index.
const PAGE: i32 = 200;

/// A page of a shop's payouts.
#[derive(Clone, Debug)]
pub struct PayoutPage {
    pub payouts: Vec<Payout>,
    /// The payout after which the next page starts, or `None` on the last page.
    pub next: Option<ActionPosition>,
}

/// A payout with its position, or the reason why it cannot be read.
type Found = (ActionPosition, Stored<Payout>);

impl Store {
    /// Reads the payouts of `shop_id` after the position `after`, newest first. The index follows
    /// the table within about a second.
    pub async fn payouts(
        &self,
        shop_id: &ShopId,
        after: Option<&ActionPosition>,
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
        let (mut positions, next) = self.action_positions(shop_id, start, false, PAGE).await?;
        positions.retain(|position| position.transaction_key.reference().is_some());
        let keys: Vec<String> =
            positions.iter().map(|position| position.transaction_key.to_string()).collect();
        let mut items = self.items(&self.tables.transactions, KEY, &keys).await?;
        let found = positions.into_iter().filter_map(|position| {
            let item = items.remove(position.transaction_key.as_str());
            if item.as_ref().is_some_and(is_another_action) { None } else { Some((position, read(item))) }
        });
        Ok((found.collect(), next))
    }
}

/// Whether the record is certainly of another command than a payout. Reversals and adjustments have
/// a reference too.
pub(super) fn is_another_action(item: &Item) -> bool {
    let command = item.get("act").and_then(|act| act.as_m().ok()?.get("command")?.as_s().ok());
    command.is_some_and(|command| command != Payout::COMMAND)
}
