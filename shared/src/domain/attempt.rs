//! An attempt to pay a payment.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    action_record::ActionRecord,
    channel::Channel,
    fee::FeeRate,
    hold::is_live,
    id::{OrderId, OrderKey, PaymentId, PrepareId, ShopId},
    key::TransactionKey,
    mode::Mode,
    money::{PaymentAmount, SignedTiyin, Tiyin},
    payment::Payment,
    text::{Description, MerchantOrderId},
    time::UnixMillis,
};

/// The state of an attempt, in Payme's numbers (Payme Merchant API, data types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub enum PaymeState {
    /// Holds its payment until it is performed or cancelled.
    Created,
    Performed,
    /// Cancelled from `Created`: no money moved.
    Cancelled,
    /// Cancelled from `Performed`: the money went back.
    Refunded,
}

impl From<PaymeState> for i8 {
    fn from(state: PaymeState) -> Self {
        match state {
            PaymeState::Created => 1,
            PaymeState::Performed => 2,
            PaymeState::Cancelled => -1,
            PaymeState::Refunded => -2,
        }
    }
}

impl TryFrom<i8> for PaymeState {
    type Error = &'static str;

    fn try_from(state: i8) -> Result<Self, &'static str> {
        match state {
            1 => Ok(Self::Created),
            2 => Ok(Self::Performed),
            -1 => Ok(Self::Cancelled),
            -2 => Ok(Self::Refunded),
            _ => Err("a state is 1, 2, -1 or -2"),
        }
    }
}

/// The reason of a cancellation, in Payme's numbers. Payme sends 1 to 5 and 10. Other numbers are
/// stored as they are, because Payme may add some and Click's own errors are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(i32);

impl Reason {
    pub const TIMEOUT: Self = Self(4);
    pub const REFUND: Self = Self(5);
    pub const UNKNOWN: Self = Self(10);

    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    pub const fn get(self) -> i32 {
        self.0
    }
}

/// An attempt to pay: an item of the table `transactions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub transaction_key: TransactionKey,
    #[serde(rename = "kind")]
    pub channel: Channel,
    pub shop_id: ShopId,
    pub mode: Mode,
    pub order_key: OrderKey,
    pub order_id: OrderId,
    pub amount: PaymentAmount,
    /// The fee of the payment if this attempt pays it.
    pub fee: Tiyin,
    // The event of the payment is made of these, without another read.
    pub payment_id: PaymentId,
    pub payment_created_at: UnixMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    pub state: PaymeState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<UnixMillis>,
    /// Payme's own time of the transaction, unchanged. For Click it is `created_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_time: Option<UnixMillis>,
    /// See [`StatementSource::day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_day: Option<String>,
    pub owner: String,
    pub created_at: UnixMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performed_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<UnixMillis>,
    /// A random value of the call that performed the attempt. A call that reads its own value back
    /// knows that its write succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<Uuid>,
    /// Our id of the attempt and of the call that began it.
    pub transaction_id: Uuid,
    /// Our number of the attempt for Click, 1 to 2^31-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepare_id: Option<PrepareId>,
    /// Fiscal data from Payme, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_perform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_cancel: Option<String>,
    /// Set if an operator paid.
    #[serde(rename = "act", skip_serializing_if = "Option::is_none")]
    pub record: Option<ActionRecord>,
}

/// The status of an attempt at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptStatus {
    LiveHold,
    /// `Created`, but its time is over. Another attempt may take its payment.
    StaleHold,
    Performed,
    Cancelled,
    Refunded,
}

impl Attempt {
    /// Makes an attempt that holds `payment` until `hold_until`.
    pub fn holding(
        key: TransactionKey,
        channel: Channel,
        payment: &Payment,
        rate: FeeRate,
        hold_until: UnixMillis,
        now: UnixMillis,
    ) -> Self {
        Self {
            hold_until: Some(hold_until),
            ..Self::new(key, channel, payment, rate, PaymeState::Created, now)
        }
    }

    /// Makes an attempt that pays `payment` at once.
    pub fn paying(
        key: TransactionKey,
        channel: Channel,
        payment: &Payment,
        rate: FeeRate,
        now: UnixMillis,
    ) -> Self {
        let new = Self::new(key, channel, payment, rate, PaymeState::Performed, now);
        Self { performed_at: Some(now), settled_by: Some(new.transaction_id), ..new }
    }

    fn new(
        transaction_key: TransactionKey,
        channel: Channel,
        payment: &Payment,
        rate: FeeRate,
        state: PaymeState,
        now: UnixMillis,
    ) -> Self {
        Self {
            transaction_key,
            channel,
            shop_id: payment.shop_id.clone(),
            mode: payment.mode,
            order_key: payment.order_key.clone(),
            order_id: payment.order_id.clone(),
            amount: payment.amount,
            fee: rate.of(payment.amount),
            payment_id: payment.payment_id.clone(),
            payment_created_at: payment.created_at,
            merchant_order_id: payment.merchant_order_id.clone(),
            description: payment.description.clone(),
            state,
            reason: None,
            hold_until: None,
            provider_time: None,
            provider_day: None,
            owner: payment.order_key.to_string(),
            created_at: now,
            performed_at: None,
            cancelled_at: None,
            settled_by: None,
            transaction_id: Uuid::new_v4(),
            prepare_id: None,
            fiscal_perform: None,
            fiscal_cancel: None,
            record: None,
        }
    }

    /// Returns this attempt as performed by the call `settled_by`.
    #[must_use]
    pub fn performed(self, settled_by: Uuid, now: UnixMillis) -> Self {
        Self { state: PaymeState::Performed, performed_at: Some(now), settled_by: Some(settled_by), ..self }
    }

    /// Returns this attempt as cancelled before any money moved.
    #[must_use]
    pub fn cancelled(self, reason: Reason, now: UnixMillis) -> Self {
        Self { state: PaymeState::Cancelled, reason: Some(reason), cancelled_at: Some(now), ..self }
    }

    /// Returns this attempt as refunded.
    #[must_use]
    pub fn refunded(self, reason: Reason, now: UnixMillis) -> Self {
        Self { state: PaymeState::Refunded, reason: Some(reason), cancelled_at: Some(now), ..self }
    }

    /// What it adds to the balance if it pays: the amount without the fee.
    pub fn net(&self) -> SignedTiyin {
        self.amount.money().minus(self.fee)
    }

    /// The time of a change at `now`.
    pub fn time_of_change(&self, now: UnixMillis) -> UnixMillis {
        now.after([
            Some(self.payment_created_at),
            Some(self.created_at),
            self.performed_at,
            self.cancelled_at,
        ])
    }

    pub fn status(&self, now: UnixMillis) -> AttemptStatus {
        match self.state {
            PaymeState::Created if is_live(self.hold_until, now) => AttemptStatus::LiveHold,
            PaymeState::Created => AttemptStatus::StaleHold,
            PaymeState::Performed => AttemptStatus::Performed,
            PaymeState::Cancelled => AttemptStatus::Cancelled,
            PaymeState::Refunded => AttemptStatus::Refunded,
        }
    }

    /// Whether its provider may still perform it: while its hold is live, and longer if the channel
    /// delivers late.
    pub fn may_be_performed(&self, now: UnixMillis) -> bool {
        match self.status(now) {
            AttemptStatus::LiveHold => true,
            AttemptStatus::StaleHold => self.channel.delivers_late(),
            AttemptStatus::Performed | AttemptStatus::Cancelled | AttemptStatus::Refunded => false,
        }
    }
}
