//! Actions of operators. Each action that changes something leaves a record in the table
//! `transactions`.

use serde::{Deserialize, Serialize};

use super::{
    action_record::ActionRecord,
    event_type::EventType,
    id::ShopId,
    key::{Reference, TransactionKey, shop_owner},
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
    /// The type of its event, if it is an action on a balance and no payout.
    pub fn event_type(&self) -> Option<EventType> {
        match self.record.command.as_str() {
            "reverse_payout" => Some(EventType::PayoutReversed),
            "adjust_balance" => Some(EventType::AdjustmentRecorded),
            _ => None,
        }
    }

    /// The payout that it reverses.
    pub fn reversed_payout(&self) -> Option<TransactionKey> {
        let reference = Reference::parse(self.record.arguments.get("payout_reference")?).ok()?;
        (self.event_type() == Some(EventType::PayoutReversed))
            .then(|| TransactionKey::operator(&self.shop_id, &reference))
    }

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
