//! The types of events in the journal.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[strum(const_into_str)]
pub enum EventType {
    #[serde(rename = "payment.paid")]
    #[strum(serialize = "payment.paid")]
    PaymentPaid,
    #[serde(rename = "payment.refunded")]
    #[strum(serialize = "payment.refunded")]
    PaymentRefunded,
    #[serde(rename = "payment.cancelled")]
    #[strum(serialize = "payment.cancelled")]
    PaymentCancelled,
    #[serde(rename = "payout.recorded")]
    #[strum(serialize = "payout.recorded")]
    PayoutRecorded,
    #[serde(rename = "payout.reversed")]
    #[strum(serialize = "payout.reversed")]
    PayoutReversed,
    #[serde(rename = "adjustment.recorded")]
    #[strum(serialize = "adjustment.recorded")]
    AdjustmentRecorded,
}

/// A text that is not an [`EventType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "payment.paid, payment.refunded, payment.cancelled, payout.recorded, payout.reversed or adjustment.recorded"
)]
pub struct EventTypeError;

impl EventType {
    pub const ALL: [Self; 6] = [
        Self::PaymentPaid,
        Self::PaymentRefunded,
        Self::PaymentCancelled,
        Self::PayoutRecorded,
        Self::PayoutReversed,
        Self::AdjustmentRecorded,
    ];

    pub fn parse(text: &str) -> Result<Self, EventTypeError> {
        Self::ALL.into_iter().find(|one| one.into_str() == text).ok_or(EventTypeError)
    }

    /// The part after the point. An event key ends with it.
    pub(super) const fn last_word(self) -> &'static str {
        match self {
            Self::PaymentPaid => "paid",
            Self::PaymentRefunded => "refunded",
            Self::PaymentCancelled => "cancelled",
            Self::PayoutRecorded | Self::AdjustmentRecorded => "recorded",
            Self::PayoutReversed => "reversed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_own_name_that_is_read_back() {
        for one in EventType::ALL {
            assert_eq!(EventType::parse(one.into_str()), Ok(one));
            assert!(one.into_str().ends_with(one.last_word()));
            assert_eq!(serde_json::to_value(one).unwrap(), one.into_str());
        }
        assert_eq!(EventType::parse("paid"), Err(EventTypeError));
    }
}
