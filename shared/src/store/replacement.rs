//! Changing only the attributes in which an item must differ, if each of them is still as it was
//! read.

use aws_sdk_dynamodb::types::{AttributeValue, builders::UpdateBuilder};
use serde::Serialize;

use super::{
    StoreError,
    item::Item,
    transact::{Change, Subject, Write},
};

/// An item as it was read and as it must be.
pub(super) struct Replacement {
    /// Attributes that this version does not know stay as they are.
    stored: Item,
    before: Item,
    after: Item,
}

impl Replacement {
    /// `stored` is what `before` was read from.
    pub fn of<T: Serialize>(stored: Item, before: &T, after: &T) -> Result<Self, StoreError> {
        Ok(Self { stored, before: to_item(before)?, after: to_item(after)? })
    }

    /// The same for an item that was read whole.
    pub fn between<T: Serialize>(before: &T, after: &T) -> Result<Self, StoreError> {
        let before = to_item(before)?;
        Ok(Self { stored: before.clone(), before, after: to_item(after)? })
    }

    /// The same for items that were not deserialized.
    pub fn of_items(before: Item, after: Item) -> Self {
        Self { stored: before.clone(), before, after }
    }

    /// The attributes that differ.
    pub fn changed(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.before.keys().chain(self.after.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.before.get(*name) != self.after.get(*name));
        names
    }

    /// Makes the write. It requires that the attributes that change, and `guards`, are still as they
    /// were read. If nothing differs, it changes nothing and only checks the guards.
    pub fn write(
        &self,
        subject: Subject,
        mut update: UpdateBuilder,
        guards: &[&str],
    ) -> Result<Write, StoreError> {
        let changed = self.changed();
        let (mut conditions, mut set, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        let unchanged = guards.iter().copied().filter(|guard| !changed.contains(guard));
        let names: Vec<&str> = changed.iter().copied().chain(unchanged).collect();
        for (number, name) in names.into_iter().enumerate() {
            let (alias, old, new) = (format!("#{number}"), format!(":old{number}"), format!(":new{number}"));
            update = update.expression_attribute_names(&alias, name);
            conditions.push(if let Some(value) = self.stored.get(name) {
                update = update.expression_attribute_values(&old, value.clone());
                format!("{alias} = {old}")
            } else {
                format!("attribute_not_exists({alias})")
            });
            // The first guard is written as it is, because an update must change something.
            let is_written = changed.contains(&name) || (number == 0 && changed.is_empty());
            match self.after.get(name).filter(|_| is_written) {
                Some(value) => {
                    update = update.expression_attribute_values(&new, value.clone());
                    set.push(format!("{alias} = {new}"));
                }
                None if is_written => removed.push(alias),
                None => {}
            }
        }
        let clause = |word: &str, parts: &[String]| match parts {
            [] => String::new(),
            parts => format!("{word} {}", parts.join(", ")),
        };
        let changes = format!("{} {}", clause("SET", &set), clause("REMOVE", &removed));
        let condition = conditions.join(" AND ");
        let values: Vec<(&str, AttributeValue)> = Vec::new();
        Write::update(subject, update, Change { condition: &condition, update: changes.trim(), values })
    }
}

pub(super) fn to_item(value: &impl Serialize) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value).map_err(|problem| StoreError::Fault(problem.to_string()))
}
