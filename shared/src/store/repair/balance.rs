//! Setting a balance and its totals to the sums of the journal.

use super::{Repairer, Turn};
use crate::{
    domain::{action_record::Arguments, id::ShopId, key::TransactionKey, shop::Balance},
    store::{
        Store, StoreError,
        item::Item,
        replacement::{Replacement, to_item},
        shops,
        transact::{Subject, WriteOutcome},
    },
};

/// The attributes that a write requires to be as they were read.
const GUARDS: [&str; 7] = [
    "balance",
    "paid_total",
    "fee_total",
    "refunded_total",
    "paid_out_total",
    "adjusted_total",
    "paid_count",
];

/// A balance item at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct BalanceReading {
    pub balance: Balance,
    /// How many writes of repairs the shop has seen. While it is the same, no repair put an event.
    pub repairs: u64,
    item: Item,
}

impl Store {
    /// Reads the balance of a shop with a transaction, so that it is not the balance of a transaction
    /// that is half committed.
    ///
    /// # Errors
    /// There is no balance, or it cannot be read.
    pub async fn balance_reading(&self, shop_id: &ShopId) -> Result<BalanceReading, StoreError> {
        let key = (self.tables.shops.as_str(), shops::item_key(shop_id.as_str(), shops::BALANCE));
        let item = self.read_together(vec![key]).await?.pop().flatten();
        let item = item.ok_or_else(|| StoreError::corrupt(shops::TABLE, shop_id, "there is no balance"))?;
        let balance = shops::parse(item.clone(), shop_id)?;
        Ok(BalanceReading { balance, repairs: Turn(item.clone()).repairs(), item })
    }

    /// Sets the balance to `balance`, if it is still as it was read. Returns `false` if it moved, or
    /// if nobody knows whether it did: read it again.
    pub async fn set_balance(
        &self,
        repairer: &Repairer<'_>,
        read: &BalanceReading,
        balance: &Balance,
    ) -> Result<bool, StoreError> {
        let key = TransactionKey::action(repairer.shop_id);
        let mut after = Turn(read.item.clone()).taken();
        after.extend(to_item(balance)?);
        let replacement = Replacement::of_items(read.item.clone(), after);
        let changed = replacement.changed().into_iter().filter(|name| GUARDS.contains(name));
        let written = changed.map(str::to_owned).collect::<Vec<_>>().join("; ");
        let about = Arguments::from([
            ("before".to_owned(), read.balance.balance.to_string()),
            ("balance".to_owned(), balance.balance.to_string()),
            ("written".to_owned(), written),
        ]);
        let update = self.update_shop(repairer.shop_id.as_str(), shops::BALANCE);
        let now = self.clock.now();
        let writes = [
            replacement.write(Subject::Balance(repairer.shop_id.clone()), update, &GUARDS)?,
            self.put_repair(repairer, &key, about, now)?,
        ];
        match self.transact(&writes, now).await? {
            WriteOutcome::Applied => Ok(true),
            WriteOutcome::Refused(_) | WriteOutcome::Unknown(_) => Ok(self.action(&key).await?.is_some()),
        }
    }
}
