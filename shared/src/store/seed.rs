//! Puts the documented test shops into a store.

use super::{NewShop, Store, StoreError};
use crate::domain::{
    action_record::{ActionRecord, Arguments, RequestedBy},
    key::TransactionKey,
    operator_action::OperatorAction,
    test_shops::TEST_SHOPS,
    time::UnixMillis,
};

impl Store {
    /// Creates the test shops that do not exist yet, each with a record of the request. Existing
    /// shops stay unchanged.
    pub async fn seed_test_shops(
        &self,
        requested_by: &RequestedBy,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        const COMMAND: &str = "seed_test_shops";
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
            self.create_shop(&NewShop { profile, action }).await?;
        }
        Ok(())
    }
}
