//! Creating and changing shops, each with the record of the action.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    item::text,
    shops,
    transact::{Change, Subject, Write, WriteOutcome},
    transactions,
    tries::Tries,
};
use crate::domain::{
    id::{ShopId, ShopNumber},
    key::TransactionKey,
    operator_action::OperatorAction,
    rate_limit::RateLimit,
    shop::{Balance, Profile},
};

/// A shop to create, with the record of the action.
pub struct NewShop {
    pub profile: Profile,
    pub action: OperatorAction,
}

impl Store {
    /// Creates a shop with an empty balance. Returns `false` if its id is taken.
    pub async fn create_shop(&self, shop: &NewShop) -> Result<bool, StoreError> {
        let mut tries = Tries::start();
        loop {
            let outcome = self.transact(&self.new_shop_writes(shop)?, shop.action.created_at).await?;
            if self.is_recorded(&outcome, &shop.action.transaction_key).await? {
                return Ok(true);
            }
            if matches!(&outcome, WriteOutcome::Refused(failed) if failed.shop_exists) {
                return Ok(false);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Creates the shop that `new_shop` makes for the next number. Returns its id.
    pub async fn create_next_shop<E: From<StoreError>>(
        &self,
        new_shop: impl Fn(&ShopId) -> Result<NewShop, E>,
    ) -> Result<ShopId, E> {
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
                if self.is_recorded(&outcome, &shop.action.transaction_key).await? {
                    return Ok(shop.profile.shop_id);
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

    /// Changes the name, status, keys and limit of a shop. `change` makes the new profile from the current
    /// one, and is called again if the shop changed meanwhile. If it returns `None`, nothing is
    /// changed or recorded.
    pub async fn change_shop<E: From<StoreError>>(
        &self,
        mut before: Profile,
        action: &OperatorAction,
        change: impl Fn(&Profile) -> Result<Option<Profile>, E>,
    ) -> Result<(), E> {
        let mut tries = Tries::start();
        loop {
            let Some(after) = change(&before)? else { return Ok(()) };
            let writes = [self.put_record(action)?, self.change_profile(&before, &after)?];
            let outcome = self.transact(&writes, action.created_at).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(());
            }
            let Some(current) = self.profile_unless_recorded(action).await? else { return Ok(()) };
            tries.again(&outcome).await?;
            before = current;
        }
    }

    /// Returns the shop's profile, or `None` if `action` is recorded. Both are read at one moment: a
    /// profile that `action` has changed already must not be changed by it again.
    async fn profile_unless_recorded(&self, action: &OperatorAction) -> Result<Option<Profile>, StoreError> {
        let (key, shop_id) = (&action.transaction_key, &action.shop_id);
        let keys = vec![
            (self.tables.transactions.as_str(), transactions::item_key(key)),
            (self.tables.shops.as_str(), shops::item_key(shop_id.as_str(), shops::PROFILE)),
        ];
        let [record, profile] = self.read_together(keys).await?.try_into().unwrap_or_default();
        if record.is_some() {
            return Ok(None);
        }
        let profile = profile.ok_or_else(|| StoreError::Fault(format!("shop {shop_id} is gone")))?;
        shops::parse(profile, shop_id).map(Some)
    }

    /// Whether the action under `key` is recorded. The key is random, so only this call can have
    /// written the record.
    async fn is_recorded(&self, outcome: &WriteOutcome, key: &TransactionKey) -> Result<bool, StoreError> {
        match outcome {
            WriteOutcome::Applied => Ok(true),
            WriteOutcome::Refused(failed) if failed.record.is_some() => Ok(true),
            WriteOutcome::Refused(_) | WriteOutcome::Unknown(_) => Ok(self.has_record(key).await?),
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

    /// Writes the name, status, keys and limit of `after` if those in the table are still those of
    /// `before`.
    fn change_profile(&self, before: &Profile, after: &Profile) -> Result<Write, StoreError> {
        let keys = |profile: &Profile| {
            serde_dynamo::to_attribute_value(&profile.keys)
                .map_err(|problem| StoreError::corrupt(shops::TABLE, &profile.shop_id, problem))
        };
        let status = |profile: &Profile| text(profile.status.into_str());
        let update = self.update_shop(before.shop_id.as_str(), shops::PROFILE);
        // All three are reserved words of DynamoDB.
        let names = [("#name", "name"), ("#status", "status"), ("#keys", "keys")];
        let update = names
            .into_iter()
            .fold(update, |update, (alias, name)| update.expression_attribute_names(alias, name));
        let mut values = vec![
            (":name", text(&before.name)),
            (":status", status(before)),
            (":keys", keys(before)?),
            (":new_name", text(&after.name)),
            (":new_status", status(after)),
            (":new_keys", keys(after)?),
        ];
        let mut condition = "#name = :name AND #status = :status AND #keys = :keys".to_owned();
        let mut update_expression =
            "SET #name = :new_name, #status = :new_status, #keys = :new_keys".to_owned();
        let limit = |limit: RateLimit| {
            serde_dynamo::to_attribute_value(limit)
                .map_err(|problem| StoreError::corrupt(shops::TABLE, &before.shop_id, problem))
        };
        if let Some(old) = before.rate_limit {
            condition.push_str(" AND rate_limit = :limit");
            values.push((":limit", limit(old)?));
        } else {
            condition.push_str(" AND attribute_not_exists(rate_limit)");
        }
        if let Some(new) = after.rate_limit {
            update_expression.push_str(", rate_limit = :new_limit");
            values.push((":new_limit", limit(new)?));
        }
        let change = Change { condition: &condition, update: &update_expression, values };
        Write::update(Subject::Profile, update, change)
    }
}
