//! Puts the documented test shops into a store.

use super::{NewShop, Store, StoreError};
use crate::domain::{
    action_record::{ActionRecord, Arguments, RequestedBy},
    key::TransactionKey,
    operator_action::OperatorAction,
    shop::{Access, Profile},
    test_shops::TEST_SHOPS,
    time::UnixMillis,
};

const COMMAND: &str = "seed_test_shops";

impl Store {
    /// Creates the test shops that do not exist yet, and marks existing ones as public. Each change
    /// has a record of the request. Shops that are public already stay unchanged.
    pub async fn seed_test_shops(
        &self,
        requested_by: &RequestedBy,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        for shop in TEST_SHOPS {
            let profile = shop
                .profile(now)
                .map_err(|problem| StoreError::Fault(format!("test shop {}: {problem}", shop.shop_id)))?;
            let record = ActionRecord::new(COMMAND, Arguments::new(), String::new(), requested_by.clone());
            let action = OperatorAction::on_shop(
                TransactionKey::action(&profile.shop_id),
                &profile.shop_id,
                record,
                now,
            );
            let shop = NewShop { profile, action };
            if !self.create_shop(&shop).await? {
                self.change_shop(&shop.action, public).await?;
            }
        }
        Ok(())
    }
}

fn public(profile: &Profile) -> Result<Profile, StoreError> {
    Ok(Profile { access: Access::Public, ..profile.clone() })
}
