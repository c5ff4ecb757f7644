//! The record of an operator's action on a shop itself, and what follows from it.

use super::{
    action_record::ActionRecord, event_type::EventType, key::TransactionKey, operator_action::OperatorAction,
    payout::Payout, time::UnixMillis,
};

/// The record of an action on a shop itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShopAction {
    Payout(Box<Payout>),
    Other(Box<OperatorAction>),
}

impl ShopAction {
    pub const fn created_at(&self) -> UnixMillis {
        match self {
            Self::Payout(payout) => payout.created_at,
            Self::Other(action) => action.created_at,
        }
    }

    pub const fn record(&self) -> &ActionRecord {
        match self {
            Self::Payout(payout) => &payout.record,
            Self::Other(action) => &action.record,
        }
    }

    /// Returns this record with the answer that a repeat gets.
    #[must_use]
    pub fn with_answer(self, answer: String) -> Self {
        let answered = |record: ActionRecord| ActionRecord { answer, ..record };
        match self {
            Self::Payout(payout) => {
                Self::Payout(Box::new(Payout { record: answered(payout.record.clone()), ..*payout }))
            }
            Self::Other(action) => {
                Self::Other(Box::new(OperatorAction { record: answered(action.record.clone()), ..*action }))
            }
        }
    }

    /// The type of the event that belongs to it. `None` if it moved no money.
    pub fn event_type(&self) -> Option<EventType> {
        match self {
            Self::Payout(_) => Some(EventType::PayoutRecorded),
            Self::Other(action) => action.event_type(),
        }
    }

    /// The payout that it reverses.
    pub fn reversed_payout(&self) -> Option<TransactionKey> {
        match self {
            Self::Payout(_) => None,
            Self::Other(action) => action.reversed_payout(),
        }
    }
}
