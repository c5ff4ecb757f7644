//! Records of acts, and what a repeated reference is answered.

use serde_json::value::RawValue;
use shared::{
    domain::{
        action_record::{ActionRecord, Arguments, ContentHash},
        id::ShopId,
        key::TransactionKey,
        operator_action::OperatorAction,
    },
    edge::invoked::InvokedAnswer,
};

use crate::{CommandContext, error::CommandError};

/// Fields as a record keeps them.
pub fn content<const N: usize>(fields: [(&str, String); N]) -> Arguments {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl CommandContext<'_> {
    /// What is remembered of an act.
    pub fn record(&self, command: &str, content: Arguments, answer: &RawValue) -> ActionRecord {
        ActionRecord::new(command, content, answer.get().to_owned(), self.invocation.requested_by.clone())
    }

    /// The record of an act on a shop that has no reference. `answer` must not hold a key.
    pub fn shop_action(
        &self,
        shop_id: &ShopId,
        command: &str,
        content: Arguments,
        answer: &RawValue,
    ) -> OperatorAction {
        let record = self.record(command, content, answer);
        OperatorAction::on_shop(TransactionKey::act(shop_id), shop_id, record, self.invocation.now)
    }
}

/// The answer of `record`, which stands under a reference: the first answer, if `command` asks for
/// the same as the first time.
pub fn recorded(
    record: ActionRecord,
    command: &str,
    asked_for: &Arguments,
) -> Result<InvokedAnswer, CommandError> {
    if record.content_hash == ContentHash::of(command, asked_for) {
        Ok(RawValue::from_string(record.answer)?)
    } else {
        Err(CommandError::ReferenceConflict)
    }
}
