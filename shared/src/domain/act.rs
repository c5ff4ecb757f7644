//! Acts of operators: every one that changes something leaves a record in the table `transactions`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    digest::digest,
    id::ShopId,
    payment::Payment,
    time::UnixMillis,
    transaction::{TransactionKey, shop_owner},
};

/// Who asked, as far as the invocation tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedBy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Lambda's id of the invocation; CloudTrail's record of it says who that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What a command asks for: its fields as parsed, without its reference, which names the act, and without a key.
pub type Content = BTreeMap<String, String>;

/// SHA-256 over a command and its content: two acts are the same exactly when these are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(String);

impl ContentHash {
    pub fn of(command: &str, content: &Content) -> Self {
        let fields = content.iter().flat_map(|(name, value)| [Some(name.as_str()), Some(value.as_str())]);
        Self(digest([Some(command)].into_iter().chain(fields)))
    }
}

/// What an operator asked and was told, so that a repeat of a reference gets the same answer. Never holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRecord {
    pub command: String,
    pub content: Content,
    pub content_hash: ContentHash,
    /// The answer as it was given.
    pub answer: String,
    pub asked_by: AskedBy,
}

impl ActRecord {
    pub fn new(command: &str, content: Content, answer: String, asked_by: AskedBy) -> Self {
        Self { command: command.to_owned(), content_hash: ContentHash::of(command, &content), content, answer, asked_by }
    }
}

/// The record of an act that is no attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub transaction_key: TransactionKey,
    pub shop_id: ShopId,
    pub owner: String,
    pub created_at: UnixMillis,
    pub act: ActRecord,
}

impl Act {
    /// The record of an act on `shop_id` itself.
    pub fn on_shop(transaction_key: TransactionKey, shop_id: &ShopId, act: ActRecord, now: UnixMillis) -> Self {
        Self { transaction_key, shop_id: shop_id.clone(), owner: shop_owner(shop_id), created_at: now, act }
    }

    /// The record of an act on `payment`.
    pub fn on_payment(transaction_key: TransactionKey, payment: &Payment, act: ActRecord, now: UnixMillis) -> Self {
        Self { transaction_key, shop_id: payment.shop_id.clone(), owner: payment.order_key.to_string(), created_at: now, act }
    }
}
