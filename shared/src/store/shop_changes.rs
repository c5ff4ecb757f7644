//! Changing the profile of a shop, with the record of the action.

use super::{
    Store, StoreError,
    item::Item,
    shops,
    transact::{Change, Subject, Write, WriteOutcome},
    transactions,
    tries::Tries,
};
use crate::domain::{operator_action::OperatorAction, shop::Profile};

/// An attribute that changes: its name, what is stored, and what is to be stored. `None` if it is
/// absent.
type Changed = (String, Option<Stored>, Option<Stored>);
type Stored = aws_sdk_dynamodb::types::AttributeValue;

impl Store {
    /// Changes the profile of the shop that `action` is about. `change` makes the new profile from
    /// the current one, and is called again if the shop changed meanwhile. If the profile is
    /// already so, nothing is written. Returns `false` if there is no such shop.
    pub async fn change_shop<E: From<StoreError>>(
        &self,
        action: &OperatorAction,
        change: impl Fn(&Profile) -> Result<Profile, E>,
    ) -> Result<bool, E> {
        let mut tries = Tries::start();
        loop {
            let (recorded, stored) = self.record_and_profile(action).await?;
            // A profile that `action` has changed already must not be changed by it again.
            if recorded {
                return Ok(true);
            }
            let Some(stored) = stored else { return Ok(false) };
            let before: Profile = shops::parse(stored.clone(), &action.shop_id)?;
            let changed = differences(&stored, &before, &change(&before)?)?;
            if changed.is_empty() {
                return Ok(true);
            }
            let writes = [self.put_record(action)?, self.change_profile(&before, changed)?];
            let outcome = self.transact(&writes, action.created_at).await?;
            if let WriteOutcome::Applied = outcome {
                return Ok(true);
            }
            tries.again(&outcome).await?;
        }
    }

    /// Whether `action` is recorded, and the stored profile of its shop, both at one moment.
    async fn record_and_profile(&self, action: &OperatorAction) -> Result<(bool, Option<Item>), StoreError> {
        let keys = vec![
            (self.tables.transactions.as_str(), transactions::item_key(&action.transaction_key)),
            (self.tables.shops.as_str(), shops::item_key(action.shop_id.as_str(), shops::PROFILE)),
        ];
        let [record, profile] = self.read_together(keys).await?.try_into().unwrap_or_default();
        Ok((record.is_some(), profile))
    }

    /// Changes the attributes `changed`, if each of them is still as it was read.
    fn change_profile(&self, profile: &Profile, changed: Vec<Changed>) -> Result<Write, StoreError> {
        let mut update = self.update_shop(profile.shop_id.as_str(), shops::PROFILE);
        let (mut conditions, mut set, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (name, before, after)) in changed.into_iter().enumerate() {
            let (alias, old, new) = (format!("#{number}"), format!(":old{number}"), format!(":new{number}"));
            update = update.expression_attribute_names(&alias, name);
            if let Some(before) = before {
                conditions.push(format!("{alias} = {old}"));
                update = update.expression_attribute_values(old, before);
            } else {
                conditions.push(format!("attribute_not_exists({alias})"));
            }
            if let Some(after) = after {
                set.push(format!("{alias} = {new}"));
                update = update.expression_attribute_values(new, after);
            } else {
                removed.push(alias);
            }
        }
        let clause = |word: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{word} {}", parts.join(", ")),
        };
        let condition = format!("attribute_exists(shop_id) AND {}", conditions.join(" AND "));
        let changes = format!("{} {}", clause("SET", &set), clause("REMOVE", &removed));
        let change = Change { condition: &condition, update: changes.trim(), values: Vec::new() };
        Write::update(Subject::Profile, update, change)
    }
}

/// The attributes in which `after` differs from `before`, which was read from `stored`. Attributes
/// that this version does not know stay as they are.
fn differences(stored: &Item, before: &Profile, after: &Profile) -> Result<Vec<Changed>, StoreError> {
    let item = |profile: &Profile| {
        serde_dynamo::to_item::<_, Item>(profile)
            .map_err(|problem| StoreError::corrupt(shops::TABLE, &profile.shop_id, problem))
    };
    let (mut before, mut after) = (item(before)?, item(after)?);
    let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| before.remove(name) != after.get(name).cloned());
    Ok(names
        .into_iter()
        .map(|name| {
            let (old, new) = (stored.get(&name).cloned(), after.remove(&name));
            (name, old, new)
        })
        .collect())
}
