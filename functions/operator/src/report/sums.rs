//! The sums of a report. They saturate, because they come back in a cursor, which the caller can
//! write.

use serde::{Deserialize, Serialize};
use shared::domain::{
    channel::Channel, day::Day, event::Event, event_type::EventType, mode::Mode, money::SignedTiyin,
    payment::ReturnedBy,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// In the order of [`LineSums::place`].
    lines: Vec<LineSums>,
    pub payouts: SignedTiyin,
    pub adjustments: SignedTiyin,
}

/// What one provider moved on one day in one mode.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSums {
    /// Days since the first day of the report.
    pub day: u16,
    pub mode: Mode,
    pub channel: Channel,
    pub payments: u64,
    pub gross: SignedTiyin,
    pub fees: SignedTiyin,
    pub refunds: SignedTiyin,
    /// The part of `refunds` that the provider itself gave back.
    returned: SignedTiyin,
}

type Place = (u16, Mode, Channel);

impl LineSums {
    const fn new((day, mode, channel): Place) -> Self {
        let zero = SignedTiyin::ZERO;
        Self { day, mode, channel, payments: 0, gross: zero, fees: zero, refunds: zero, returned: zero }
    }

    const fn place(&self) -> Place {
        (self.day, self.mode, self.channel)
    }
}

impl Sums {
    pub fn add(&mut self, event: &Event, first_day: Day) {
        match event.event_type {
            EventType::PaymentPaid | EventType::PaymentRefunded => self.add_to_line(event, first_day),
            EventType::PaymentCancelled => {}
            EventType::PayoutRecorded | EventType::PayoutReversed => {
                self.payouts = self.payouts.saturating_add(event.gross.negated());
            }
            EventType::AdjustmentRecorded => {
                self.adjustments = self.adjustments.saturating_add(event.gross);
            }
        }
    }

    fn add_to_line(&mut self, event: &Event, first_day: Day) {
        let Some(channel) = event.channel else { return };
        let day = Day::of(event.occurred_at).days_since(first_day);
        let line = self.line((u16::try_from(day).unwrap_or(u16::MAX), event.mode, channel));
        let Some(line) = line else { return };
        line.fees = line.fees.saturating_add(event.fee);
        if event.event_type == EventType::PaymentPaid {
            line.payments = line.payments.saturating_add(1);
            line.gross = line.gross.saturating_add(event.gross);
            return;
        }
        let refund = event.gross.negated();
        line.refunds = line.refunds.saturating_add(refund);
        if event.returned_by == Some(ReturnedBy::Provider) {
            line.returned = line.returned.saturating_add(refund);
        }
    }

    fn line(&mut self, place: Place) -> Option<&mut LineSums> {
        let found = self.lines.binary_search_by_key(&place, LineSums::place);
        if let Err(free) = found {
            self.lines.insert(free, LineSums::new(place));
        }
        self.lines.get_mut(found.unwrap_or_else(|free| free))
    }

    pub fn lines(&self) -> impl Iterator<Item = &LineSums> {
        self.lines.iter()
    }

    /// What `provider` owes us by our books: live payments less what it gave back itself.
    pub fn owed_by(&self, provider: Channel) -> SignedTiyin {
        let of_provider =
            self.lines.iter().filter(|line| (line.mode, line.channel) == (Mode::Live, provider));
        of_provider.fold(SignedTiyin::ZERO, |owed, line| {
            owed.saturating_add(line.gross).saturating_add(line.returned.negated())
        })
    }
}
