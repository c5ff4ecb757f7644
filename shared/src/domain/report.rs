//! A shop's report: what each day moved, and the balance before and after.

use serde::Deserialize;

use super::{
    day::{Day, DayRange},
    event_type::EventType,
    money::SignedTiyin,
    time::UnixMillis,
};

/// The days of a report, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportDays {
    first: Day,
    last: Day,
}

/// Days that no report can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportDaysError {
    #[error("the first day is after the last")]
    Reversed,
    #[error("more than {} days", ReportDays::MAX)]
    TooMany,
}

impl ReportDays {
    pub const MAX: i32 = 366;
    /// The number of days if the caller names no first one.
    const DEFAULT: i32 = 30;

    /// Takes `range`. It ends `today` and has 30 days if the caller did not say otherwise.
    pub fn new(range: DayRange, today: Day) -> Result<Self, ReportDaysError> {
        let last = range.last().unwrap_or(today);
        let first = range.first().unwrap_or_else(|| last.plus_days(1 - Self::DEFAULT));
        if last < first {
            Err(ReportDaysError::Reversed)
        } else if last.days_since(first) >= Self::MAX {
            Err(ReportDaysError::TooMany)
        } else {
            Ok(Self { first, last })
        }
    }

    pub const fn first(self) -> Day {
        self.first
    }

    pub const fn last(self) -> Day {
        self.last
    }

    fn count(self) -> usize {
        usize::try_from(self.last.days_since(self.first)).map_or(0, |days| days + 1)
    }
}

/// The part of an event that a report needs.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct MoneyEvent {
    #[serde(rename = "type")]
    pub event_type: EventType,
    pub occurred_at: UnixMillis,
    pub gross: SignedTiyin,
    pub fee: SignedTiyin,
    pub net: SignedTiyin,
}

/// Sums of events. Always: net = paid - refunded - fee - paid_out + adjusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub paid_count: u64,
    pub paid: SignedTiyin,
    /// Fees, less those that refunds gave back.
    pub fee: SignedTiyin,
    pub refunded_count: u64,
    /// Positive: the money that went back to payers.
    pub refunded: SignedTiyin,
    /// Positive: the money that was paid out, less payouts that were reversed.
    pub paid_out: SignedTiyin,
    pub adjusted: SignedTiyin,
    pub net: SignedTiyin,
}

impl Sums {
    /// Returns `None` if a sum does not fit 64 bits, as for all sums here.
    fn of(event: MoneyEvent) -> Option<Self> {
        let sums = Self { fee: event.fee, net: event.net, ..Self::default() };
        let negated = SignedTiyin::ZERO.checked_sub(event.gross)?;
        Some(match event.event_type {
            EventType::PaymentPaid => Self { paid_count: 1, paid: event.gross, ..sums },
            EventType::PaymentRefunded => Self { refunded_count: 1, refunded: negated, ..sums },
            EventType::PayoutRecorded | EventType::PayoutReversed => Self { paid_out: negated, ..sums },
            EventType::AdjustmentRecorded => Self { adjusted: event.gross, ..sums },
            EventType::PaymentCancelled => sums,
        })
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            paid_count: self.paid_count.checked_add(other.paid_count)?,
            paid: self.paid.checked_add(other.paid)?,
            fee: self.fee.checked_add(other.fee)?,
            refunded_count: self.refunded_count.checked_add(other.refunded_count)?,
            refunded: self.refunded.checked_add(other.refunded)?,
            paid_out: self.paid_out.checked_add(other.paid_out)?,
            adjusted: self.adjusted.checked_add(other.adjusted)?,
            net: self.net.checked_add(other.net)?,
        })
    }
}

/// Sums a shop's events by day. The events that follow the days lead from the present balance back
/// to the closing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSums {
    days: ReportDays,
    by_day: Vec<Sums>,
    /// The events after the last day.
    later: Sums,
}

/// A shop's finished report. Always: opening_balance + totals.net = closing_balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every day, oldest first.
    pub days: Vec<(Day, Sums)>,
    pub totals: Sums,
    pub opening_balance: SignedTiyin,
    pub closing_balance: SignedTiyin,
}

impl ReportSums {
    pub fn new(days: ReportDays) -> Self {
        Self { days, by_day: vec![Sums::default(); days.count()], later: Sums::default() }
    }

    /// Adds an event of the first day or later.
    pub fn add(&mut self, event: MoneyEvent) -> Option<()> {
        let day = usize::try_from(Day::of(event.occurred_at).days_since(self.days.first)).ok()?;
        let sums = self.by_day.get_mut(day).unwrap_or(&mut self.later);
        *sums = sums.plus(Sums::of(event)?)?;
        Some(())
    }

    /// Ends the report with the balance after all events that were added.
    pub fn finish(self, balance: SignedTiyin) -> Option<Report> {
        let totals = self.by_day.iter().try_fold(Sums::default(), |totals, sums| totals.plus(*sums))?;
        let closing_balance = balance.checked_sub(self.later.net)?;
        let first = self.days.first;
        let days = (0..).map(|number| first.plus_days(number)).zip(self.by_day).collect();
        Some(Report {
            days,
            totals,
            opening_balance: closing_balance.checked_sub(totals.net)?,
            closing_balance,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn range(first: Option<&str>, last: Option<&str>) -> DayRange {
        DayRange::new(first.map(day), last.map(day)).unwrap()
    }

    #[test]
    fn a_report_has_30_days_unless_the_caller_names_up_to_366() {
        let today = day("2026-03-01");
        let days =
            |first, last| ReportDays::new(range(first, last), today).map(|days| (days.first, days.last));
        assert_eq!(days(None, None), Ok((day("2026-01-31"), today)));
        assert_eq!(days(None, Some("2026-01-30")), Ok((day("2026-01-01"), day("2026-01-30"))));
        assert_eq!(days(Some("2025-03-01"), None), Ok((day("2025-03-01"), today)));
        assert_eq!(days(Some("2025-02-28"), None), Err(ReportDaysError::TooMany));
        assert_eq!(days(Some("2026-03-02"), None), Err(ReportDaysError::Reversed));
        assert_eq!(days(Some("1970-01-01"), Some("9999-12-31")), Err(ReportDaysError::TooMany));
    }

    fn event() -> impl Strategy<Value = MoneyEvent> {
        let start = day("2026-02-27").start();
        (0..6_usize, 0..6 * 86_400_000_i64, 0..1_000_000_000_i64, 0..1_000_000_i64).prop_map(
            move |(kind, after_ms, gross, fee)| {
                let event_type = EventType::ALL[kind];
                let (gross, fee) = match event_type {
                    EventType::PaymentPaid => (gross, fee),
                    EventType::PaymentRefunded => (-gross, -fee),
                    EventType::PaymentCancelled => (0, 0),
                    EventType::PayoutRecorded => (-gross, 0),
                    EventType::PayoutReversed | EventType::AdjustmentRecorded => (gross, 0),
                };
                let [gross, fee, net] = [gross, fee, gross - fee].map(SignedTiyin::new);
                MoneyEvent { event_type, occurred_at: start.plus_ms(after_ms), gross, fee, net }
            },
        )
    }

    proptest! {
        #[test]
        fn the_sums_agree(events in prop::collection::vec(event(), 0..40), before in any::<i32>()) {
            let days = ReportDays::new(range(Some("2026-02-27"), Some("2026-03-01")), day("2026-03-04")).unwrap();
            let mut sums = ReportSums::new(days);
            for event in &events {
                sums.add(*event).unwrap();
            }
            let net = |events: &mut dyn Iterator<Item = &MoneyEvent>| events.map(|event| event.net.get()).sum::<i64>();
            let balance = i64::from(before) + net(&mut events.iter());
            let report = sums.finish(SignedTiyin::new(balance)).unwrap();
            prop_assert_eq!(report.opening_balance.get(), i64::from(before));
            prop_assert_eq!(report.opening_balance.checked_add(report.totals.net), Some(report.closing_balance));
            prop_assert_eq!(report.days.len(), 3);
            for (day, sums) in &report.days {
                let own = |event: &&MoneyEvent| Day::of(event.occurred_at) == *day;
                prop_assert_eq!(sums.net.get(), net(&mut events.iter().filter(own)));
                let parts = sums.paid.get() - sums.refunded.get() - sums.fee.get() - sums.paid_out.get() + sums.adjusted.get();
                prop_assert_eq!(sums.net.get(), parts);
            }
        }
    }
}
