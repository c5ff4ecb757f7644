//! Records of actions, and the answer to a repeated reference.

use serde_json::value::RawValue;
use shared::{
    domain::{
        action_record::{ActionRecord, Arguments, ArgumentsHash},
        id::ShopId,
        key::TransactionKey,
        operator_action::OperatorAction,
    },
    edge::invoked::InvokedAnswer,
};

use crate::{CommandContext, error::CommandError};

/// Makes the arguments of a record.
pub fn arguments<const N: usize>(fields: [(&str, String); N]) -> Arguments {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl CommandContext<'_> {
    /// Makes the record of an action by this invocation.
    pub fn record(&self, command: &str, arguments: Arguments, answer: &RawValue) -> ActionRecord {
        ActionRecord::new(command, arguments, answer.get().to_owned(), self.invocation.requested_by.clone())
    }

    /// Makes the record of an action on a shop without a reference. `answer` must not contain a
    /// key.
    pub fn shop_action(
        &self,
        shop_id: &ShopId,
        command: &str,
        arguments: Arguments,
        answer: &RawValue,
    ) -> OperatorAction {
        let record = self.record(command, arguments, answer);
        OperatorAction::on_shop(TransactionKey::action(shop_id), shop_id, record, self.invocation.now)
    }
}

/// Returns the recorded answer, which is the first one. Returns `conflict` if `command` and
/// `arguments` differ from the first request with this reference.
pub fn recorded(
    record: ActionRecord,
    command: &str,
    arguments: &Arguments,
    conflict: CommandError,
) -> Result<InvokedAnswer, CommandError> {
    if record.arguments_hash == ArgumentsHash::of(command, arguments) {
        Ok(RawValue::from_string(record.answer)?)
    } else {
        Err(conflict)
    }
}
