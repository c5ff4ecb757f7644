//! Opening the connection before the first request, by a read that finds nothing. One for each kind of permission.

use super::Store;
use crate::domain::{
    id::{OrderId, OrderKey, ShopId},
    time::UnixMillis,
};

impl Store {
    /// For functions that read a shop's profile.
    pub async fn prime_profile(&self) {
        if let Ok(nobody) = ShopId::parse("1") {
            let _ = self.profile(&nobody).await;
        }
    }

    /// For functions that read a shop's profile and balance.
    pub async fn prime_profile_and_balance(&self) {
        if let Ok(nobody) = ShopId::parse("1") {
            let _ = self.profile_and_balance(&nobody).await;
        }
    }

    /// For functions that read payments.
    pub async fn prime_payment(&self) {
        let nothing = OrderId::new(UnixMillis::MAX, &OrderKey::from_bits(0));
        let _ = self.payment(&nothing).await;
    }
}
