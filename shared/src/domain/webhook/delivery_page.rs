//! The part of a list of deliveries that a caller asks for.

use std::fmt;

use crate::domain::{
    event::EventKey,
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
