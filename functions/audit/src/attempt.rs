//! Checks an attempt against itself and against its payment.

use shared::domain::{
    action_record::{ActionRecord, ArgumentsHash},
    attempt::{Attempt, PaymeState},
    mode::Mode,
    money::PaymentAmount,
    payment::Payment,
};

use super::difference::{Difference, Table, or_none};

/// The state that the times of `attempt` imply.
const fn state_of_times(attempt: &Attempt) -> PaymeState {
    match (attempt.performed_at.is_some(), attempt.cancelled_at.is_some()) {
        (false, false) => PaymeState::Created,
        (true, false) => PaymeState::Performed,
        (false, true) => PaymeState::Cancelled,
        (true, true) => PaymeState::Refunded,
    }
}

/// An attempt with the state that its own item implies. It may differ from the stored state.
pub struct JudgedAttempt<'a> {
    pub item: &'a Attempt,
    pub state: PaymeState,
}

impl<'a> JudgedAttempt<'a> {
    /// Checks the item by itself. If its state and its times disagree, `expected` (from its
    /// payment) decides.
    pub fn read(item: &'a Attempt, expected: Option<PaymeState>, differences: &mut Vec<Difference>) -> Self {
        let (written, timed) = (item.state, state_of_times(item));
        let state = if written == timed || expected == Some(written) { written } else { timed };
        let wrong = |what, expected: PaymeState, found: PaymeState| {
            Difference::new(
                Table::Transactions,
                &item.transaction_key,
                what,
                i8::from(expected),
                i8::from(found),
            )
        };
        if written != state {
            differences.push(wrong("state", state, written));
        } else if timed != state {
            differences.push(wrong("performed_at and cancelled_at", state, timed));
        }
        differences.extend(
            item.record.as_ref().and_then(|action| judge_record(item.transaction_key.as_str(), action)),
        );
        Self { item, state }
    }

    /// Checks the attempt's copies of payment data.
    pub fn compare(
        &self,
        payment: &Payment,
        amount: PaymentAmount,
        mode: Mode,
        differences: &mut Vec<Difference>,
    ) {
        let item = self.item;
        let facts = [
            ("amount", amount.money().to_string(), item.amount.money().to_string()),
            ("order_id", payment.order_id.to_string(), item.order_id.to_string()),
            ("order_key", payment.order_key.to_string(), item.order_key.to_string()),
            ("owner", payment.order_key.to_string(), item.owner.clone()),
            ("shop_id", payment.shop_id.to_string(), item.shop_id.to_string()),
            ("mode", mode.into_str().to_owned(), item.mode.into_str().to_owned()),
            ("payment_id", payment.payment_id.to_string(), item.payment_id.to_string()),
            (
                "payment_created_at",
                payment.created_at.get().to_string(),
                item.payment_created_at.get().to_string(),
            ),
            (
                "merchant_order_id",
                or_none(payment.merchant_order_id.as_ref()),
                or_none(item.merchant_order_id.as_ref()),
            ),
            ("description", or_none(payment.description.as_ref()), or_none(item.description.as_ref())),
        ];
        let wrong = facts.into_iter().filter(|(_, expected, found)| expected != found);
        differences.extend(wrong.map(|(what, expected, found)| {
            Difference::new(Table::Transactions, &item.transaction_key, what, expected, found)
        }));
    }
}

/// Checks that the hash of a record fits its arguments.
pub fn judge_record(key: &str, action: &ActionRecord) -> Option<Difference> {
    let is_own_hash = action.arguments_hash == ArgumentsHash::of(&action.command, &action.arguments);
    (!is_own_hash).then(|| {
        Difference::new(Table::Transactions, key, "content_hash", "the hash of the content", "another")
    })
}
