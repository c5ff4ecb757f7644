//! Acts on a shop itself, each with its record.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Changed, Outcome,
    write::{Change, text},
};
use crate::{
    domain::{
        act::Act,
        id::ShopNumber,
        shop::{Balance, Profile},
    },
    store::{Store, StoreError, shops},
};

impl Store {
    /// Puts a new shop with an empty balance, and the record of `act`. False where the shop is there already.
    pub async fn create_shop(&self, profile: &Profile, act: &Act) -> Result<bool, StoreError> {
        let outcome = self.settle(self.shop_writes(profile, act)?).await;
        Ok(is_done(&self.know_outcome(&act.transaction_key, outcome).await?))
    }

    /// The same for a shop that takes the next number. False where another shop took it first.
    pub async fn create_next_shop(&self, number: ShopNumber, profile: &Profile, act: &Act) -> Result<bool, StoreError> {
        let next = number.next().ok_or_else(|| StoreError::Fault("there are no more shop numbers".to_owned()))?;
        let value = |number: ShopNumber| AttributeValue::N(u64::from(number).to_string());
        let mut values = vec![(":next", value(next))];
        let condition = if number == ShopNumber::FIRST {
            "attribute_not_exists(shop_id)"
        } else {
            values.push((":number", value(number)));
            "next_number = :number"
        };
        let counter = self.change_shop_counter(Change { condition, update: "SET next_number = :next", values })?;
        let mut writes = self.shop_writes(profile, act)?;
        writes.push(counter);
        match self.know_outcome(&act.transaction_key, self.settle(writes).await).await? {
            Outcome::Changed(changed) if changed.shop_exists && !changed.shop_counter_moved && changed.act.is_none() => {
                Err(StoreError::Fault(format!("shop {} is there, but its number was never given", profile.shop_id)))
            }
            outcome => Ok(is_done(&outcome)),
        }
    }

    fn shop_writes(&self, profile: &Profile, act: &Act) -> Result<Vec<super::Write>, StoreError> {
        let shop_id = &profile.shop_id;
        Ok(vec![
            self.put_act(act)?,
            self.put_shop_record(shop_id, shops::PROFILE, profile)?,
            self.put_shop_record(shop_id, shops::BALANCE, &Balance::empty(shop_id.clone()))?,
        ])
    }

    /// Makes `after` of `before`: its name, status and keys, none of which may have changed since it was read. The profile as
    /// it is comes back where one has.
    pub async fn change_shop(&self, before: &Profile, after: &Profile, act: &Act) -> Result<Option<Profile>, StoreError> {
        let keys = |profile: &Profile| {
            serde_dynamo::to_attribute_value(&profile.keys).map_err(|problem| StoreError::corrupt(shops::TABLE, &profile.shop_id, problem))
        };
        let status = |profile: &Profile| text(profile.status.as_str());
        let profile = self.change_profile(
            &before.shop_id,
            Change {
                condition: "#name = :name AND #status = :status AND #keys = :keys",
                update: "SET #name = :new_name, #status = :new_status, #keys = :new_keys",
                values: vec![
                    (":name", text(&before.name)),
                    (":status", status(before)),
                    (":keys", keys(before)?),
                    (":new_name", text(&after.name)),
                    (":new_status", status(after)),
                    (":new_keys", keys(after)?),
                ],
            },
        )?;
        let outcome = self.settle(vec![self.put_act(act)?, profile]).await;
        match self.know_outcome(&act.transaction_key, outcome).await? {
            Outcome::Changed(changed) if changed.act.is_none() => changed
                .profile
                .map(Some)
                .ok_or_else(|| StoreError::Fault(format!("shop {}: a failed condition without its item", before.shop_id))),
            _ => Ok(None),
        }
    }
}

/// An act's key is random: a record that is there already is this call's own.
fn is_done(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Applied => true,
        Outcome::Changed(changed) => matches!(changed.as_ref(), Changed { act: Some(_), .. }),
    }
}
