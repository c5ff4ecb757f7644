//! Keys of the table `transactions`.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    channel::Channel,
    id::{OrderKey, ShopId},
    mode::Mode,
    newtype::text_newtype,
    text::{PrintableError, parse_printable},
    time::UnixMillis,
};

/// A name that somebody else chose: a Payme transaction id or an operator's reference. Printable
/// ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);
text_newtype!(Reference, PrintableError);

impl Reference {
    pub fn parse(text: &str) -> Result<Self, PrintableError> {
        parse_printable(text).map(Self)
    }
}

/// The key of an item: a prefix for who made it, and their name for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionKey(String);

impl TransactionKey {
    /// Payme's test and live ids are separate: the same id may occur in both modes.
    pub fn payme(mode: Mode, id: &Reference) -> Self {
        Self(format!("{}#{}", payme_prefix(mode), id.0))
    }

    pub fn click(click_trans_id: i64) -> Self {
        Self(format!("click#{click_trans_id}"))
    }

    /// Derived from the order key, so that the test button pays a payment at most once.
    pub fn test(order_key: &OrderKey) -> Self {
        Self(format!("test#{order_key}"))
    }

    /// The key of an action with a reference. A reference is unique within its shop.
    pub fn operator(shop_id: &ShopId, reference: &Reference) -> Self {
        Self(format!("operator#{shop_id}#{}", reference.0))
    }

    /// A new random key for an action on a shop without a reference.
    pub fn action(shop_id: &ShopId) -> Self {
        Self(format!("act#{shop_id}#{}", Uuid::new_v4()))
    }

    /// The key of the creation of a shop with a reference. A reference of a creation is unique on the
    /// whole platform.
    pub fn creation(reference: &Reference) -> Self {
        Self(format!("create#{}", reference.0))
    }

    /// The channel of an attempt. `None` for an operator's item, which may be an attempt or not.
    pub fn channel(&self) -> Option<Channel> {
        match self.0.split_once('#')?.0 {
            "payme-live" | "payme-test" => Some(Channel::Payme),
            "click" => Some(Channel::Click),
            "test" => Some(Channel::Test),
            _ => None,
        }
    }

    /// Whether the money of the attempt may still come after its hold.
    pub fn delivers_late(&self) -> bool {
        self.channel().is_some_and(Channel::delivers_late)
    }

    /// The reference of an action in its shop. `None` if the item is no such action.
    pub fn reference(&self) -> Option<&str> {
        let (_shop, reference) = self.0.strip_prefix("operator#")?.split_once('#')?;
        Some(reference)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The provider's own id of an attempt: Payme's transaction id or click_trans_id. `None` if no
    /// provider made the item.
    pub fn provider_id(&self) -> Option<&str> {
        self.payme_id().or_else(|| self.0.strip_prefix("click#"))
    }

    /// Payme's transaction id, or `None` if the item is not an attempt by Payme.
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

/// A provider whose attempts are found by their time, for Payme those of one mode. Selects the
/// partitions of the index `provider_statement`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementSource {
    Payme(Mode),
    Click,
}

impl StatementSource {
    /// The partition of the index: one UTC day of Payme's time, or of our time of Click's Prepare.
    pub fn day(self, time: UnixMillis) -> String {
        let prefix = match self {
            Self::Payme(mode) => payme_prefix(mode),
            Self::Click => "click",
        };
        format!("{prefix}#{}", time.utc_day())
    }
}

/// The `owner` of a shop's actions in the index `owner_transactions`. For a payment's transactions
/// it is the order key.
pub fn shop_owner(shop_id: &ShopId) -> String {
    format!("shop#{shop_id}")
}
