//! Checks the records of operators' actions on a shop itself, and the events of those that moved
//! money.

use shared::{
    domain::{
        action_record::ArgumentsHash,
        event::EventKey,
        event_type::EventType,
        id::ShopId,
        key::TransactionKey,
        money::{AdjustmentAmount, SignedTiyin, Tiyin},
        operator_action::OperatorAction,
        payout::{Payout, PayoutAmount},
        shop_action::ShopAction,
        time::UnixMillis,
    },
    store::Stored,
};

use super::{
    attempt::judge_record,
    difference::{Difference, Table, or_none},
};

/// An event that an action must have.
#[derive(Clone, Debug)]
pub struct ExpectedEvent {
    pub key: EventKey,
    pub event_type: EventType,
    pub at: UnixMillis,
    /// The change of the balance. `None` if the action does not tell it by itself.
    pub net: Option<SignedTiyin>,
}

/// Checks the action under `key` of `shop_id`. Returns what is wrong with its record, and the event
/// that it must have.
pub fn judge(
    shop_id: &ShopId,
    key: &str,
    action: &Stored<ShopAction>,
) -> (Option<Difference>, Option<ExpectedEvent>) {
    match action {
        Stored::Found(ShopAction::Payout(payout)) => {
            let (difference, amount) = judge_payout(shop_id, key, payout);
            let net = Tiyin::ZERO.minus(amount.money());
            let event = expected(&payout.transaction_key, EventType::PayoutRecorded, payout.created_at);
            (difference, Some(ExpectedEvent { net: Some(net), ..event }))
        }
        Stored::Found(ShopAction::Other(action)) => (judge_record(key, &action.record), event_of(action)),
        Stored::Missing => (Some(Difference::missing(Table::Transactions, key)), None),
        Stored::Unreadable(problem) => {
            (Some(Difference::unreadable(Table::Transactions, key, problem)), None)
        }
    }
}

fn event_of(action: &OperatorAction) -> Option<ExpectedEvent> {
    let event_type = action.event_type()?;
    let amount = action.record.arguments.get("amount");
    Some(ExpectedEvent {
        // A reversal has no amount of its own.
        net: amount.and_then(|text| AdjustmentAmount::parse(text).ok()).map(AdjustmentAmount::money),
        ..expected(&action.transaction_key, event_type, action.created_at)
    })
}

fn expected(key: &TransactionKey, event_type: EventType, at: UnixMillis) -> ExpectedEvent {
    ExpectedEvent { key: EventKey::of_action(at, event_type, key), event_type, at, net: None }
}

/// A payout, and what must be its reversal: each names the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reversal {
    pub payout: TransactionKey,
    pub reversal: TransactionKey,
}

impl Reversal {
    /// The reversal that `action` is or names.
    pub fn of(action: &Stored<ShopAction>) -> Option<Self> {
        match action {
            Stored::Found(ShopAction::Payout(payout)) => {
                let reversal = payout.reversed_by.clone()?;
                Some(Self { payout: payout.transaction_key.clone(), reversal })
            }
            Stored::Found(ShopAction::Other(action)) => {
                let payout = action.reversed_payout()?;
                Some(Self { payout, reversal: action.transaction_key.clone() })
            }
            Stored::Missing | Stored::Unreadable(_) => None,
        }
    }

    /// Compares the payout with its reversal.
    pub fn judge(&self, payout: &Stored<ShopAction>, reversal: &Stored<ShopAction>) -> Option<Difference> {
        // Without a payout, its event or its record is a difference already.
        let Stored::Found(ShopAction::Payout(payout)) = payout else { return None };
        let reversed_at = match reversal {
            Stored::Found(ShopAction::Other(action))
                if action.reversed_payout().as_ref() == Some(&self.payout) =>
            {
                Some(action.created_at)
            }
            Stored::Unreadable(_) => return None,
            _ => None,
        };
        let key = &self.payout;
        let wrong = |what, expected: String, found: String| {
            (expected != found).then(|| Difference::new(Table::Transactions, key, what, expected, found))
        };
        let by = reversed_at.map(|_| &self.reversal);
        let millis = |at: Option<UnixMillis>| or_none(at.map(UnixMillis::get).as_ref());
        wrong("reversed_by", or_none(by), or_none(payout.reversed_by.as_ref()))
            .or_else(|| wrong("reversed_at", millis(reversed_at), millis(payout.reversed_at)))
    }
}

/// Checks the record of a payout. Returns what is wrong with it, and the right amount.
fn judge_payout(shop_id: &ShopId, key: &str, payout: &Payout) -> (Option<Difference>, PayoutAmount) {
    let wrong = |what, expected: String, found: String| {
        Some(Difference::new(Table::Transactions, key, what, expected, found))
    };
    let action = &payout.record;
    let asked = action.arguments.get("amount").and_then(|amount| PayoutAmount::parse(amount).ok());
    let is_own_hash = action.arguments_hash == ArgumentsHash::of(&action.command, &action.arguments);
    // The arguments repeat the amount, and their hash shows which of the two was changed.
    let Some(asked) = asked.filter(|_| is_own_hash) else {
        return (
            wrong("content_hash", "the hash of the content".to_owned(), "another".to_owned()),
            payout.amount,
        );
    };
    let own_key = TransactionKey::operator(shop_id, &payout.reference);
    let difference = if asked != payout.amount {
        wrong("amount", asked.money().to_string(), payout.amount.money().to_string())
    } else if payout.shop_id != *shop_id {
        wrong("shop_id", shop_id.to_string(), payout.shop_id.to_string())
    } else if own_key.as_str() != key {
        wrong("reference", own_key.to_string(), key.to_owned())
    } else {
        None
    };
    (difference, asked)
}
