//! The sums of a shop's journal, and the balance that follows from them.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        event::Event,
        event_type::EventType,
        id::ShopId,
        money::{SignedTiyin, Tiyin},
        shop::Balance,
    },
    store::Stored,
};

use super::difference::{Difference, Table};

/// Sums in tiyin, in a type that no number of events can overflow. They saturate, because they come
/// back in a cursor, which the caller can write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    net: i128,
    fee: i128,
    paid: i128,
    refunded: i128,
    paid_out: i128,
    adjusted: i128,
    paid_count: u64,
    /// Whether an event could not be read. The sums are then unknown.
    unknown: bool,
}

impl Sums {
    /// Adds an event.
    fn add(&mut self, event: &Event) {
        add_to(&mut self.net, event.net);
        add_to(&mut self.fee, event.fee);
        match event.event_type {
            EventType::PaymentPaid => {
                add_to(&mut self.paid, event.gross);
                self.paid_count = self.paid_count.saturating_add(1);
            }
            EventType::PaymentRefunded => add_to(&mut self.refunded, event.gross),
            EventType::PayoutRecorded | EventType::PayoutReversed => add_to(&mut self.paid_out, event.gross),
            EventType::AdjustmentRecorded => add_to(&mut self.adjusted, event.gross),
            EventType::PaymentCancelled => {}
        }
    }

    /// Adds what a walk through the journal found.
    pub fn add_stored(&mut self, event: &Stored<Event>) {
        match event {
            Stored::Found(event) => self.add(event),
            Stored::Missing | Stored::Unreadable(_) => self.add_unknown(),
        }
    }

    /// The balance that follows from the events. `None` if an event could not be read, or if a sum is
    /// none that a balance can have.
    pub fn balance(&self, shop_id: &ShopId) -> Option<Balance> {
        let signed = |sum: i128| i64::try_from(sum).ok().map(SignedTiyin::new);
        let total = |sum: i128| Tiyin::new(i64::try_from(sum).ok()?).ok();
        (!self.unknown).then_some(())?;
        Some(Balance {
            shop_id: shop_id.clone(),
            balance: signed(self.net)?,
            paid_total: total(self.paid)?,
            fee_total: total(self.fee)?,
            // Money that leaves the balance has a negative sign in the journal, and none in a total.
            refunded_total: total(self.refunded.saturating_neg())?,
            paid_out_total: total(self.paid_out.saturating_neg())?,
            adjusted_total: signed(self.adjusted)?,
            paid_count: self.paid_count,
        })
    }

    fn add_unknown(&mut self) {
        self.unknown = true;
    }

    /// Returns the attributes of `balance` that differ from the sums.
    pub fn compare(&self, balance: &Balance) -> Vec<Difference> {
        if self.unknown {
            return Vec::new();
        }
        let key = balance_key(balance.shop_id.as_str());
        // Money that leaves the balance has a negative sign in the journal, and none in a total.
        let money = [
            ("balance", self.net, balance.balance),
            ("paid_total", self.paid, balance.paid_total.signed()),
            ("fee_total", self.fee, balance.fee_total.signed()),
            ("refunded_total", self.refunded.saturating_neg(), balance.refunded_total.signed()),
            ("paid_out_total", self.paid_out.saturating_neg(), balance.paid_out_total.signed()),
            ("adjusted_total", self.adjusted, balance.adjusted_total),
        ];
        let wrong = money.into_iter().filter(|(_, expected, found)| *expected != i128::from(found.get()));
        let mut differences: Vec<Difference> = wrong
            .map(|(what, expected, found)| Difference::new(Table::Shops, &key, what, in_som(expected), found))
            .collect();
        if self.paid_count != balance.paid_count {
            let (expected, found) = (self.paid_count, balance.paid_count);
            differences.push(Difference::new(Table::Shops, &key, "paid_count", expected, found));
        }
        differences
    }
}

fn add_to(sum: &mut i128, amount: SignedTiyin) {
    *sum = sum.saturating_add(amount.get().into());
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
