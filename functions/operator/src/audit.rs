//! The audit: computes every balance again from payments, transactions and payouts, and compares.
//!
//! It reads shop by shop and page by page, so its memory does not grow with them. When its time is
//! nearly over it stops. Its cursor holds the position and the sums so far.

mod attempt;
mod difference;
mod judge;
mod pass;
mod payout;
mod sums;

use serde::{Deserialize, Serialize};
use shared::{domain::id::ShopId, edge::invoked::InvokedAnswer};

use self::{
    difference::Difference,
    pass::{End, Pass},
};
use crate::{CommandContext, answer, cursor, error::CommandError};

/// The result of one invocation.
#[derive(Default, Serialize)]
struct Report {
    shops_checked: u64,
    payments_checked: u64,
    differences: Vec<Difference>,
    /// Shops whose balance changed during the audit, so that their sums could not be compared.
    in_motion: Vec<ShopId>,
    next_cursor: Option<String>,
}

/// The position of the audit.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    /// The requested shop, or `None` for all shops.
    only: Option<ShopId>,
    /// The last finished shop.
    done: Option<ShopId>,
    /// The shop that is being checked.
    pass: Option<Pass>,
}

pub async fn run(
    context: &CommandContext<'_>,
    shop_id: Option<ShopId>,
    cursor: Option<String>,
) -> Result<InvokedAnswer, CommandError> {
    let mut position = match cursor.as_deref().map(cursor::read::<Position>).transpose()? {
        Some(position) if position.only != shop_id => return Err(CommandError::InvalidCursor),
        Some(position) => position,
        None => Position { only: shop_id, done: None, pass: None },
    };
    let mut report = Report::default();
    while let Some(pass) = position.next_pass(context, &mut report).await? {
        // A log line names one shop, so only an audit of one shop sets it.
        if let Some(only) = &position.only {
            context.invocation.log_shop(only);
        }
        match pass.run(context, &mut report).await? {
            End::Finished(shop_id) => {
                report.shops_checked += 1;
                position.done = Some(shop_id);
            }
            End::Stopped(pass) => {
                position.pass = Some(*pass);
                report.next_cursor = Some(cursor::write(&position)?);
                break;
            }
        }
    }
    answer::success(&report)
}

impl Position {
    /// Continues the current shop or begins the next. Returns `None` if all shops are finished.
    async fn next_pass(
        &mut self,
        context: &CommandContext<'_>,
        report: &mut Report,
    ) -> Result<Option<Pass>, CommandError> {
        if let Some(pass) = self.pass.take() {
            return Ok(Some(pass));
        }
        let shop_id = match (&self.only, &self.done) {
            (Some(_), Some(_)) => None,
            (Some(only), None) => Some(only.clone()),
            (None, done) => context.service.store.next_shop_id(done.as_ref()).await?,
        };
        match shop_id {
            Some(shop_id) => Pass::begin(context, shop_id, report).await.map(Some),
            None => Ok(None),
        }
    }
}
