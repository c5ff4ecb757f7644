//! Creating shops, each with the record of the action.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    item::text,
    shops,
    transact::{Change, Subject, Write, WriteOutcome},
    tries::Tries,
};
use crate::domain::{
    id::{ShopId, ShopNumber},
    key::TransactionKey,
    operator_action::OperatorAction,
    shop::{Balance, Profile, StoredKey},
};

/// A shop to create, with the record of the action.
pub struct NewShop {
    pub profile: Profile,
    pub action: OperatorAction,
}

/// The result of [`Store::create_next_shop`].
pub enum NextShop {
    /// The shop with this id was created by this call.
    Created(ShopId),
    /// An earlier call with the same reference created a shop. Holds its record.
    Earlier(Box<OperatorAction>),
}

impl Store {
    /// Creates a shop with an empty balance. Returns `false` if its id is taken.
    pub async fn create_shop(&self, shop: &NewShop) -> Result<bool, StoreError> {
        let mut tries = Tries::start();
        loop {
            let outcome = self.transact(&self.new_shop_writes(shop)?, shop.action.created_at).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(true);
            }
            // The key is random, so only this call can have written the record.
            if self.recorded(&outcome, &shop.action.transaction_key).await?.is_some() {
                return Ok(true);
            }
            if matches!(&outcome, WriteOutcome::Refused(failed) if failed.shop_exists) {
                return Ok(false);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Creates the shop that `new_shop` makes for the next number. An action with a reference
    /// creates one shop, however often it is sent.
    pub async fn create_next_shop<E: From<StoreError>>(
        &self,
        new_shop: impl Fn(&ShopId) -> Result<NewShop, E>,
    ) -> Result<NextShop, E> {
        let mut tries = Tries::start();
        loop {
            let number = self.next_shop_number().await?;
            let shop = new_shop(&number.shop_id())?;
            let mut writes = self.new_shop_writes(&shop)?;
            writes.push(self.take_number(number)?);
            // If the outcome is unknown, the write may still take this number. So the same writes
            // are tried until the outcome is known.
            loop {
                let outcome = self.transact(&writes, shop.action.created_at).await?;
                if let WriteOutcome::Applied = outcome {
                    return Ok(NextShop::Created(shop.profile.shop_id));
                }
                if let Some(action) = self.recorded(&outcome, &shop.action.transaction_key).await? {
                    return Ok(self.creation(shop, action).await?);
                }
                tries.again(&outcome).await?;
                match outcome {
                    WriteOutcome::Refused(failed) if failed.shop_counter_moved => break,
                    WriteOutcome::Refused(_) => {
                        let detail =
                            format!("shop {} exists, but its number was never given", shop.profile.shop_id);
                        return Err(StoreError::Fault(detail).into());
                    }
                    WriteOutcome::Applied | WriteOutcome::Unknown(_) => {}
                }
            }
        }
    }

    /// Returns whether `shop` or another call's shop was created by `action`, which is recorded.
    /// Only the shop of this call has its key.
    async fn creation(&self, shop: NewShop, action: OperatorAction) -> Result<NextShop, StoreError> {
        let is_own = |stored: &StoredKey| shop.profile.keys.iter().any(|key| key.hash == stored.hash);
        let created = self.profile(&action.shop_id).await?;
        if created.is_some_and(|created| created.keys.iter().any(is_own)) {
            Ok(NextShop::Created(action.shop_id))
        } else {
            Ok(NextShop::Earlier(Box::new(action)))
        }
    }

    /// Returns the action that is recorded under `key`, after an `outcome` that was not applied.
    async fn recorded(
        &self,
        outcome: &WriteOutcome,
        key: &TransactionKey,
    ) -> Result<Option<OperatorAction>, StoreError> {
        match outcome {
            WriteOutcome::Refused(failed) if failed.record.is_some() => Ok(failed.record.clone()),
            _ => self.action(key).await,
        }
    }

    fn new_shop_writes(&self, shop: &NewShop) -> Result<Vec<Write>, StoreError> {
        let shop_id = &shop.profile.shop_id;
        Ok(vec![
            self.put_record(&shop.action)?,
            self.put_shop_record(shop_id, shops::PROFILE, &shop.profile)?,
            self.put_shop_record(shop_id, shops::BALANCE, &Balance::empty(shop_id.clone()))?,
        ])
    }

    fn put_shop_record(
        &self,
        shop_id: &ShopId,
        record: &'static str,
        value: &impl serde::Serialize,
    ) -> Result<Write, StoreError> {
        let item = serde_dynamo::to_item(value)
            .map_err(|problem| StoreError::corrupt(shops::TABLE, shop_id, problem))?;
        let mut item: super::item::Item = item;
        item.insert("record".to_owned(), text(record));
        Write::put(Subject::ShopRecord, &self.tables.shops, item, "attribute_not_exists(shop_id)")
    }

    /// Moves the counter of shop numbers past `number`.
    fn take_number(&self, number: ShopNumber) -> Result<Write, StoreError> {
        let next =
            number.next().ok_or_else(|| StoreError::Fault("there are no more shop numbers".to_owned()))?;
        let value = |number: ShopNumber| AttributeValue::N(u64::from(number).to_string());
        let mut values = vec![(":next", value(next))];
        let condition = if number == ShopNumber::FIRST {
            "attribute_not_exists(shop_id)"
        } else {
            values.push((":number", value(number)));
            "next_number = :number"
        };
        let change = Change { condition, update: "SET next_number = :next", values };
        Write::update(Subject::ShopCounter, self.update_shop(shops::NEXT, shops::COUNTER), change)
    }
}
