//! A transaction: one attempt to pay a payment, or one act of an operator.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    act::ActRecord,
    click::PrepareId,
    id::{OrderId, OrderKey, ShopId},
    money::PaymentAmount,
    payment::{Payment, Provider},
    shop::Mode,
    text::{PrintableError, parse_printable},
    time::UnixMillis,
};

/// A name that somebody else gives: a Payme transaction id, an operator's reference. Printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

impl Reference {
    pub fn parse(text: &str) -> Result<Self, PrintableError> {
        parse_printable(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reference {
    type Error = PrintableError;

    fn try_from(text: String) -> Result<Self, PrintableError> {
        Self::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

/// The key of a transaction: who made it, and their name for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionKey(String);

impl TransactionKey {
    /// A Payme id belongs to the mode of the key that it came with.
    pub fn payme(mode: Mode, id: &Reference) -> Self {
        Self(format!("{}#{}", payme_prefix(mode), id.0))
    }

    pub fn click(click_trans_id: i64) -> Self {
        Self(format!("click#{click_trans_id}"))
    }

    /// A payment is paid by its test button at most once.
    pub fn test(order_key: &OrderKey) -> Self {
        Self(format!("test#{order_key}"))
    }

    /// An act with a reference, which belongs to the shop.
    pub fn operator(shop_id: &ShopId, reference: &Reference) -> Self {
        Self(format!("operator#{shop_id}#{}", reference.0))
    }

    /// An act on a shop without a reference.
    pub fn act(shop_id: &ShopId) -> Self {
        Self(format!("act#{shop_id}#{}", Uuid::new_v4()))
    }

    /// Whether this is an operator's act with a reference.
    pub fn has_reference(&self) -> bool {
        self.0.starts_with("operator#")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Payme's own id, where this is an attempt of Payme's.
    pub fn payme_id(&self) -> Option<&str> {
        let modes = [Mode::Test, Mode::Live];
        modes.into_iter().find_map(|mode| self.0.strip_prefix(payme_prefix(mode))?.strip_prefix('#'))
    }
}

impl fmt::Display for TransactionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn payme_prefix(mode: Mode) -> &'static str {
    match mode {
        Mode::Test => "payme-test",
        Mode::Live => "payme-live",
    }
}

/// A partition of the statement: the Payme transactions of one UTC day of Payme's time.
pub fn payme_day(mode: Mode, time: UnixMillis) -> String {
    format!("{}#{}", payme_prefix(mode), time.utc_day())
}

/// Where a transaction stands, in Payme's numbers (Payme Merchant API, data types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub enum State {
    /// Holds its payment, until it is performed or cancelled.
    Created,
    Performed,
    /// Cancelled out of created: no money had moved.
    Cancelled,
    /// Cancelled out of performed: the money went back.
    Refunded,
}

impl From<State> for i8 {
    fn from(state: State) -> Self {
        match state {
            State::Created => 1,
            State::Performed => 2,
            State::Cancelled => -1,
            State::Refunded => -2,
        }
    }
}

impl TryFrom<i8> for State {
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

/// Why a transaction was cancelled, in Payme's numbers. Payme sends 1 to 5 and 10; any number that it may add is kept, and
/// Click's own error, which is negative.
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

/// Who a transaction belongs to in the index `owner_transactions`: a payment's order key, or `shop#<shop_id>`.
pub fn shop_owner(shop_id: &ShopId) -> String {
    format!("shop#{shop_id}")
}

/// An attempt to pay: the item of the table `transactions` that settlement works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    pub transaction_key: TransactionKey,
    pub kind: Provider,
    pub shop_id: ShopId,
    pub mode: Mode,
    pub order_key: OrderKey,
    pub order_id: OrderId,
    pub amount: PaymentAmount,
    pub state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<UnixMillis>,
    /// Payme's own time of the transaction, as Payme sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_time: Option<UnixMillis>,
    /// See [`payme_day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_day: Option<String>,
    pub owner: String,
    pub created_at: UnixMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performed_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<UnixMillis>,
    /// A random value of the call that performed it: whoever finds their own did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_by: Option<Uuid>,
    /// Our own id of the transaction, and of the call that began it.
    pub transaction_id: Uuid,
    /// Our number of the attempt for Click: 1 to 2^31-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepare_id: Option<PrepareId>,
    /// Fiscal data as Payme sent them, as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_perform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_cancel: Option<String>,
    /// What was asked and answered, where an operator paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ActRecord>,
}

/// Where an attempt stands at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    LiveHold,
    /// Created, and its time is over: it may only be cancelled.
    DeadHold,
    Performed,
    Cancelled,
    Refunded,
}

impl Transaction {
    /// An attempt of `kind` to pay `payment`, which holds it until `hold_until`.
    pub fn holding(key: TransactionKey, kind: Provider, payment: &Payment, hold_until: UnixMillis, now: UnixMillis) -> Self {
        Self { hold_until: Some(hold_until), ..Self::new(key, kind, payment, State::Created, now) }
    }

    /// An attempt that pays `payment` at once.
    pub fn paying(key: TransactionKey, kind: Provider, payment: &Payment, now: UnixMillis) -> Self {
        let new = Self::new(key, kind, payment, State::Performed, now);
        Self { performed_at: Some(now), settled_by: Some(new.transaction_id), ..new }
    }

    fn new(transaction_key: TransactionKey, kind: Provider, payment: &Payment, state: State, now: UnixMillis) -> Self {
        Self {
            transaction_key,
            kind,
            shop_id: payment.shop_id.clone(),
            mode: payment.mode,
            order_key: payment.order_key.clone(),
            order_id: payment.order_id.clone(),
            amount: payment.amount,
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
            act: None,
        }
    }

    /// This attempt after the call `settled_by` performed it.
    #[must_use]
    pub fn performed(self, settled_by: Uuid, now: UnixMillis) -> Self {
        Self { state: State::Performed, performed_at: Some(now), settled_by: Some(settled_by), ..self }
    }

    /// This attempt after its hold ended without money.
    #[must_use]
    pub fn cancelled(self, reason: Reason, now: UnixMillis) -> Self {
        Self { state: State::Cancelled, reason: Some(reason), cancelled_at: Some(now), ..self }
    }

    /// This attempt after its money went back.
    #[must_use]
    pub fn refunded(self, reason: Reason, now: UnixMillis) -> Self {
        Self { state: State::Refunded, reason: Some(reason), cancelled_at: Some(now), ..self }
    }

    pub fn standing(&self, now: UnixMillis) -> Standing {
        match self.state {
            State::Created if self.hold_until.is_some_and(|until| until > now) => Standing::LiveHold,
            State::Created => Standing::DeadHold,
            State::Performed => Standing::Performed,
            State::Cancelled => Standing::Cancelled,
            State::Refunded => Standing::Refunded,
        }
    }
}
