//! Acts of operators: every one that changes something leaves a record in the table `transactions`.

use serde::{Deserialize, Serialize};

use super::{
    id::ShopId,
    time::UnixMillis,
    transaction::{TransactionKey, shop_owner},
};

/// What an operator asked and was told, so that a repeat of a reference gets the same answer. Never holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRecord {
    pub command: String,
    /// SHA-256 of the command's content.
    pub content_hash: String,
    /// The answer as it was given.
    pub answer: String,
    /// Who asked, where the invocation tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
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
}
