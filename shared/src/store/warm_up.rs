//! Opens the connection before the first request, with a read that finds nothing.

use super::Store;
use crate::domain::{
    id::{OrderId, OrderKey, ShopId},
    time::UnixMillis,
};

/// The read for a warm-up: one that the function's policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmup {
    /// For functions that read a shop's profile.
    Profile,
    /// For functions that read a shop's profile and balance.
    ProfileAndBalance,
    /// For functions that read payments.
    Payment,
    /// For functions that send webhooks.
    Webhooks,
}

impl Store {
    /// Opens the connection. Ignores errors, because the first request will meet them again.
    pub async fn warm_up(&self, warmup: Warmup) {
        let Ok(nobody) = ShopId::parse("1") else { return };
        let no_order = OrderId::new(UnixMillis::MAX, &OrderKey::from_bits(0));
        match warmup {
            Warmup::Profile => drop(self.profile(&nobody).await),
            Warmup::ProfileAndBalance => drop(self.profile_and_balance(&nobody).await),
            Warmup::Payment => drop(self.payment(&no_order).await),
            Warmup::Webhooks => drop(self.webhook_endpoint(&nobody).await),
        }
    }
}
