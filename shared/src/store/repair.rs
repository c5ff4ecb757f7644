//! Repairing the books of a shop after a restore, which may hold parts of transactions. The domain
//! decides what must be written ([`crate::domain::payment_repair`], [`crate::domain::action_repair`]).
//!
//! The shop may be in business meanwhile. So each write requires that the items are still as they
//! were read, and each repair takes a turn: it moves the counter `repairs` of the balance item. A
//! repair that read before another one wrote is refused, and reads again. So no event is put twice,
//! and no balance is set from events that were added up before another repair put one more.
//!
//! A repair puts events with the times of their changes, which are long past. Nothing else does.

mod action;
mod balance;
mod payment;

pub use action::ActionSuspect;
pub use balance::BalanceReading;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    item::Item,
    replacement::Replacement,
    shops,
    transact::{Subject, Write, WriteOutcome},
    tries::Tries,
};
use crate::domain::{
    action_record::{ActionRecord, Arguments, RequestedBy},
    id::ShopId,
    key::{Reference, TransactionKey},
    operator_action::OperatorAction,
    payment::Payment,
    shop_action::ShopAction,
    time::UnixMillis,
};

/// The command in the record of each write.
const COMMAND: &str = "repair";
const REPAIRS: &str = "repairs";

/// Makes the answer that a lost record of an action on a payment gets, from the payment and the time
/// of the action.
type PaymentAnswer<'a> = dyn Fn(&Payment, UnixMillis) -> Result<String, StoreError> + Send + Sync + 'a;
type ActionAnswer<'a> = dyn Fn(&ShopAction) -> Result<String, StoreError> + Send + Sync + 'a;

/// A repair of one shop: what its records say, and how it answers for records that are lost.
pub struct Repairer<'a> {
    pub shop_id: &'a ShopId,
    pub reference: &'a Reference,
    pub requested_by: &'a RequestedBy,
    pub payment_answer: &'a PaymentAnswer<'a>,
    pub action_answer: &'a ActionAnswer<'a>,
}

/// The balance item before the reads that a write depends on.
struct Turn(Item);

impl Turn {
    fn repairs(&self) -> u64 {
        let number = self.0.get(REPAIRS).and_then(|number| number.as_n().ok()?.parse().ok());
        number.unwrap_or_default()
    }

    /// The item after this turn.
    fn taken(&self) -> Item {
        let mut item = self.0.clone();
        let next = self.repairs().saturating_add(1);
        item.insert(REPAIRS.to_owned(), AttributeValue::N(next.to_string()));
        item
    }
}

impl Store {
    /// Returns the record of an operator's action under `key`, strongly consistent.
    pub async fn recorded_action(&self, key: &TransactionKey) -> Result<Option<OperatorAction>, StoreError> {
        self.action(key).await
    }

    /// Puts `action`, unless its reference is taken. Returns the record that has it.
    pub async fn record_action(&self, action: &OperatorAction) -> Result<ActionRecord, StoreError> {
        let mut tries = Tries::start();
        loop {
            let outcome = self.transact(&[self.put_record(action)?], action.created_at).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(action.record.clone());
            }
            if let Some(stored) = self.action(&action.transaction_key).await? {
                return Ok(stored.record);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Reads the balance item of a shop. `None` if it is lost.
    async fn turn(&self, shop_id: &ShopId) -> Result<Option<Turn>, StoreError> {
        Ok(self.shop_item(shop_id.as_str(), shops::BALANCE).await?.map(Turn))
    }

    /// Takes `turn`, if no other repair took it.
    fn take_turn(&self, shop_id: &ShopId, turn: &Turn) -> Result<Write, StoreError> {
        let update = self.update_shop(shop_id.as_str(), shops::BALANCE);
        let replacement = Replacement::of_items(turn.0.clone(), turn.taken());
        replacement.write(Subject::Balance(shop_id.clone()), update, &["shop_id"])
    }

    /// Puts the record of one write under `key`. `about` says what was changed.
    fn put_repair(
        &self,
        repairer: &Repairer<'_>,
        key: &TransactionKey,
        about: Arguments,
        now: UnixMillis,
    ) -> Result<Write, StoreError> {
        let mut arguments = about;
        arguments.insert("reference".to_owned(), repairer.reference.to_string());
        let record = ActionRecord::new(COMMAND, arguments, String::new(), repairer.requested_by.clone());
        self.put_record(&OperatorAction::on_shop(key.clone(), repairer.shop_id, record, now))
    }
}
