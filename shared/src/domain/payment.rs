//! A payment: an amount that a merchant asked for, and its status.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{
    channel::Channel,
    digest::digest,
    event_type::EventType,
    hold::is_live,
    id::{OrderId, OrderKey, PaymentId, ShopId},
    key::TransactionKey,
    lifetime::Lifetime,
    mode::Mode,
    money::{PaymentAmount, SignedTiyin, Tiyin},
    page::SortKey,
    shop::Profile,
    text::{Description, MerchantOrderId, ReturnUrl, ShopName},
    time::UnixMillis,
};

/// The status in the table. `expired` is never stored: see [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum StoredStatus {
    Pending,
    Paid,
    Cancelled,
    Refunded,
}

/// The status at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Status {
    Pending,
    Paid,
    Cancelled,
    Expired,
    Refunded,
}

/// A text that is not a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pending, paid, cancelled, expired or refunded")]
pub struct StatusError;

impl Status {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Paid, Self::Cancelled, Self::Expired, Self::Refunded];

    pub fn parse(text: &str) -> Result<Self, StatusError> {
        Self::ALL.into_iter().find(|status| status.into_str() == text).ok_or(StatusError)
    }

    /// A text for the payer, in Uzbek with the plain apostrophe.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Pending => "To'lov kutilmoqda",
            Self::Paid => "To'lov muvaffaqiyatli",
            Self::Cancelled => "To'lov bekor qilindi",
            Self::Expired => "To'lov muddati tugadi",
            Self::Refunded => "To'lov qaytarildi",
        }
    }
}

/// Who returned the money of a refunded payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ReturnedBy {
    /// The operator, outside the provider. The provider still counts the payment as paid.
    Us,
    /// The provider: its own refund, a chargeback, or a reversal in its cabinet.
    Provider,
}

/// An item of the table `payments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub order_key: OrderKey,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub shop_id: ShopId,
    /// The shop's name when the payment was created.
    pub shop_name: ShopName,
    pub mode: Mode,
    pub amount: PaymentAmount,
    pub status: StoredStatus,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
    /// Set if the merchant chose another lifetime than the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<Lifetime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded_at: Option<UnixMillis>,
    /// The action that refunded it. `None` if the provider did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded_by: Option<TransactionKey>,
    /// Set with `refunded_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned_by: Option<ReturnedBy>,
    /// The key of the attempt that holds or paid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<TransactionKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<UnixMillis>,
    /// Set when it is paid.
    #[serde(rename = "provider", skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The platform's fee. Set when it is paid, and kept after a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Tiyin>,
    /// amount - fee: what the payment added to the balance. Set when it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<SignedTiyin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<ReturnUrl>,
    pub fingerprint: Fingerprint,
    pub sort_key: SortKey,
    /// Set with `merchant_order_id`, so that the index `shop_orders` holds only such payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop_order: Option<ShopOrder>,
}

/// A merchant's order, as parsed. An idempotency key stands for these fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub amount: PaymentAmount,
    pub merchant_order_id: Option<MerchantOrderId>,
    pub description: Option<Description>,
    pub return_url: Option<ReturnUrl>,
    /// `None` for the default.
    pub expires_in: Option<Lifetime>,
}

impl Payment {
    /// Makes a pending payment of `shop`. Its lifetime is `default` if the order has none. An order
    /// that spells the default out is the same order as one without a lifetime.
    pub fn new(
        shop: &Profile,
        order: Order,
        order_key: OrderKey,
        now: UnixMillis,
        default: Lifetime,
    ) -> Self {
        let expires_in = order.expires_in.filter(|chosen| *chosen != default);
        let order = Order { expires_in, ..order };
        Self {
            order_id: OrderId::new(now, &order_key),
            payment_id: PaymentId::random(now),
            shop_id: shop.shop_id.clone(),
            shop_name: shop.name.clone(),
            mode: shop.mode,
            amount: order.amount,
            status: StoredStatus::Pending,
            created_at: now,
            expires_at: now.plus_ms(expires_in.unwrap_or(default).ms()),
            expires_in,
            paid_at: None,
            cancelled_at: None,
            refunded_at: None,
            refunded_by: None,
            returned_by: None,
            held_by: None,
            hold_until: None,
            channel: None,
            fee: None,
            net: None,
            fingerprint: Fingerprint::of(&shop.shop_id, &order),
            shop_order: ShopOrder::of(&shop.shop_id, order.merchant_order_id.as_ref()),
            merchant_order_id: order.merchant_order_id,
            description: order.description,
            return_url: order.return_url,
            sort_key: SortKey::new(now, &order_key),
            order_key,
        }
    }

    /// When an event of this type happened to it, if it did. Events about a shop never do.
    pub const fn time_of(&self, event_type: EventType) -> Option<UnixMillis> {
        match event_type {
            EventType::PaymentPaid => self.paid_at,
            EventType::PaymentRefunded => self.refunded_at,
            EventType::PaymentCancelled => self.cancelled_at,
            EventType::PayoutRecorded | EventType::PayoutReversed | EventType::AdjustmentRecorded => None,
        }
    }

    /// The time of a change at `now`.
    pub fn time_of_change(&self, now: UnixMillis) -> UnixMillis {
        now.after([Some(self.created_at), self.paid_at, self.cancelled_at, self.refunded_at])
    }

    /// The status at `now`. A pending payment is expired if its time is over and it has no live
    /// hold.
    pub fn status_at(&self, now: UnixMillis) -> Status {
        status_at(self.status, self.expires_at, self.hold_until, now)
    }

    /// Returns this payment as paid by `attempt`.
    #[must_use]
    pub fn paid(self, attempt: &TransactionKey, channel: Channel, fee: Tiyin, now: UnixMillis) -> Self {
        Self {
            fee: Some(fee),
            net: Some(self.amount.money().minus(fee)),
            status: StoredStatus::Paid,
            paid_at: Some(now),
            held_by: Some(attempt.clone()),
            hold_until: None,
            channel: Some(channel),
            ..self
        }
    }

    /// Returns this payment as refunded by the operator's action `refunded_by`.
    #[must_use]
    pub fn refunded(self, refunded_by: &TransactionKey, returned_by: ReturnedBy, now: UnixMillis) -> Self {
        Self {
            status: StoredStatus::Refunded,
            refunded_at: Some(now),
            refunded_by: Some(refunded_by.clone()),
            returned_by: Some(returned_by),
            ..self
        }
    }

    /// Returns this payment as cancelled.
    #[must_use]
    pub fn cancelled(self, now: UnixMillis) -> Self {
        Self {
            status: StoredStatus::Cancelled,
            cancelled_at: Some(now),
            held_by: None,
            hold_until: None,
            ..self
        }
    }

    /// What its refund takes off the balance, once it is paid.
    pub fn net_or_amount(&self) -> SignedTiyin {
        self.net.unwrap_or(self.amount.money().signed())
    }

    /// Computes the partition in the index `shop_orders` again, for comparing it with the stored one.
    pub fn computed_shop_order(&self) -> Option<ShopOrder> {
        ShopOrder::of(&self.shop_id, self.merchant_order_id.as_ref())
    }

    /// Computes the fingerprint again, for comparing it with the stored one.
    pub fn computed_fingerprint(&self) -> Fingerprint {
        self.fingerprint_with(self.amount)
    }

    /// Computes the fingerprint that this payment would have with `amount`.
    pub fn fingerprint_with(&self, amount: PaymentAmount) -> Fingerprint {
        let order = Order {
            amount,
            merchant_order_id: self.merchant_order_id.clone(),
            description: self.description.clone(),
            return_url: self.return_url.clone(),
            expires_in: self.expires_in,
        };
        Fingerprint::of(&self.shop_id, &order)
    }
}

/// The partition of a payment in the index `shop_orders`: shop id, `#`, merchant order id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopOrder(String);

impl ShopOrder {
    pub fn new(shop_id: &ShopId, merchant_order_id: &MerchantOrderId) -> Self {
        Self(format!("{shop_id}#{merchant_order_id}"))
    }

    fn of(shop_id: &ShopId, merchant_order_id: Option<&MerchantOrderId>) -> Option<Self> {
        merchant_order_id.map(|number| Self::new(shop_id, number))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A row of a list: the attributes that the index `shop_payments` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRow {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub shop_id: ShopId,
    pub amount: PaymentAmount,
    pub status: StoredStatus,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub paid_at: Option<UnixMillis>,
    pub cancelled_at: Option<UnixMillis>,
    pub refunded_at: Option<UnixMillis>,
    pub hold_until: Option<UnixMillis>,
    #[serde(rename = "provider")]
    pub channel: Option<Channel>,
    pub merchant_order_id: Option<MerchantOrderId>,
    pub sort_key: SortKey,
}

impl From<&Payment> for PaymentRow {
    fn from(payment: &Payment) -> Self {
        Self {
            order_id: payment.order_id.clone(),
            payment_id: payment.payment_id.clone(),
            shop_id: payment.shop_id.clone(),
            amount: payment.amount,
            status: payment.status,
            created_at: payment.created_at,
            expires_at: payment.expires_at,
            paid_at: payment.paid_at,
            cancelled_at: payment.cancelled_at,
            refunded_at: payment.refunded_at,
            hold_until: payment.hold_until,
            channel: payment.channel,
            merchant_order_id: payment.merchant_order_id.clone(),
            sort_key: payment.sort_key.clone(),
        }
    }
}

impl PaymentRow {
    /// Same as [`Payment::status_at`].
    pub fn status_at(&self, now: UnixMillis) -> Status {
        status_at(self.status, self.expires_at, self.hold_until, now)
    }
}

fn status_at(
    stored: StoredStatus,
    expires_at: UnixMillis,
    hold_until: Option<UnixMillis>,
    now: UnixMillis,
) -> Status {
    match stored {
        StoredStatus::Pending if expires_at <= now && !is_live(hold_until, now) => Status::Expired,
        StoredStatus::Pending => Status::Pending,
        StoredStatus::Paid => Status::Paid,
        StoredStatus::Cancelled => Status::Cancelled,
        StoredStatus::Refunded => Status::Refunded,
    }
}

/// SHA-256 of a shop id and an order, stored as base64url. Two requests to create a payment ask for
/// the same exactly if their fingerprints are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    fn of(shop_id: &ShopId, order: &Order) -> Self {
        let amount = order.amount.money().to_string();
        let expires_in = order.expires_in.map(|lifetime| lifetime.to_string());
        let parts = [
            Some(shop_id.as_str()),
            Some(amount.as_str()),
            order.merchant_order_id.as_ref().map(MerchantOrderId::as_str),
            order.description.as_ref().map(Description::as_str),
            order.return_url.as_ref().map(ReturnUrl::as_str),
            expires_in.as_deref(),
        ];
        Self(digest(parts))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order() -> impl Strategy<Value = Order> {
        let optional = || proptest::option::of("[ab]{1,2}");
        let minutes = proptest::option::of(5..8_i64);
        (100_000..100_003_i64, optional(), optional(), optional(), minutes).prop_map(
            |(tiyin, number, description, path, minutes)| Order {
                amount: PaymentAmount::try_from(tiyin).unwrap(),
                merchant_order_id: number.map(|text| MerchantOrderId::parse(&text).unwrap()),
                description: description.map(|text| Description::parse(&text).unwrap()),
                return_url: path.map(|path| ReturnUrl::parse(&format!("https://shop.uz/{path}")).unwrap()),
                expires_in: minutes.map(|minutes| Lifetime::new(minutes).unwrap()),
            },
        )
    }

    proptest! {
        #[test]
        fn fingerprints_agree_exactly_when_orders_do(a in order(), b in order(), x in 1..3, y in 1..3) {
            let print = |shop: i32, order| Fingerprint::of(&ShopId::parse(&shop.to_string()).unwrap(), order);
            prop_assert_eq!(print(x, &a) == print(y, &b), a == b && x == y);
        }

        #[test]
        fn only_a_pending_payment_without_a_live_hold_expires(now in 0..40_i64, expires in 0..40_i64, hold in proptest::option::of(0..40_i64)) {
            let time = |millis| UnixMillis::new(millis).unwrap();
            let status = |stored| status_at(stored, time(expires), hold.map(time), time(now));
            let expired = expires <= now && hold.is_none_or(|until| until <= now);
            prop_assert_eq!(status(StoredStatus::Pending), if expired { Status::Expired } else { Status::Pending });
            prop_assert_eq!(status(StoredStatus::Paid), Status::Paid);
            prop_assert_eq!(status(StoredStatus::Cancelled), Status::Cancelled);
            prop_assert_eq!(status(StoredStatus::Refunded), Status::Refunded);
        }
    }
}
