//! The report: what each provider moved on each day, what was paid out, and what the providers owe.
//!
//! It reads the journals shop by shop and page by page. When its time is nearly over it stops. Its
//! cursor holds the position and the sums so far, so the last answer is the whole report.

mod sums;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        channel::Channel,
        day::Day,
        event::EventKey,
        event_page::{EventFilter, EventOrder, EventPosition},
        id::ShopId,
        mode::Mode,
        money::MoneyNumber,
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
};
use tokio::time::Instant;

use self::sums::Sums;
use crate::{CommandContext, answer, cursor, error::CommandError};

/// A quarter. So the cursor, which has a line for each day and provider, fits a command line.
const DAYS_MAX: i32 = 92;
/// Time kept for the page in progress and the answer.
const RESERVE: Duration = Duration::from_secs(15);
const EVENTS_A_READ: usize = 1000;

/// The fields of `report`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportFields {
    from: Day,
    to: Day,
    shop_id: Option<ShopId>,
    cursor: Option<String>,
}

/// The position of the report, and the sums so far.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    // What was asked for: a cursor belongs to its report.
    start: UnixMillis,
    end: UnixMillis,
    only: Option<ShopId>,
    /// The last finished shop.
    done: Option<ShopId>,
    /// The shop that is being read, and its last event that was read.
    reading: Option<(ShopId, EventKey)>,
    sums: Sums,
}

#[derive(Serialize)]
struct Report {
    days: Vec<Line>,
    /// Payouts less those that were reversed.
    payouts: MoneyNumber,
    adjustments: MoneyNumber,
    providers: [Provider; 2],
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Line {
    date: String,
    mode: Mode,
    provider: Channel,
    payments: u64,
    gross: MoneyNumber,
    /// Less the fees given back.
    fees: MoneyNumber,
    refunds: MoneyNumber,
}

#[derive(Serialize)]
struct Provider {
    provider: Channel,
    owes: MoneyNumber,
}

pub async fn run(context: &CommandContext<'_>, fields: ReportFields) -> Result<InvokedAnswer, CommandError> {
    let mut position = begin(&fields)?;
    if let Some(only) = &fields.shop_id {
        context.service.store.profile(only).await?.ok_or(CommandError::ShopNotFound)?;
        context.invocation.log_shop(only);
    }
    let stop_at = context.invocation.deadline.checked_sub(RESERVE).unwrap_or_else(Instant::now);
    while let Some(shop_id) = position.next_shop(context).await? {
        position.read_page(context, shop_id).await?;
        if Instant::now() >= stop_at {
            return report(fields.from, &position.sums, Some(cursor::write(&position)?));
        }
    }
    report(fields.from, &position.sums, None)
}

fn begin(fields: &ReportFields) -> Result<Position, CommandError> {
    let (start, end) = (fields.from.start(), fields.to.end());
    if fields.to < fields.from {
        return Err(CommandError::DaysReversed);
    }
    if fields.to > fields.from.plus_days(DAYS_MAX - 1) {
        return Err(CommandError::TooManyDays(DAYS_MAX));
    }
    let only = fields.shop_id.clone();
    match fields.cursor.as_deref().map(cursor::read::<Position>).transpose()? {
        Some(position) if (position.start, position.end, &position.only) == (start, end, &only) => {
            Ok(position)
        }
        Some(_) => Err(CommandError::InvalidCursor),
        None => Ok(Position { start, end, only, done: None, reading: None, sums: Sums::default() }),
    }
}

impl Position {
    /// The shop that is being read, or the next one. `None` if all shops are finished.
    async fn next_shop(&self, context: &CommandContext<'_>) -> Result<Option<ShopId>, CommandError> {
        match (&self.reading, &self.only, &self.done) {
            (Some((shop_id, _)), _, _) | (None, Some(shop_id), None) => Ok(Some(shop_id.clone())),
            (None, Some(_), Some(_)) => Ok(None),
            (None, None, done) => Ok(context.service.store.next_shop_id(done.as_ref()).await?),
        }
    }

    async fn read_page(&mut self, context: &CommandContext<'_>, shop_id: ShopId) -> Result<(), CommandError> {
        let filter = EventFilter { start: self.start, end: self.end, event_type: None };
        let after = match &self.reading {
            Some((_, key)) => EventPosition::of(key),
            None => EventPosition::at(self.start),
        };
        let store = &context.service.store;
        let (events, more) =
            store.read_events(&shop_id, filter, EventOrder::OldestFirst, &after, EVENTS_A_READ).await?;
        let first_day = Day::of(self.start);
        for event in &events {
            self.sums.add(event, first_day);
        }
        self.reading = events.last().filter(|_| more).map(|last| (shop_id.clone(), last.event_key.clone()));
        if self.reading.is_none() {
            self.done = Some(shop_id);
        }
        Ok(())
    }
}

fn report(first_day: Day, sums: &Sums, next_cursor: Option<String>) -> Result<InvokedAnswer, CommandError> {
    let days = sums.lines().map(|line| Line {
        date: first_day.plus_days(i32::from(line.day)).to_string(),
        mode: line.mode,
        provider: line.channel,
        payments: line.payments,
        gross: line.gross.number(),
        fees: line.fees.number(),
        refunds: line.refunds.number(),
    });
    let owes = |provider| Provider { provider, owes: sums.owed_by(provider).number() };
    answer::success(&Report {
        days: days.collect(),
        payouts: sums.payouts.number(),
        adjustments: sums.adjustments.number(),
        providers: [owes(Channel::Payme), owes(Channel::Click)],
        next_cursor,
    })
}
