//! Checks the record of a payout.

use shared::{
    domain::{
        action_record::ArgumentsHash,
        id::ShopId,
        key::TransactionKey,
        payout::{Payout, PayoutAmount},
    },
    store::Stored,
};

use super::{
    difference::{Difference, Table},
    sums::Sums,
};

/// Adds the payout under `key` of `shop_id` to `sums`, and returns what is wrong with its record.
pub fn judge(shop_id: &ShopId, key: &str, payout: &Stored<Payout>, sums: &mut Sums) -> Option<Difference> {
    let payout = match payout {
        Stored::Found(payout) => payout,
        Stored::Missing => {
            sums.add_unknown_payout();
            return Some(Difference::missing(Table::Transactions, key));
        }
        Stored::Unreadable(problem) => {
            sums.add_unknown_payout();
            return Some(Difference::unreadable(Table::Transactions, key, problem));
        }
    };
    let wrong = |what, expected: String, found: String| {
        Some(Difference::new(Table::Transactions, key, what, expected, found))
    };
    let action = &payout.record;
    let asked = action.arguments.get("amount").and_then(|amount| PayoutAmount::parse(amount).ok());
    let is_own_hash = action.arguments_hash == ArgumentsHash::of(&action.command, &action.arguments);
    // The arguments repeat the amount, and their hash shows which of the two was changed.
    match asked.filter(|_| is_own_hash) {
        Some(asked) if asked != payout.amount => {
            sums.add_payout(asked.money());
            return wrong("amount", asked.money().to_string(), payout.amount.money().to_string());
        }
        Some(_) => sums.add_payout(payout.amount.money()),
        None => {
            sums.add_payout(payout.amount.money());
            return wrong("content_hash", "the hash of the content".to_owned(), "another".to_owned());
        }
    }
    if payout.shop_id != *shop_id {
        return wrong("shop_id", shop_id.to_string(), payout.shop_id.to_string());
    }
    let own_key = TransactionKey::operator(shop_id, &payout.reference);
    if own_key.as_str() == key { None } else { wrong("reference", own_key.to_string(), key.to_owned()) }
}
