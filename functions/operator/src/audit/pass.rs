//! The audit of one shop: its payments, then its payouts, then its balance.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::{
    domain::{id::ShopId, mode::Mode, shop::Balance},
    store::{OrderPosition, PayoutPosition, Stored},
};
use tokio::time::{Instant, sleep_until};

use super::{
    Report,
    difference::{Difference, Table},
    judge::judge,
    payout,
    sums::{Sums, balance_key},
};
use crate::{CommandContext, error::CommandError};

/// Time kept for the page in progress and the answer.
const RESERVE: Duration = Duration::from_secs(15);
/// How long the indexes may be behind the tables. If the sums of a shop differ sooner than this,
/// the shop is checked once more.
const INDEX_LAG: Duration = Duration::from_millis(1500);
/// Payments between two progress lines in the log.
const PROGRESS_EVERY: u64 = 5000;
/// An answer with this many differences is long enough. Its cursor leads to the rest.
const DIFFERENCES_MAX: usize = 100;

/// The position within one shop, and the sums so far.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    shop_id: ShopId,
    mode: Mode,
    /// The balance when the pass began, or `None` if it could not be read.
    balance: Option<Balance>,
    sums: Sums,
    payments: u64,
    at: Place,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Payments(Option<OrderPosition>),
    Payouts(Option<PayoutPosition>),
    Balance,
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
        context: &CommandContext<'_>,
        shop_id: ShopId,
        report: &mut Report,
    ) -> Result<Self, CommandError> {
        let (profile, balance) = context.service.store.stored_shop(&shop_id).await?;
        let mut differ = |difference| report.differences.push(difference);
        let profile_key = format!("{shop_id}/profile");
        let mode = match profile {
            Stored::Found(profile) => profile.mode,
            Stored::Missing => return Err(CommandError::ShopNotFound),
            Stored::Unreadable(problem) => {
                differ(Difference::unreadable(Table::Shops, profile_key, &problem));
                Mode::Live
            }
        };
        let balance = match balance {
            Stored::Found(balance) => Some(balance),
            Stored::Missing => {
                differ(Difference::missing(Table::Shops, balance_key(shop_id.as_str())));
                None
            }
            Stored::Unreadable(problem) => {
                differ(Difference::unreadable(Table::Shops, balance_key(shop_id.as_str()), &problem));
                None
            }
        };
        Ok(Self { shop_id, mode, balance, sums: Sums::default(), payments: 0, at: Place::Payments(None) })
    }

    /// Runs until the shop is finished or time is nearly over. Always checks at least one page, so
    /// that every invocation makes progress.
    pub async fn run(
        mut self,
        context: &CommandContext<'_>,
        report: &mut Report,
    ) -> Result<End, CommandError> {
        let (began, first_page) =
            (Instant::now(), self.payments == 0 && matches!(self.at, Place::Payments(None)));
        let (fresh, checked, reported) = (self.clone(), report.payments_checked, report.differences.len());
        let stop_at = context.invocation.deadline.checked_sub(RESERVE).unwrap_or(began);
        let mut may_repeat = first_page;
        loop {
            match self.at.clone() {
                Place::Payments(after) => self.check_payments(context, after, report).await?,
                Place::Payouts(after) => self.check_payouts(context, after, report).await?,
                Place::Balance => {
                    let differences = self.check_balance(context, report).await?;
                    if !differences.is_empty()
                        && may_repeat
                        && began.elapsed() < INDEX_LAG
                        && began + INDEX_LAG < stop_at
                    {
                        sleep_until(began + INDEX_LAG).await;
                        may_repeat = false;
                        report.payments_checked = checked;
                        report.differences.truncate(reported);
                        self = Self { balance: self.read_balance(context).await?, ..fresh.clone() };
                        continue;
                    }
                    report.differences.extend(differences);
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
        context: &CommandContext<'_>,
        after: Option<OrderPosition>,
        report: &mut Report,
    ) -> Result<(), CommandError> {
        let store = &context.service.store;
        let (orders, next) = store.orders(&self.shop_id, after.as_ref()).await?;
        for history in store.histories(&orders).await? {
            let mut judged = judge(&history, self.mode);
            if !judged.differences.is_empty() {
                // The payment may have changed between the reads. A snapshot at one moment decides.
                judged = judge(&store.snapshot(&history.order_key).await?, self.mode);
            }
            judged.add_to(&mut self.sums);
            report.differences.extend(judged.differences);
            report.payments_checked += 1;
            self.payments = self.payments.saturating_add(1);
            if self.payments.is_multiple_of(PROGRESS_EVERY) {
                context
                    .invocation
                    .log_progress(&self.shop_id, format!("audit: {} payments checked", self.payments));
            }
        }
        self.at = next.map_or(Place::Payouts(None), |next| Place::Payments(Some(next)));
        Ok(())
    }

    async fn check_payouts(
        &mut self,
        context: &CommandContext<'_>,
        after: Option<PayoutPosition>,
        report: &mut Report,
    ) -> Result<(), CommandError> {
        let (payouts, next) = context.service.store.stored_payouts(&self.shop_id, after.as_ref()).await?;
        for (key, payout) in payouts {
            report.differences.extend(payout::judge(&self.shop_id, &key, &payout, &mut self.sums));
        }
        self.at = next.map_or(Place::Balance, |next| Place::Payouts(Some(next)));
        Ok(())
    }

    /// Compares the balance with the sums. Returns no differences if the balance changed during the
    /// pass. The report then names the shop.
    async fn check_balance(
        &self,
        context: &CommandContext<'_>,
        report: &mut Report,
    ) -> Result<Vec<Difference>, CommandError> {
        let Some(before) = &self.balance else { return Ok(Vec::new()) };
        if self.read_balance(context).await?.as_ref() == Some(before) {
            return Ok(self.sums.compare(before));
        }
        report.in_motion.push(self.shop_id.clone());
        Ok(Vec::new())
    }

    async fn read_balance(&self, context: &CommandContext<'_>) -> Result<Option<Balance>, CommandError> {
        let (_, balance) = context.service.store.stored_shop(&self.shop_id).await?;
        Ok(match balance {
            Stored::Found(balance) => Some(balance),
            Stored::Missing | Stored::Unreadable(_) => None,
        })
    }
}
