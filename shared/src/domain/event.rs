//! The journal: one event for each change of money or status. Events are never changed or deleted,
//! so at every instant a shop's balance is the sum of `net` over its events.

use serde::{Deserialize, Serialize};

use super::{
    attempt::Attempt,
    channel::Channel,
    digest::digest_bits,
    event_type::EventType,
    id::{OrderId, OrderKey, PaymentId, ShopId, base36, is_tail},
    key::{Reference, TransactionKey},
    mode::Mode,
    money::{PaymentAmount, SignedTiyin, Tiyin},
    newtype::text_newtype,
    payment::{Payment, ReturnedBy},
    text::{Description, MerchantOrderId, Remark},
    time::UnixMillis,
};

/// The age after which an event is settled: nothing before it can appear any more, because no write
/// goes out later than 10 seconds after its time, and clocks differ by less than 5 seconds.
pub const SETTLED_MS: i64 = 30_000;

/// The place of an event in its shop's journal: occurred_at as 13 digits, what it is about, and the
/// last word of its type. Text order is time order.
///
/// What it is about is an order key, or the digest of the key of an action on the shop. So each
/// event is found from its payment or its record, without an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventKey(String);
text_newtype!(EventKey, EventKeyError);

/// What the public name of an event begins with.
const PUBLIC_PREFIX: &str = "EVT_";

/// A text that is not an [`EventKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the key of an event")]
pub struct EventKeyError;

impl EventKey {
    /// The key of an event about a payment.
    pub fn of_payment(occurred_at: UnixMillis, event_type: EventType, order_key: &OrderKey) -> Self {
        Self::new(occurred_at, event_type, order_key.as_str())
    }

    /// The key of an event about an action on the shop itself.
    pub fn of_action(occurred_at: UnixMillis, event_type: EventType, action: &TransactionKey) -> Self {
        Self::new(occurred_at, event_type, &base36(digest_bits(action.as_str())))
    }

    fn new(occurred_at: UnixMillis, event_type: EventType, subject: &str) -> Self {
        Self(format!("{}_{subject}_{}", occurred_at.digits(), event_type.last_word()))
    }

    /// A text that sorts before the keys of all events at `time` or later.
    pub fn at(time: UnixMillis) -> String {
        time.digits()
    }

    pub fn parse(text: &str) -> Result<Self, EventKeyError> {
        let (millis, rest) = text.split_once('_').ok_or(EventKeyError)?;
        let (subject, word) = rest.split_once('_').ok_or(EventKeyError)?;
        let dated = UnixMillis::from_digits(millis).is_some();
        let known = EventType::ALL.into_iter().any(|one| one.last_word() == word);
        if dated && is_tail(subject) && known { Ok(Self(text.to_owned())) } else { Err(EventKeyError) }
    }

    /// The event's public name: `EVT_` and this key.
    pub fn event_id(&self) -> String {
        format!("{PUBLIC_PREFIX}{}", self.0)
    }

    /// Reads what [`EventKey::event_id`] writes.
    pub fn from_event_id(text: &str) -> Result<Self, EventKeyError> {
        Self::parse(text.strip_prefix(PUBLIC_PREFIX).ok_or(EventKeyError)?)
    }

    /// When it happened.
    pub fn occurred_at(&self) -> UnixMillis {
        // A key begins with the digits of its time: `new` writes them and `parse` looks for them.
        self.0.get(..13).and_then(UnixMillis::from_digits).unwrap_or(UnixMillis::MIN)
    }
}

/// How an event moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Movement {
    gross: SignedTiyin,
    fee: SignedTiyin,
    /// The change of the balance: gross - fee.
    net: SignedTiyin,
}

impl Movement {
    const NONE: Self = Self::without_fee(SignedTiyin::ZERO);

    const fn without_fee(gross: SignedTiyin) -> Self {
        Self { gross, fee: SignedTiyin::ZERO, net: gross }
    }

    const fn paid(amount: PaymentAmount, fee: Tiyin) -> Self {
        let amount = amount.money();
        Self { gross: amount.signed(), fee: fee.signed(), net: amount.minus(fee) }
    }

    /// Reverses [`Movement::paid`] exactly.
    const fn refunded(amount: PaymentAmount, fee: Tiyin) -> Self {
        let amount = amount.money();
        Self { gross: Tiyin::ZERO.minus(amount), fee: Tiyin::ZERO.minus(fee), net: fee.minus(amount) }
    }
}

/// An item of the table `events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub shop_id: ShopId,
    pub event_key: EventKey,
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub occurred_at: UnixMillis,
    pub mode: Mode,
    /// The amount without the fee taken off. Negative if money left the shop's account.
    pub gross: SignedTiyin,
    /// Negative if the fee was given back.
    pub fee: SignedTiyin,
    /// The change of the balance: gross - fee.
    pub net: SignedTiyin,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_created_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// The channel that paid the payment.
    #[serde(rename = "provider", skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The provider's own id: Payme's transaction id or click_trans_id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_transaction: Option<String>,
    /// Who returned the money of a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned_by: Option<ReturnedBy>,
    /// The reference of an operator's action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// The operator's reason for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Remark>,
}

/// What events tell of a payment. None of it ever changes.
#[derive(Clone, Copy, Debug)]
pub struct PaymentFacts<'a> {
    pub shop_id: &'a ShopId,
    pub mode: Mode,
    pub order_key: &'a OrderKey,
    pub order_id: &'a OrderId,
    pub payment_id: &'a PaymentId,
    pub created_at: UnixMillis,
    pub amount: PaymentAmount,
    pub merchant_order_id: Option<&'a MerchantOrderId>,
    pub description: Option<&'a Description>,
}

/// A payment, and how it was paid.
#[derive(Clone, Copy, Debug)]
pub struct PaidPayment<'a> {
    pub facts: PaymentFacts<'a>,
    pub paid_by: &'a TransactionKey,
    pub channel: Channel,
    pub fee: Tiyin,
}

impl<'a> From<&'a Attempt> for PaidPayment<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            facts: attempt.into(),
            paid_by: &attempt.transaction_key,
            channel: attempt.channel,
            fee: attempt.fee,
        }
    }
}

impl<'a> PaidPayment<'a> {
    /// Returns `None` if the payment was never paid.
    pub fn of(payment: &'a Payment) -> Option<Self> {
        Some(Self {
            facts: payment.into(),
            paid_by: payment.held_by.as_ref()?,
            channel: payment.channel?,
            fee: payment.fee?,
        })
    }
}

impl<'a> From<&'a Payment> for PaymentFacts<'a> {
    fn from(payment: &'a Payment) -> Self {
        Self {
            shop_id: &payment.shop_id,
            mode: payment.mode,
            order_key: &payment.order_key,
            order_id: &payment.order_id,
            payment_id: &payment.payment_id,
            created_at: payment.created_at,
            amount: payment.amount,
            merchant_order_id: payment.merchant_order_id.as_ref(),
            description: payment.description.as_ref(),
        }
    }
}

impl<'a> From<&'a Attempt> for PaymentFacts<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            shop_id: &attempt.shop_id,
            mode: attempt.mode,
            order_key: &attempt.order_key,
            order_id: &attempt.order_id,
            payment_id: &attempt.payment_id,
            created_at: attempt.payment_created_at,
            amount: attempt.amount,
            merchant_order_id: attempt.merchant_order_id.as_ref(),
            description: attempt.description.as_ref(),
        }
    }
}

/// The reference and the reason of an operator's action, for its event.
#[derive(Clone, Debug)]
pub struct ActionNote {
    pub reference: Reference,
    pub reason: Option<Remark>,
}

impl Event {
    /// A payment was paid.
    pub fn paid(payment: PaidPayment<'_>, at: UnixMillis) -> Self {
        let movement = Movement::paid(payment.facts.amount, payment.fee);
        Self::of_paid(payment, EventType::PaymentPaid, movement, at)
    }

    /// The money of a paid payment went back, and its fee with it.
    pub fn refunded(payment: PaidPayment<'_>, returned_by: ReturnedBy, at: UnixMillis) -> Self {
        let movement = Movement::refunded(payment.facts.amount, payment.fee);
        let event = Self::of_paid(payment, EventType::PaymentRefunded, movement, at);
        Self { returned_by: Some(returned_by), ..event }
    }

    /// A pending payment was cancelled.
    pub fn cancelled(payment: PaymentFacts<'_>, at: UnixMillis) -> Self {
        Self::of_payment(payment, EventType::PaymentCancelled, Movement::NONE, at)
    }

    /// An action on the shop itself moved `amount`.
    pub fn of_action(
        shop_id: &ShopId,
        mode: Mode,
        event_type: EventType,
        amount: SignedTiyin,
        note: ActionNote,
        at: UnixMillis,
    ) -> Self {
        let action = TransactionKey::operator(shop_id, &note.reference);
        let key = EventKey::of_action(at, event_type, &action);
        Self::new(shop_id, mode, key, event_type, Movement::without_fee(amount), at).noted(Some(note))
    }

    /// Adds what the operator said about it. `None` if no operator did it.
    #[must_use]
    pub fn noted(self, note: Option<ActionNote>) -> Self {
        let Some(ActionNote { reference, reason }) = note else { return self };
        Self { reference: Some(reference), reason, ..self }
    }

    fn of_payment(
        payment: PaymentFacts<'_>,
        event_type: EventType,
        movement: Movement,
        at: UnixMillis,
    ) -> Self {
        let key = EventKey::of_payment(at, event_type, payment.order_key);
        Self {
            order_id: Some(payment.order_id.clone()),
            payment_id: Some(payment.payment_id.clone()),
            payment_created_at: Some(payment.created_at),
            merchant_order_id: payment.merchant_order_id.cloned(),
            description: payment.description.cloned(),
            ..Self::new(payment.shop_id, payment.mode, key, event_type, movement, at)
        }
    }

    fn of_paid(payment: PaidPayment<'_>, event_type: EventType, movement: Movement, at: UnixMillis) -> Self {
        Self {
            channel: Some(payment.channel),
            provider_transaction: payment.paid_by.provider_id().map(str::to_owned),
            ..Self::of_payment(payment.facts, event_type, movement, at)
        }
    }

    fn new(
        shop_id: &ShopId,
        mode: Mode,
        event_key: EventKey,
        event_type: EventType,
        movement: Movement,
        occurred_at: UnixMillis,
    ) -> Self {
        Self {
            shop_id: shop_id.clone(),
            event_key,
            event_type,
            occurred_at,
            mode,
            gross: movement.gross,
            fee: movement.fee,
            net: movement.net,
            order_id: None,
            payment_id: None,
            payment_created_at: None,
            merchant_order_id: None,
            description: None,
            channel: None,
            provider_transaction: None,
            returned_by: None,
            reference: None,
            reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_event_key_is_read_back_and_sorts_by_time(a in 0..=UnixMillis::MAX.get(), b in 0..=UnixMillis::MAX.get(), bits in any::<u128>(), kind in 0..6_usize) {
            let time = |millis| UnixMillis::new(millis).unwrap();
            let key = |millis| EventKey::of_payment(time(millis), EventType::ALL[kind], &OrderKey::from_bits(bits));
            prop_assert_eq!(EventKey::parse(key(a).as_str()), Ok(key(a)));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert!(EventKey::at(time(a)).as_str() < key(a).as_str());
            prop_assert_eq!(EventKey::at(time(a)).as_str() > key(b).as_str(), a > b);
        }

        #[test]
        fn any_text_is_an_event_key_or_an_error(text in ".{0,80}") {
            let _ = EventKey::parse(&text);
        }

        #[test]
        fn a_refund_reverses_its_payment_exactly(tiyin in 100_000..=99_999_999_999_i64, fee in 0..=20_000_000_000_i64) {
            let (amount, fee) = (PaymentAmount::try_from(tiyin).unwrap(), Tiyin::new(fee).unwrap());
            let (paid, refunded) = (Movement::paid(amount, fee), Movement::refunded(amount, fee));
            for (one, other) in [(paid.gross, refunded.gross), (paid.fee, refunded.fee), (paid.net, refunded.net)] {
                prop_assert_eq!(one.checked_add(other), Some(SignedTiyin::ZERO));
            }
            prop_assert_eq!(paid.gross.checked_sub(paid.fee), Some(paid.net));
        }
    }
}
