//! Records of acts, and what a repeated reference is answered.

use serde_json::value::RawValue;
use shared::{
    domain::{
        act::{Act, ActRecord, Content},
        id::ShopId,
        shop::Profile,
        transaction::TransactionKey,
    },
    edge::direct::DirectAnswer,
    store::{DECISIONS_MAX, StoreError},
};

use crate::{Desk, error::CommandError};

/// Fields as a record keeps them.
pub fn content<const N: usize>(fields: [(&str, String); N]) -> Content {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Desk<'_> {
    /// What is remembered of an act.
    pub fn record(&self, command: &str, content: Content, answer: &RawValue) -> ActRecord {
        ActRecord::new(command, content, answer.get().to_owned(), self.invocation.asked_by.clone())
    }

    /// The record of an act on a shop that has no reference. `answer` must not hold a key.
    pub fn shop_act(&self, shop_id: &ShopId, command: &str, content: Content, answer: &RawValue) -> Act {
        let record = self.record(command, content, answer);
        Act::on_shop(TransactionKey::act(shop_id), shop_id, record, self.invocation.now)
    }

    /// Changes a shop, read as `before`, as `change` says, which is asked again when the shop changed meanwhile. None leaves it as it is, and
    /// leaves no record.
    pub async fn change_shop(
        &self,
        act: &Act,
        mut before: Profile,
        change: impl Fn(&Profile) -> Result<Option<Profile>, CommandError>,
    ) -> Result<(), CommandError> {
        self.invocation.belongs_to(&before.shop_id);
        for _ in 0..DECISIONS_MAX {
            let Some(after) = change(&before)? else { return Ok(()) };
            match self.service.store.change_shop(&before, &after, act).await? {
                None => return Ok(()),
                Some(changed) => before = changed,
            }
        }
        Err(StoreError::Unavailable(format!("shop {} kept changing", act.shop_id)).into())
    }
}

/// What a reference is answered that stands for `act` already: the same as the first time, if it asks for the same.
pub fn repeated(act: Act, asked: &ActRecord) -> Result<DirectAnswer, CommandError> {
    if act.act.content_hash == asked.content_hash {
        Ok(RawValue::from_string(act.act.answer)?)
    } else {
        Err(CommandError::ReferenceConflict)
    }
}
