//! A difference that the audit found.

use std::{borrow::Cow, fmt::Display};

use serde::{Deserialize, Serialize};

/// An item, the attribute that differs, and both values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    table: Cow<'static, str>,
    key: String,
    what: Cow<'static, str>,
    expected: String,
    found: String,
}

/// The tables, by their names in answers.
#[derive(Clone, Copy)]
pub enum Table {
    Shops,
    Payments,
    Transactions,
    Events,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Shops => "shops",
            Self::Payments => "payments",
            Self::Transactions => "transactions",
            Self::Events => "events",
        }
    }
}

impl Difference {
    pub fn new(
        table: Table,
        key: impl Display,
        what: &'static str,
        expected: impl Display,
        found: impl Display,
    ) -> Self {
        Self {
            table: table.name().into(),
            key: key.to_string(),
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// An item that must exist does not.
    pub fn missing(table: Table, key: impl Display) -> Self {
        Self::new(table, key, "item", "an item", "nothing")
    }

    /// An item that does not deserialize or breaks an invariant.
    pub fn unreadable(table: Table, key: impl Display, problem: &str) -> Self {
        Self::new(table, key, "item", "a readable item", problem)
    }
}

/// `value` as text, or `none`.
pub fn or_none(value: Option<&impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}
