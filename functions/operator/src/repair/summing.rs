//! Adding up the journal, and setting the balance to its sums.
//!
//! The shop may be in business meanwhile. A transaction changes the balance and the sums alike, so what
//! the balance lacks stays the same. Only a lack that several readings show is corrected.

use audit::{COMMIT_TIME, READINGS, Sums};
use shared::{
    domain::{
        event::{Event, EventKey, SETTLED_MS},
        shop::Balance,
    },
    store::{BalanceReading, StoreError, Stored},
};
use tokio::time::sleep;

use super::{
    Work,
    progress::{Phase, Summing},
};
use crate::error::CommandError;

const EVENTS_PAGE: i32 = 1000;
/// How often the balance is read until it stands still.
const BALANCE_TRIES: usize = 20;

/// What the attributes of a balance lack, in tiyin; the last one counts payments.
type Lack = [i128; 7];

impl Work<'_> {
    /// Adds up one page. At the end, sets the balance. If another repair put an event meanwhile, it
    /// begins again.
    pub async fn sum(&self, summing: Option<Box<Summing>>, changes: &mut u64) -> Result<Phase, CommandError> {
        let (store, shop_id) = (self.auditor.store, self.repairer.shop_id);
        let Some(mut summing) = summing else {
            return Ok(match store.stored_balance(shop_id).await? {
                Stored::Found(_) => {
                    let repairs = store.balance_reading(shop_id).await?.repairs;
                    let (sums, after) = (Sums::default(), None);
                    Phase::Sums(Some(Box::new(Summing { repairs, sums, after, complete: false })))
                }
                // Only a person can make it again. The audit names it.
                Stored::Missing | Stored::Unreadable(_) => self.audit_again(),
            });
        };
        if summing.complete {
            return self.set_balance(summing, changes).await;
        }
        let settled = EventKey::at(self.auditor.clock.now().plus_ms(-SETTLED_MS));
        let mut page = store.walk_events(shop_id, summing.after.as_deref(), EVENTS_PAGE).await?;
        let read = page.events.len();
        page.events.retain(|(key, _)| *key < settled);
        summing.complete = page.events.len() < read || !page.more;
        for (_, event) in &page.events {
            summing.sums.add_stored(event);
        }
        summing.after = page.events.pop().map(|(key, _)| key).or(summing.after);
        Ok(Phase::Sums(Some(summing)))
    }

    /// Sets the balance if it lacks something. Stays in this phase if the balance does not stand still.
    async fn set_balance(&self, summing: Box<Summing>, changes: &mut u64) -> Result<Phase, CommandError> {
        let (mut last, mut readings): (Option<Lack>, usize) = (None, 0);
        for _ in 0..BALANCE_TRIES {
            let Some((read, sums)) = self.read_balance(&summing).await? else { continue };
            if read.repairs != summing.repairs {
                return Ok(Phase::Sums(None));
            }
            let Some(target) = sums.balance(self.repairer.shop_id) else { return Ok(self.audit_again()) };
            let lack = lack(&read.balance, &target);
            readings = if last == Some(lack) { readings + 1 } else { 1 };
            last = Some(lack);
            if lack == Lack::default() {
                return Ok(self.audit_again());
            }
            if readings < READINGS {
                sleep(COMMIT_TIME).await;
                continue;
            }
            // If it moved, the next reading must show the same lack.
            if self.auditor.store.set_balance(&self.repairer, &read, &target).await? {
                *changes += 1;
                // This repair's own write. Its sums are those of the same events.
                return Ok(Phase::Sums(Some(Box::new(Summing { repairs: read.repairs + 1, ..*summing }))));
            }
        }
        Ok(Phase::Sums(Some(summing)))
    }

    /// Reads the balance, and the sums of all events at the same moment. `None` if the shop moved.
    async fn read_balance(&self, summing: &Summing) -> Result<Option<(BalanceReading, Sums)>, CommandError> {
        let Some(before) = self.balance().await? else { return Ok(None) };
        let rest = self.rest(summing.after.as_deref()).await?;
        let is_still = self.balance().await?.as_ref() == Some(&before);
        // An event can be committed after its balance.
        if !is_still || self.rest(summing.after.as_deref()).await?.len() != rest.len() {
            return Ok(None);
        }
        let mut sums = summing.sums.clone();
        rest.iter().for_each(|event| sums.add_stored(event));
        Ok(Some((before, sums)))
    }

    /// Reads the balance. `None` if a transaction is being committed.
    async fn balance(&self) -> Result<Option<BalanceReading>, CommandError> {
        match self.auditor.store.balance_reading(self.repairer.shop_id).await {
            Ok(reading) => Ok(Some(reading)),
            Err(StoreError::Unavailable(_)) => {
                sleep(COMMIT_TIME).await;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The events after `after`.
    async fn rest(&self, after: Option<&str>) -> Result<Vec<Stored<Event>>, CommandError> {
        let (mut rest, mut last) = (Vec::new(), after.map(str::to_owned));
        loop {
            let page =
                self.auditor.store.walk_events(self.repairer.shop_id, last.as_deref(), EVENTS_PAGE).await?;
            last = page.events.last().map(|(key, _)| key.clone()).or(last);
            rest.extend(page.events.into_iter().map(|(_, event)| event));
            if !page.more {
                return Ok(rest);
            }
        }
    }
}

fn lack(balance: &Balance, target: &Balance) -> Lack {
    let sums = |of: &Balance| {
        [
            of.balance.get().into(),
            of.paid_total.get().into(),
            of.fee_total.get().into(),
            of.refunded_total.get().into(),
            of.paid_out_total.get().into(),
            of.adjusted_total.get().into(),
            i128::from(of.paid_count),
        ]
    };
    let (found, expected): (Lack, Lack) = (sums(balance), sums(target));
    std::array::from_fn(|index| expected.get(index).zip(found.get(index)).map_or(0, |(a, b)| a - b))
}
