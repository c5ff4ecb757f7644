//! The entries of a provider's statement.

use serde::Deserialize;
use shared::domain::{attempt::PaymeState, money::Tiyin};

/// The most entries in one statement.
pub const ENTRIES_MAX: usize = 20_000;

/// A line of a statement, in our amounts and states.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: String,
    #[serde(deserialize_with = "crate::command::money")]
    pub amount: Tiyin,
    pub state: PaymeState,
}

/// At most [`ENTRIES_MAX`] entries.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Entry>")]
pub struct Entries(pub Vec<Entry>);

impl TryFrom<Vec<Entry>> for Entries {
    type Error = &'static str;

    fn try_from(entries: Vec<Entry>) -> Result<Self, &'static str> {
        if entries.len() <= ENTRIES_MAX { Ok(Self(entries)) } else { Err("too many entries") }
    }
}
