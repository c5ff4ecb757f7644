//! The sums of a shop's payments and payouts, and the balance that follows from them.

use serde::{Deserialize, Serialize};
use shared::domain::{money::Tiyin, shop::Balance};

use super::difference::{Difference, Table};

/// Sums in tiyin, in a type that no number of items can overflow. They saturate, because they come
/// back in a cursor, which the caller can write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    paid: i128,
    refunded: i128,
    paid_out: i128,
    paid_count: u64,
    /// Whether a payout could not be read. The sum of payouts is then unknown.
    payouts_unknown: bool,
}

impl Sums {
    /// Adds a paid payment.
    pub fn add_paid(&mut self, amount: Tiyin) {
        self.paid = self.paid.saturating_add(amount.get().into());
        self.paid_count = self.paid_count.saturating_add(1);
    }

    /// Adds a payment that was paid and refunded.
    pub fn add_refunded(&mut self, amount: Tiyin) {
        self.add_paid(amount);
        self.refunded = self.refunded.saturating_add(amount.get().into());
    }

    pub fn add_payout(&mut self, amount: Tiyin) {
        self.paid_out = self.paid_out.saturating_add(amount.get().into());
    }

    pub fn add_unknown_payout(&mut self) {
        self.payouts_unknown = true;
    }

    /// Returns the attributes of `balance` that differ from the sums.
    pub fn compare(&self, balance: &Balance) -> Vec<Difference> {
        let key = balance_key(balance.shop_id.as_str());
        let left = self.paid.saturating_sub(self.refunded).saturating_sub(self.paid_out);
        let money = [
            ("paid_total", self.paid, balance.paid_total.signed(), true),
            ("refunded_total", self.refunded, balance.refunded_total.signed(), true),
            ("paid_out_total", self.paid_out, balance.paid_out_total.signed(), !self.payouts_unknown),
            ("balance", left, balance.balance, !self.payouts_unknown),
        ];
        let wrong = money
            .into_iter()
            .filter(|(_, expected, found, comparable)| *comparable && *expected != i128::from(found.get()));
        let mut differences: Vec<Difference> = wrong
            .map(|(what, expected, found, _)| {
                Difference::new(Table::Shops, &key, what, in_som(expected), found)
            })
            .collect();
        if self.paid_count != balance.paid_count {
            differences.push(Difference::new(
                Table::Shops,
                &key,
                "paid_count",
                self.paid_count,
                balance.paid_count,
            ));
        }
        differences
    }
}

/// The key of a balance item, as differences write it.
pub fn balance_key(shop_id: &str) -> String {
    format!("{shop_id}/balance")
}

/// So'm with two decimals. Can be negative.
fn in_som(tiyin: i128) -> String {
    let sign = if tiyin < 0 { "-" } else { "" };
    let tiyin = tiyin.unsigned_abs();
    format!("{sign}{}.{:02}", tiyin / 100, tiyin % 100)
}
