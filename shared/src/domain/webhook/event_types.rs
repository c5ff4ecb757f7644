//! The types of events that an endpoint wants.

use serde::{Deserialize, Serialize};

use crate::domain::event_type::{EventType, EventTypeError};

/// A text that is not a list of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a list of types with commas between them, each {}", EventTypeError)]
pub struct EventTypesError;

/// The longest list, in bytes. All types together take a fifth of it.
const LENGTH_MAX: usize = 500;

/// The chosen types, at least one. All of them if nobody chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<EventType>", into = "Vec<EventType>")]
pub struct EventTypes(Vec<EventType>);

impl EventTypes {
    pub fn all() -> Self {
        Self(EventType::ALL.to_vec())
    }

    /// Reads types with commas between them, and spaces around them. Their order and repeats say
    /// nothing.
    pub fn parse(text: &str) -> Result<Self, EventTypesError> {
        if text.len() > LENGTH_MAX {
            return Err(EventTypesError);
        }
        let names = text.split(',').map(|name| name.trim_matches(' '));
        let types: Result<Vec<_>, _> = names.map(EventType::parse).collect();
        types.map_err(|_| EventTypesError)?.try_into()
    }

    pub fn contains(&self, event_type: EventType) -> bool {
        self.0.contains(&event_type)
    }

    /// The types, each once, in the order of [`EventType::ALL`].
    pub fn list(&self) -> &[EventType] {
        &self.0
    }
}

impl TryFrom<Vec<EventType>> for EventTypes {
    type Error = EventTypesError;

    fn try_from(chosen: Vec<EventType>) -> Result<Self, EventTypesError> {
        let types: Vec<_> = EventType::ALL.into_iter().filter(|one| chosen.contains(one)).collect();
        if types.is_empty() { Err(EventTypesError) } else { Ok(Self(types)) }
    }
}

impl From<EventTypes> for Vec<EventType> {
    fn from(types: EventTypes) -> Self {
        types.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_list() {
        let two = EventTypes::parse("payment.refunded, payment.paid,payment.paid").unwrap();
        assert_eq!(two.list(), [EventType::PaymentPaid, EventType::PaymentRefunded]);
        assert!(two.contains(EventType::PaymentPaid) && !two.contains(EventType::PayoutRecorded));
        for wrong in [
            "",
            ",",
            "payment.paid,",
            "payment.paid\n",
            "payment.expired",
            "webhook.test",
            "payment.paid;payment.refunded",
            &["payment.paid"; 39].join(","),
        ] {
            assert_eq!(EventTypes::parse(wrong), Err(EventTypesError), "{wrong}");
        }
    }
}
