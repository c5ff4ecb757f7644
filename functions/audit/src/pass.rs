//! The audit of one shop: its payments, its actions, its journal, then its balance.
//!
//! The shop may be in business meanwhile. What is older than half a minute is settled, because no
//! write goes out later than 10 seconds after its time and clocks differ by less than 5 seconds. So
//! the settled events are added up once, page by page. At the end the rest is read between two equal
//! readings of the balance.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        event::{Event, EventKey, SETTLED_MS},
        id::ShopId,
        key::TransactionKey,
        mode::Mode,
        money::SignedTiyin,
        shop::Balance,
        shop_action::ShopAction,
    },
    store::{ActionPosition, OrderPosition, PaymentHistory, Stored},
};
use tokio::time::{Instant, sleep};

use super::{
    actions::{self, ExpectedEvent, Reversal},
    auditor::{AuditError, Auditor, Report},
    difference::{Difference, Table},
    journal,
    judge::judge,
    readings::{COMMIT_TIME, READINGS, Readings},
    sums::{Sums, balance_key},
};

/// Time kept for the page in progress and the answer.
const RESERVE: Duration = Duration::from_secs(15);
/// How often the balance is read until it stands still.
const BALANCE_TRIES: usize = 20;
/// Events in one page of the journal, and in one page of its unsettled rest.
const EVENTS_PAGE: i32 = 100;
const REST_PAGE: i32 = 1000;
/// Payments between two progress lines in the log.
const PROGRESS_EVERY: u64 = 5000;
/// An answer with this many differences is long enough. Its cursor leads to the rest.
const DIFFERENCES_MAX: usize = 100;

/// The position within one shop, and the sums so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    shop_id: ShopId,
    mode: Mode,
    sums: Sums,
    payments: u64,
    at: Place,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Payments(Option<OrderPosition>),
    Actions(Option<ActionPosition>),
    /// The key of the last event that was added up.
    Events(Option<String>),
    Balance(Option<String>),
}

/// How a pass ended in this invocation.
pub enum End {
    Finished(ShopId),
    /// Time is nearly over, or the answer is full.
    Stopped(Box<Pass>),
}

impl Pass {
    /// Begins with the first payment of `shop_id`.
    pub async fn begin(
        auditor: &Auditor<'_>,
        shop_id: ShopId,
        report: &mut Report,
    ) -> Result<Self, AuditError> {
        let (profile, balance) = auditor.store.stored_shop(&shop_id).await?;
        let mut differ = |difference| report.differences.push(difference);
        let profile_key = format!("{shop_id}/profile");
        let mode = match profile {
            Stored::Found(profile) => profile.mode,
            Stored::Missing if balance == Stored::Missing => return Err(AuditError::ShopNotFound),
            Stored::Missing => {
                differ(Difference::missing(Table::Shops, profile_key));
                Mode::Live
            }
            Stored::Unreadable(problem) => {
                differ(Difference::unreadable(Table::Shops, profile_key, &problem));
                Mode::Live
            }
        };
        match balance {
            Stored::Found(_) => {}
            Stored::Missing => differ(Difference::missing(Table::Shops, balance_key(shop_id.as_str()))),
            Stored::Unreadable(problem) => {
                differ(Difference::unreadable(Table::Shops, balance_key(shop_id.as_str()), &problem));
            }
        }
        Ok(Self { shop_id, mode, sums: Sums::default(), payments: 0, at: Place::Payments(None) })
    }

    /// Runs until the shop is finished or time is nearly over. Always checks at least one page, so
    /// that every invocation makes progress.
    pub async fn run(mut self, auditor: &Auditor<'_>, report: &mut Report) -> Result<End, AuditError> {
        let stop_at = auditor.deadline.checked_sub(RESERVE).unwrap_or_else(Instant::now);
        loop {
            match self.at.clone() {
                Place::Payments(after) => self.check_payments(auditor, after, report).await?,
                Place::Actions(after) => self.check_actions(auditor, after, report).await?,
                Place::Events(after) => self.check_events(auditor, after, report).await?,
                Place::Balance(after) => {
                    self.check_balance(auditor, after.as_deref(), report).await?;
                    return Ok(End::Finished(self.shop_id));
                }
            }
            if Instant::now() >= stop_at || report.differences.len() >= DIFFERENCES_MAX {
                return Ok(End::Stopped(Box::new(self)));
            }
        }
    }

    async fn check_payments(
        &mut self,
        auditor: &Auditor<'_>,
        after: Option<OrderPosition>,
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let (orders, next) = auditor.store.orders(&self.shop_id, after.as_ref()).await?;
        let histories = auditor.store.histories(&self.shop_id, &orders).await?;
        for _ in &histories {
            report.payments_checked += 1;
            self.payments = self.payments.saturating_add(1);
            if self.payments.is_multiple_of(PROGRESS_EVERY) {
                (auditor.progress)(&self.shop_id, self.payments);
            }
        }
        report.differences.extend(self.judge_payments(auditor, &histories).await?);
        self.at = next.map_or(Place::Actions(None), |next| Place::Payments(Some(next)));
        Ok(())
    }

    /// Judges the payments of a page. What differs is read again at one moment, and once more after
    /// the time of a commit: a payment may have changed between the reads.
    async fn judge_payments(
        &self,
        auditor: &Auditor<'_>,
        histories: &[PaymentHistory],
    ) -> Result<Vec<Difference>, AuditError> {
        let judged = histories.iter().map(|history| (&history.order_key, judge(history, self.mode)));
        let mut wrong: Vec<_> = judged.filter(|(_, differences)| !differences.is_empty()).collect();
        let mut readings = Readings::after_the_first();
        while readings.again(!wrong.is_empty()).await {
            for (order_key, differences) in &mut wrong {
                let history = auditor.store.snapshot_with_events(&self.shop_id, order_key).await?;
                *differences = judge(&history, self.mode);
            }
            wrong.retain(|(_, differences)| !differences.is_empty());
        }
        Ok(wrong.into_iter().flat_map(|(_, differences)| differences).collect())
    }

    async fn check_actions(
        &mut self,
        auditor: &Auditor<'_>,
        after: Option<ActionPosition>,
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let (actions, next) = auditor.store.shop_actions(&self.shop_id, after.as_ref()).await?;
        let mut events = Vec::new();
        for (key, action) in &actions {
            let (difference, expected) = actions::judge(&self.shop_id, key, action);
            report.differences.extend(difference);
            if let Some(expected) = expected {
                events.push(self.with_reversed_amount(auditor, action, expected).await?);
            }
        }
        report.differences.extend(self.check_action_events(auditor, events).await?);
        let reversals = actions.iter().filter_map(|(_, action)| Reversal::of(action));
        report.differences.extend(self.check_reversals(auditor, reversals.collect()).await?);
        self.at = next.map_or(Place::Events(None), |next| Place::Actions(Some(next)));
        Ok(())
    }

    /// A reversal gives back what its payout took off.
    async fn with_reversed_amount(
        &self,
        auditor: &Auditor<'_>,
        action: &Stored<ShopAction>,
        expected: ExpectedEvent,
    ) -> Result<ExpectedEvent, AuditError> {
        let Stored::Found(ShopAction::Other(action)) = action else { return Ok(expected) };
        let Some(payout) = action.reversed_payout() else {
            return Ok(expected);
        };
        let mut payouts = auditor.store.shop_actions_by_key(vec![payout.to_string()]).await?;
        match payouts.pop() {
            Some((_, Stored::Found(ShopAction::Payout(payout)))) => {
                Ok(ExpectedEvent { net: Some(payout.amount.money().signed()), ..expected })
            }
            _ => Ok(expected),
        }
    }

    /// Checks that payouts and their reversals name each other. A payout whose reversal is forgotten
    /// could be reversed again.
    async fn check_reversals(
        &self,
        auditor: &Auditor<'_>,
        reversals: BTreeSet<Reversal>,
    ) -> Result<Vec<Difference>, AuditError> {
        let mut wrong: Vec<(Reversal, Option<Difference>)> =
            reversals.into_iter().map(|reversal| (reversal, None)).collect();
        let mut readings = Readings::all();
        while readings.again(!wrong.is_empty()).await {
            let keys = wrong.iter().flat_map(|(one, _)| [one.payout.to_string(), one.reversal.to_string()]);
            let keys: BTreeSet<String> = keys.collect();
            let actions = auditor.store.shop_actions_by_key(keys.into_iter().collect()).await?;
            let actions: HashMap<String, Stored<ShopAction>> = actions.into_iter().collect();
            let stored = |key: &TransactionKey| actions.get(key.as_str()).unwrap_or(&Stored::Missing);
            for (one, difference) in &mut wrong {
                *difference = one.judge(stored(&one.payout), stored(&one.reversal));
            }
            wrong.retain(|(_, difference)| difference.is_some());
        }
        // A payout that names another reversal than its own is in two of them.
        wrong.dedup_by(|(one, _), (before, _)| one.payout == before.payout);
        Ok(wrong.into_iter().filter_map(|(_, difference)| difference).collect())
    }

    /// Checks the events of the actions of a page. Those that are missing wait together for a commit.
    async fn check_action_events(
        &self,
        auditor: &Auditor<'_>,
        expected: Vec<ExpectedEvent>,
    ) -> Result<Vec<Difference>, AuditError> {
        let display_key = |expected: &ExpectedEvent| format!("{}/{}", self.shop_id, expected.key);
        let (mut left, mut differences) = (expected, Vec::new());
        let mut readings = Readings::all();
        while readings.again(!left.is_empty()).await {
            let keys: Vec<EventKey> = left.iter().map(|expected| expected.key.clone()).collect();
            let events = auditor.store.stored_events(&self.shop_id, &keys).await?;
            left.retain(|expected| match events.get(&expected.key) {
                Some(Stored::Found(event)) => {
                    differences.extend(differences_of(event, expected, &display_key(expected)));
                    false
                }
                // The walk through the journal reports it.
                Some(Stored::Unreadable(_)) => false,
                Some(Stored::Missing) | None => true,
            });
        }
        differences
            .extend(left.iter().map(|expected| Difference::missing(Table::Events, display_key(expected))));
        Ok(differences)
    }

    /// Adds up the settled events of one page.
    async fn check_events(
        &mut self,
        auditor: &Auditor<'_>,
        after: Option<String>,
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let settled = EventKey::at(auditor.clock.now().plus_ms(-SETTLED_MS));
        let mut page = auditor.store.walk_events(&self.shop_id, after.as_deref(), EVENTS_PAGE).await?;
        let read = page.events.len();
        page.events.retain(|(key, _)| *key < settled);
        let at_the_end = page.events.len() < read || !page.more;
        for (_, event) in &page.events {
            self.sums.add_stored(event);
        }
        report.differences.extend(journal::check(auditor.store, &self.shop_id, &page.events).await?);
        let last = page.events.pop().map(|(key, _)| key).or(after);
        self.at = if at_the_end { Place::Balance(last) } else { Place::Events(last) };
        Ok(())
    }

    /// Compares the balance with the sums. A difference counts only if several readings show the
    /// same. If the balance does not stand still, the report names the shop.
    async fn check_balance(
        &self,
        auditor: &Auditor<'_>,
        after: Option<&str>,
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let (mut last, mut readings): (Vec<Difference>, usize) = (Vec::new(), 0);
        for _ in 0..BALANCE_TRIES {
            let Some(before) = self.balance(auditor).await? else { return Ok(()) };
            let rest = self.rest(auditor, after).await?;
            if self.balance(auditor).await?.as_ref() != Some(&before) {
                continue;
            }
            let mut sums = self.sums.clone();
            for (_, event) in &rest {
                sums.add_stored(event);
            }
            let differences = sums.compare(&before);
            readings = if differences == last { readings + 1 } else { 1 };
            last = differences;
            if last.is_empty() || readings == READINGS {
                report.differences.extend(journal::check(auditor.store, &self.shop_id, &rest).await?);
                report.differences.append(&mut last);
                return Ok(());
            }
            sleep(COMMIT_TIME).await;
        }
        report.in_motion.push(self.shop_id.clone());
        Ok(())
    }

    /// The events after `after`.
    async fn rest(
        &self,
        auditor: &Auditor<'_>,
        after: Option<&str>,
    ) -> Result<Vec<(String, Stored<Event>)>, AuditError> {
        let mut rest: Vec<(String, Stored<Event>)> = Vec::new();
        loop {
            let after = rest.last().map(|(key, _)| key.as_str()).or(after);
            let page = auditor.store.walk_events(&self.shop_id, after, REST_PAGE).await?;
            rest.extend(page.events);
            if !page.more {
                return Ok(rest);
            }
        }
    }

    async fn balance(&self, auditor: &Auditor<'_>) -> Result<Option<Balance>, AuditError> {
        Ok(auditor.store.stored_balance(&self.shop_id).await?.found())
    }
}

/// Compares the event of an action with what the action implies.
fn differences_of(found: &Event, expected: &ExpectedEvent, key: &str) -> Vec<Difference> {
    let net = expected.net.unwrap_or(found.net);
    let columns = [
        ("type", expected.event_type.into_str().to_owned(), found.event_type.into_str().to_owned()),
        ("occurred_at", expected.at.get().to_string(), found.occurred_at.get().to_string()),
        ("gross", net.to_string(), found.gross.to_string()),
        ("fee", SignedTiyin::ZERO.to_string(), found.fee.to_string()),
        ("net", net.to_string(), found.net.to_string()),
    ];
    let wrong = columns.into_iter().filter(|(_, expected, found)| expected != found);
    wrong.map(|(what, expected, found)| Difference::new(Table::Events, key, what, expected, found)).collect()
}
