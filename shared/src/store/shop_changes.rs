//! Changing the profile of a shop, with the record of the action.

use super::{
    Store, StoreError,
    item::Item,
    replacement::Replacement,
    shops,
    transact::{Subject, WriteOutcome},
    transactions,
    tries::Tries,
};
use crate::domain::{operator_action::OperatorAction, shop::Profile};

impl Store {
    /// Changes the profile of the shop that `action` is about. `change` makes the new profile from
    /// the current one, and is called again if the shop changed meanwhile. If the profile is
    /// already so, nothing is written. Returns `false` if there is no such shop.
    pub async fn change_shop<E: From<StoreError>>(
        &self,
        action: &OperatorAction,
        change: impl Fn(&Profile) -> Result<Profile, E>,
    ) -> Result<bool, E> {
        let mut tries = Tries::start();
        loop {
            let (recorded, stored) = self.record_and_profile(action).await?;
            // A profile that `action` has changed already must not be changed by it again.
            if recorded {
                return Ok(true);
            }
            let Some(stored) = stored else { return Ok(false) };
            let before: Profile = shops::parse(stored.clone(), &action.shop_id)?;
            let replacement = Replacement::of(stored, &before, &change(&before)?)?;
            if replacement.changed().is_empty() {
                return Ok(true);
            }
            let update = self.update_shop(action.shop_id.as_str(), shops::PROFILE);
            // Without this guard, a profile that is gone would come back with these attributes alone.
            let profile = replacement.write(Subject::Profile, update, &["shop_id"])?;
            let writes = [self.put_record(action)?, profile];
            let outcome = self.transact(&writes, action.created_at).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(true);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Whether `action` is recorded, and the stored profile of its shop, both at one moment.
    async fn record_and_profile(&self, action: &OperatorAction) -> Result<(bool, Option<Item>), StoreError> {
        let keys = vec![
            (self.tables.transactions.as_str(), transactions::item_key(&action.transaction_key)),
            (self.tables.shops.as_str(), shops::item_key(action.shop_id.as_str(), shops::PROFILE)),
        ];
        let [record, profile] = self.read_together(keys).await?.try_into().unwrap_or_default();
        Ok((record.is_some(), profile))
    }
}
