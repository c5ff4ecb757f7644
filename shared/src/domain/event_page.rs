//! The part of the journal that a caller asks for.

use std::fmt;

use super::{
    event::{Event, EventKey},
    event_type::EventType,
    newtype::text_newtype,
    page::{CursorError, from_cursor, to_cursor},
    time::UnixMillis,
};

/// How long the journal may still change before now: an event is committed up to 10 s after its
/// `occurred_at`, and clocks differ by up to 5 s.
const OPEN_MS: i64 = 15_000;

/// The end of the part of the journal in which no event can appear any more.
pub fn closed_until(now: UnixMillis) -> UnixMillis {
    now.plus_ms(-OPEN_MS)
}

/// The order of a list of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOrder {
    NewestFirst,
    OldestFirst,
}

/// A text that is not an [`EventOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("newest or oldest")]
pub struct EventOrderError;

impl EventOrder {
    pub fn parse(text: &str) -> Result<Self, EventOrderError> {
        match text {
            "newest" => Ok(Self::NewestFirst),
            "oldest" => Ok(Self::OldestFirst),
            _ => Err(EventOrderError),
        }
    }
}

/// The events that a list shows.
#[derive(Clone, Copy, Debug)]
pub struct EventFilter {
    /// Occurred at this time or later.
    pub start: UnixMillis,
    /// Occurred before this time.
    pub end: UnixMillis,
    /// `None` for all types.
    pub event_type: Option<EventType>,
}

impl EventFilter {
    /// Whether an event of the right time is also of the right type.
    pub fn shows(&self, event: &Event) -> bool {
        self.event_type.is_none_or(|wanted| event.event_type == wanted)
    }
}

/// A place in a journal: at an event, or at a time before all events of that time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPosition(String);
text_newtype!(EventPosition, CursorError);

impl EventPosition {
    pub fn at(time: UnixMillis) -> Self {
        Self(EventKey::at(time))
    }

    pub fn of(event: &EventKey) -> Self {
        Self(event.to_string())
    }

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        if EventKey::parse(text).is_ok() {
            return Ok(Self(text.to_owned()));
        }
        UnixMillis::from_digits(text).map(Self::at).ok_or(CursorError)
    }
}

/// The last event of a page of events. Opaque to callers. It is only a position: the caller's key
/// decides whose journal is read, and the other parameters which of its events are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCursor(pub EventPosition);

impl EventCursor {
    /// No other list's cursor begins with it.
    const VERSION: u8 = b'e';

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        EventPosition::parse(&from_cursor(Self::VERSION, text)?).map(Self)
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_cursor(Self::VERSION, self.0.as_str()))
    }
}

/// Where the next part of an exported file begins, and where the whole file ends. Opaque to callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportCursor {
    pub after: EventPosition,
    /// Chosen when the first part was asked for.
    pub end: UnixMillis,
}

impl ExportCursor {
    const VERSION: u8 = b'x';

    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let text = from_cursor(Self::VERSION, text)?;
        let (end, after) = text.split_once('-').ok_or(CursorError)?;
        let end = UnixMillis::from_digits(end).ok_or(CursorError)?;
        Ok(Self { after: EventPosition::parse(after)?, end })
    }
}

impl fmt::Display for ExportCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}-{}", self.end.digits(), self.after);
        f.write_str(&to_cursor(Self::VERSION, &text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        id::OrderKey,
        page::{Cursor, SortKey},
    };

    fn time() -> impl Strategy<Value = UnixMillis> {
        (0..=UnixMillis::MAX.get()).prop_map(|millis| UnixMillis::new(millis).unwrap())
    }

    fn position() -> impl Strategy<Value = EventPosition> {
        let at_event = (time(), any::<u128>(), 0..EventType::ALL.len()).prop_map(|(time, bits, kind)| {
            EventPosition::of(&EventKey::of_payment(time, EventType::ALL[kind], &OrderKey::from_bits(bits)))
        });
        prop_oneof![time().prop_map(EventPosition::at), at_event]
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_by_its_own_list_only(after in position(), end in time()) {
            let events = EventCursor(after.clone());
            let export = ExportCursor { after, end };
            prop_assert_eq!(EventCursor::parse(&events.to_string()), Ok(events.clone()));
            prop_assert_eq!(ExportCursor::parse(&export.to_string()), Ok(export.clone()));
            prop_assert!(EventCursor::parse(&export.to_string()).is_err());
            prop_assert!(ExportCursor::parse(&events.to_string()).is_err());
            prop_assert!(Cursor::parse(&events.to_string()).is_err());
            prop_assert!(Cursor::parse(&export.to_string()).is_err());
        }

        #[test]
        fn a_payments_cursor_is_no_cursor_of_events(created_at in time(), bits in any::<u128>()) {
            let cursor = Cursor(SortKey::new(created_at, &OrderKey::from_bits(bits))).to_string();
            prop_assert!(EventCursor::parse(&cursor).is_err());
            prop_assert!(ExportCursor::parse(&cursor).is_err());
        }

        #[test]
        fn any_text_is_a_cursor_or_an_error(text in ".{0,120}") {
            let _ = (EventCursor::parse(&text), ExportCursor::parse(&text));
        }
    }
}
