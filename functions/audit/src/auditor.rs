//! What an audit works with, what it returns, and why it stops.

use serde::Serialize;
use shared::{
    domain::{id::ShopId, time::Clock},
    store::{Store, StoreError},
};
use tokio::time::Instant;

use crate::difference::Difference;

/// Why an audit stopped.
#[derive(Debug)]
pub enum AuditError {
    ShopNotFound,
    Store(StoreError),
}

impl From<StoreError> for AuditError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What an audit works with.
pub struct Auditor<'a> {
    pub store: &'a Store,
    pub clock: &'a dyn Clock,
    /// When the answer must be on its way.
    pub deadline: Instant,
    /// Is told the shop and the number of its payments that were checked.
    pub progress: &'a (dyn Fn(&ShopId, u64) + Sync),
}

/// The result of one invocation.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub shops_checked: u64,
    pub payments_checked: u64,
    pub differences: Vec<Difference>,
    /// Shops whose balance did not stand still, so that their sums could not be compared.
    pub in_motion: Vec<ShopId>,
}
