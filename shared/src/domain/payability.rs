//! Decides what may be done with a payment. Every transition that needs a pending payment asks here
//! first. [`crate::store`] turns the [`Opening`] into the condition of its write, so a decision on
//! a stale item changes nothing and is made again.

use super::{
    hold::is_live,
    key::TransactionKey,
    payment::{Payment, Status, StoredStatus},
    time::UnixMillis,
};

/// What may be done with a payment at a given time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payability {
    /// Pending and in time. `stale_hold` is an attempt whose hold is over. The next transition
    /// cancels it.
    Payable { stale_hold: Option<TransactionKey> },
    /// Pending, and a provider's attempt may still pay it, even after its expiry.
    Held,
    /// Pending and past its time, without a live hold.
    Expired { stale_hold: Option<TransactionKey> },
    /// Paid, cancelled or refunded.
    Closed(Status),
}

/// Whether a transition requires that the payment has not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Enforced,
    Ignored,
}

/// A pending payment that a transition may take, and what must still be true when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The attempt whose hold is over. The transition cancels it in the same write.
    pub stale_hold: Option<TransactionKey>,
    pub expiry: Expiry,
}

impl Payment {
    /// Returns what may be done with this payment at `now`.
    ///
    /// ```
    /// use shared::domain::{
    ///     credential::ShopKey,
    ///     id::{OrderKey, ShopId},
    ///     key::TransactionKey,
    ///     lifetime::Lifetime,
    ///     mode::Mode,
    ///     money::PaymentAmount,
    ///     payability::Payability,
    ///     payment::{Order, Payment},
    ///     shop::Profile,
    ///     text::ShopName,
    ///     time::UnixMillis,
    /// };
    ///
    /// let now = UnixMillis::new(1_701_234_567_000)?;
    /// let key = ShopKey::random(Mode::Test)?;
    /// let shop = Profile::new(ShopId::parse("1001")?, ShopName::parse("My Shop")?, Mode::Test, &key, now)?;
    /// let order = Order {
    ///     amount: PaymentAmount::MIN,
    ///     merchant_order_id: None,
    ///     description: None,
    ///     return_url: None,
    ///     expires_in: Some(Lifetime::MIN),
    /// };
    /// let payment = Payment::new(&shop, order, OrderKey::random(), now, Lifetime::DAY);
    /// let end = now.plus_ms(Lifetime::MIN.ms());
    ///
    /// // A new payment can be paid until its time is over.
    /// assert_eq!(payment.payability(now), Payability::Payable { stale_hold: None });
    /// assert_eq!(payment.payability(end), Payability::Expired { stale_hold: None });
    ///
    /// // Nobody else can pay it while an attempt holds it.
    /// let attempt = Some(TransactionKey::click(7));
    /// let held = Payment { held_by: attempt.clone(), hold_until: Some(now.plus_ms(1000)), ..payment };
    /// assert_eq!(held.payability(now), Payability::Held);
    /// assert_eq!(held.payability(now.plus_ms(1000)), Payability::Payable { stale_hold: attempt });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payability(&self, now: UnixMillis) -> Payability {
        match self.status {
            StoredStatus::Paid => Payability::Closed(Status::Paid),
            StoredStatus::Cancelled => Payability::Closed(Status::Cancelled),
            StoredStatus::Refunded => Payability::Closed(Status::Refunded),
            StoredStatus::Pending if is_live(self.hold_until, now) => Payability::Held,
            StoredStatus::Pending if self.expires_at <= now => {
                Payability::Expired { stale_hold: self.held_by.clone() }
            }
            StoredStatus::Pending => Payability::Payable { stale_hold: self.held_by.clone() },
        }
    }
}

impl Payability {
    /// Whether the payment may become paid without an operator. An expired one may while its stale
    /// hold is of a channel that delivers late.
    pub fn may_still_be_paid(&self) -> bool {
        match self {
            Self::Payable { .. } | Self::Held => true,
            Self::Expired { stale_hold } => stale_hold.as_ref().is_some_and(TransactionKey::delivers_late),
            Self::Closed(_) => false,
        }
    }

    /// Allows a new attempt to pay.
    ///
    /// # Errors
    /// Returns the payability if no new attempt may begin.
    pub fn to_pay(self) -> Result<Opening, Self> {
        match self {
            Self::Payable { stale_hold } => Ok(Opening { stale_hold, expiry: Expiry::Enforced }),
            refused => Err(refused),
        }
    }

    /// Allows a cancellation. An expired payment can be cancelled only while Click's stale hold
    /// could still pay it. Cancelling makes its end final.
    ///
    /// # Errors
    /// Returns the payability if the payment cannot be cancelled.
    pub fn to_cancel(self) -> Result<Opening, Self> {
        match self {
            Self::Payable { stale_hold } => Ok(Opening { stale_hold, expiry: Expiry::Enforced }),
            Self::Expired { stale_hold: Some(late) } if late.delivers_late() => {
                Ok(Opening { stale_hold: Some(late), expiry: Expiry::Ignored })
            }
            refused => Err(refused),
        }
    }

    /// Allows an operator to book money that came in time or late.
    ///
    /// # Errors
    /// Returns the payability if the payment cannot be settled.
    pub fn to_settle(self) -> Result<Opening, Self> {
        match self {
            Self::Payable { stale_hold } | Self::Expired { stale_hold } => {
                Ok(Opening { stale_hold, expiry: Expiry::Ignored })
            }
            refused => Err(refused),
        }
    }
}
