//! Records of acts, and what a repeated reference is answered.

use serde_json::value::RawValue;
use shared::{
    domain::{
        act::{Act, ActRecord, Content, ContentHash},
        id::ShopId,
        transaction::TransactionKey,
    },
    edge::direct::DirectAnswer,
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
}

/// The answer of `record`, which stands under a reference: the first answer, if `command` asks for the same as the first time.
pub fn recorded(record: ActRecord, command: &str, asked_for: &Content) -> Result<DirectAnswer, CommandError> {
    if record.content_hash == ContentHash::of(command, asked_for) {
        Ok(RawValue::from_string(record.answer)?)
    } else {
        Err(CommandError::ReferenceConflict)
    }
}
