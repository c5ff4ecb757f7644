//! Acts on a shop itself, each with its record.

use super::Outcome;
use crate::{
    domain::{
        act::Act,
        shop::{Balance, Profile},
    },
    store::{Store, StoreError, shops},
};

impl Store {
    /// Puts a new shop with an empty balance, and the record of `act`. False where the shop is there already.
    pub async fn create_shop(&self, profile: &Profile, act: &Act) -> Result<bool, StoreError> {
        let shop_id = &profile.shop_id;
        let balance = Balance::empty(shop_id.clone());
        let writes = vec![
            self.put_act(act)?,
            self.put_shop_record(shop_id, shops::PROFILE, profile)?,
            self.put_shop_record(shop_id, shops::BALANCE, &balance)?,
        ];
        Ok(matches!(self.settle(writes).await?, Outcome::Applied))
    }
}
