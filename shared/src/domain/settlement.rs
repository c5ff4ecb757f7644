//! What may follow what. These rules decide; [`crate::store`] writes each as one conditional transaction, so that a
//! decision on stale items changes nothing and is made again on the items that came back.

use super::{
    payment::{Payment, Status, StoredStatus, is_live},
    time::UnixMillis,
    transaction::TransactionKey,
};

/// What a payment is open to at a given time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Openness {
    /// Pending, in time, nobody holds it.
    Free,
    /// Pending, in time; a hold whose time is over stands in the way and is cancelled by whoever comes next.
    DeadHold(TransactionKey),
    /// Pending, and a provider's transaction may still pay it, also after its expiry.
    Held(TransactionKey),
    /// Past its time, without a live hold. Only an operator's settlement of late money can still pay it.
    Expired(Option<TransactionKey>),
    /// Paid, cancelled or refunded: nothing new can begin.
    Closed(Status),
}

impl Payment {
    /// What may happen to this payment at `now`.
    pub fn openness(&self, now: UnixMillis) -> Openness {
        match self.status {
            StoredStatus::Paid => return Openness::Closed(Status::Paid),
            StoredStatus::Cancelled => return Openness::Closed(Status::Cancelled),
            StoredStatus::Refunded => return Openness::Closed(Status::Refunded),
            StoredStatus::Pending => {}
        }
        match &self.held_by {
            Some(holder) if is_live(self.hold_until, now) => Openness::Held(holder.clone()),
            holder if self.expires_at <= now => Openness::Expired(holder.clone()),
            Some(holder) => Openness::DeadHold(holder.clone()),
            None => Openness::Free,
        }
    }
}
