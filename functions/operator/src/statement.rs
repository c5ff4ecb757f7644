//! Compares a provider's statement of one day with our attempts of that day.
//!
//! Money that moved at one side only is what this is for. So an attempt that holds or was cancelled
//! needs no entry.

pub mod entries;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        attempt::{Attempt, PaymeState},
        day::Day,
        id::OrderId,
        key::{Reference, StatementSource, TransactionKey},
        mode::Mode,
        money::{MoneyNumber, Tiyin},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
};

use self::entries::{Entries, Entry};
use crate::{CommandContext, answer, error::CommandError};

/// The most attempts of one day. More cannot be read within the command's time.
const ATTEMPTS_MAX: usize = 100_000;
/// The most rows in each list of an answer.
const ROWS_MAX: usize = 1000;

/// Who made the statement.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Payme,
    Click,
}

impl Provider {
    const fn source(self) -> StatementSource {
        match self {
            Self::Payme => StatementSource::Payme(Mode::Live),
            Self::Click => StatementSource::Click,
        }
    }

    /// The key of the attempt with the provider's `id`. `None` if the provider has no such ids.
    fn key(self, id: &str) -> Option<TransactionKey> {
        match self {
            Self::Payme => Reference::parse(id).ok().map(|id| TransactionKey::payme(Mode::Live, &id)),
            // A number with a plus or leading zeros would name another item.
            Self::Click => {
                id.parse().ok().filter(|number: &i64| number.to_string() == id).map(TransactionKey::click)
            }
        }
    }
}

/// What we know of an attempt.
struct Ours {
    key: TransactionKey,
    id: String,
    order_id: OrderId,
    amount: Tiyin,
    state: PaymeState,
    time: UnixMillis,
}

impl From<Attempt> for Ours {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.transaction_key.provider_id().unwrap_or_default().to_owned(),
            key: attempt.transaction_key,
            order_id: attempt.order_id,
            amount: attempt.amount.money(),
            state: attempt.state,
            time: attempt.provider_time.unwrap_or(attempt.created_at),
        }
    }
}

#[derive(Serialize)]
struct Comparison {
    /// In the statement only.
    missing_here: Vec<Theirs>,
    /// Attempts of ours that were performed, and are not in the statement.
    missing_there: Vec<Known>,
    different: Vec<Different>,
    /// Whether a list was cut.
    truncated: bool,
}

#[derive(Serialize)]
struct Theirs {
    id: String,
    amount: MoneyNumber,
    state: i8,
}

#[derive(Serialize)]
struct Known {
    id: String,
    order_id: OrderId,
    amount: MoneyNumber,
    state: i8,
    time: String,
    time_iso: String,
}

#[derive(Serialize)]
struct Different {
    #[serde(flatten)]
    ours: Known,
    their_amount: MoneyNumber,
    their_state: i8,
}

impl From<Entry> for Theirs {
    fn from(entry: Entry) -> Self {
        Self { id: entry.id, amount: entry.amount.number(), state: entry.state.into() }
    }
}

impl From<Ours> for Known {
    fn from(ours: Ours) -> Self {
        Self {
            id: ours.id,
            order_id: ours.order_id,
            amount: ours.amount.number(),
            state: ours.state.into(),
            time: ours.time.tashkent(),
            time_iso: ours.time.iso(),
        }
    }
}

/// Compares `entries`, the provider's statement of `day`, with our live attempts.
pub async fn compare(
    context: &CommandContext<'_>,
    provider: Provider,
    day: Day,
    entries: Entries,
) -> Result<InvokedAnswer, CommandError> {
    let entries = by_key(provider, entries)?;
    let store = &context.service.store;
    let (first, last) = (day.start(), day.end().plus_ms(-1));
    let of_day = store.statement_keys(provider.source(), first, last, ATTEMPTS_MAX).await?;
    let mut keys = of_day.ok_or(CommandError::StatementTooLong)?;
    // An entry may be of an attempt that began on another day by our clock.
    keys.extend(entries.keys().cloned());
    keys.sort_unstable();
    keys.dedup();
    let ours = store.attempts(&keys, Ours::from).await?;
    answer::success(&Comparison::of(entries, ours))
}

/// # Errors
/// An id is none of the provider's, or there are two entries with it.
fn by_key(provider: Provider, Entries(entries): Entries) -> Result<BTreeMap<String, Entry>, CommandError> {
    let invalid = || CommandError::InvalidField("entries".to_owned());
    let mut by_key = BTreeMap::new();
    for entry in entries {
        let key = provider.key(&entry.id).ok_or_else(invalid)?;
        if by_key.insert(key.to_string(), entry).is_some() {
            return Err(invalid());
        }
    }
    Ok(by_key)
}

impl Comparison {
    fn of(mut entries: BTreeMap<String, Entry>, mut ours: Vec<Ours>) -> Self {
        ours.sort_unstable_by(|one, other| one.key.as_str().cmp(other.key.as_str()));
        let (mut missing_there, mut different) = (Vec::new(), Vec::new());
        for ours in ours {
            let moved = matches!(ours.state, PaymeState::Performed | PaymeState::Refunded);
            match entries.remove(ours.key.as_str()) {
                Some(entry) if (entry.amount, entry.state) == (ours.amount, ours.state) => {}
                Some(entry) => different.push(Different {
                    ours: ours.into(),
                    their_amount: entry.amount.number(),
                    their_state: entry.state.into(),
                }),
                None if moved => missing_there.push(Known::from(ours)),
                None => {}
            }
        }
        let mut missing_here: Vec<Theirs> = entries.into_values().map(Theirs::from).collect();
        let truncated = [missing_here.len(), missing_there.len(), different.len()];
        let truncated = truncated.into_iter().any(|rows| rows > ROWS_MAX);
        missing_here.truncate(ROWS_MAX);
        missing_there.truncate(ROWS_MAX);
        different.truncate(ROWS_MAX);
        Self { missing_here, missing_there, different, truncated }
    }
}
