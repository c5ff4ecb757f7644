//! Actions of operators. Each action that changes something leaves a record in the table
//! `transactions`.

use serde::{Deserialize, Serialize};

use super::{
    action_record::ActionRecord,
    id::ShopId,
    key::{TransactionKey, shop_owner},
    payment::Payment,
    time::UnixMillis,
};

/// The item of an action that is not an attempt to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAction {
    pub transaction_key: TransactionKey,
    pub shop_id: ShopId,
    pub owner: String,
    pub created_at: UnixMillis,
    #[serde(rename = "act")]
    pub record: ActionRecord,
}

impl OperatorAction {
    /// Makes the item of an action on the shop itself.
    pub fn on_shop(
        transaction_key: TransactionKey,
        shop_id: &ShopId,
        record: ActionRecord,
        now: UnixMillis,
    ) -> Self {
        Self {
            transaction_key,
            shop_id: shop_id.clone(),
            owner: shop_owner(shop_id),
            created_at: now,
            record,
        }
    }

    /// Makes the item of an action on `payment`.
    pub fn on_payment(
        transaction_key: TransactionKey,
        payment: &Payment,
        record: ActionRecord,
        now: UnixMillis,
    ) -> Self {
        Self {
            transaction_key,
            shop_id: payment.shop_id.clone(),
            owner: payment.order_key.to_string(),
            created_at: now,
            record,
        }
    }
}
