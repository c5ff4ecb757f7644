//! The part of a list of deliveries that a caller asks for, and where a resending goes on.

use std::fmt;

use crate::domain::{
    event::EventKey,
    event_page::EventPosition,
    page::{CursorError, from_cursor, to_cursor},
};

/// The last delivery of a page. Opaque to callers. It is only a position: the caller's key decides
/// whose deliveries are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryCursor(pub EventKey);

impl DeliveryCursor {
    /// No other list's cursor begins with it.
    const VERSION: u8 = b'd';

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        EventKey::parse(&from_cursor(Self::VERSION, text)?).map(Self).map_err(|_| CursorError)
    }
}

impl fmt::Display for DeliveryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_cursor(Self::VERSION, self.0.as_str()))
    }
}

/// The last event that a resending looked at. Opaque to callers, and only a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResendCursor(pub EventPosition);

impl ResendCursor {
    /// No other list's cursor begins with it.
    const VERSION: u8 = b'r';

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        EventPosition::parse(&from_cursor(Self::VERSION, text)?).map(Self)
    }
}

impl fmt::Display for ResendCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_cursor(Self::VERSION, self.0.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{event_page::EventCursor, event_type::EventType, id::OrderKey, time::UnixMillis};

    fn event_key() -> impl Strategy<Value = EventKey> {
        (0..=UnixMillis::MAX.get(), any::<u128>(), 0..EventType::ALL.len()).prop_map(|(time, bits, kind)| {
            let time = UnixMillis::new(time).unwrap();
            EventKey::of_payment(time, EventType::ALL[kind], &OrderKey::from_bits(bits))
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_by_its_own_list_only(key in event_key()) {
            let position = EventPosition::of(&key);
            let (deliveries, resend) = (DeliveryCursor(key), ResendCursor(position.clone()));
            let events = EventCursor(position).to_string();
            prop_assert_eq!(DeliveryCursor::parse(&deliveries.to_string()), Ok(deliveries.clone()));
            prop_assert_eq!(ResendCursor::parse(&resend.to_string()), Ok(resend.clone()));
            for foreign in [deliveries.to_string(), events.clone()] {
                prop_assert!(ResendCursor::parse(&foreign).is_err());
            }
            for foreign in [resend.to_string(), events] {
                prop_assert!(DeliveryCursor::parse(&foreign).is_err());
            }
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".{0,120}") {
            let _ = (DeliveryCursor::parse(&text), ResendCursor::parse(&text));
        }
    }
}
