//! Statements: all attempts of a provider in a period of the provider's time.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Store, StoreError, item::Item, transactions};
use crate::domain::{attempt::Attempt, key::StatementSource, mode::Mode, time::UnixMillis};

const INDEX: &str = "provider_statement";
/// How many partitions of the index (one a day) are read at the same time.
const DAYS_AT_A_TIME: usize = 8;
/// The most keys in one BatchGetItem, and the most BatchGetItem calls at the same time.
const BATCH_LENGTH: usize = 100;
const BATCHES_AT_A_TIME: usize = 4;

/// The transactions of a period, or the fact that one answer cannot hold them.
#[derive(Clone, Debug)]
pub enum Statement {
    /// In ascending order of Payme's time.
    Complete(Vec<Attempt>),
    TooLong,
}

impl Store {
    /// Reads all Payme transactions of `mode` with `from` <= Payme's time <= `to`, at most `max`.
    /// The index follows the table within about a second.
    pub async fn statement(
        &self,
        mode: Mode,
        from: UnixMillis,
        to: UnixMillis,
        max: usize,
    ) -> Result<Statement, StoreError> {
        let Some(keys) = self.statement_keys(StatementSource::Payme(mode), from, to, max).await? else {
            return Ok(Statement::TooLong);
        };
        let mut transactions = self.attempts(&keys, |attempt| attempt).await?;
        transactions.sort_by(|a, b| {
            (a.provider_time, a.transaction_key.as_str()).cmp(&(b.provider_time, b.transaction_key.as_str()))
        });
        Ok(Statement::Complete(transactions))
    }

    /// Returns the keys of the attempts of `source` with `from` <= their time <= `to`, or `None` if
    /// there are more than `max`. The index follows the table within about a second.
    pub async fn statement_keys(
        &self,
        source: StatementSource,
        from: UnixMillis,
        to: UnixMillis,
        max: usize,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let mut days = stream::iter(days(from, to))
            .map(|day| self.keys_of_day(source, day, from, to, max))
            .buffered(DAYS_AT_A_TIME);
        let mut keys = Vec::new();
        while let Some(of_day) = days.try_next().await? {
            keys.extend(of_day);
            if keys.len() > max {
                return Ok(None);
            }
        }
        Ok(Some(keys))
    }

    /// Reads the attempts under `keys`, strongly consistent, and keeps of each what `keep` returns.
    /// Their order is not that of the keys. A key must not occur twice.
    pub async fn attempts<T>(
        &self,
        keys: &[String],
        keep: impl Fn(Attempt) -> T,
    ) -> Result<Vec<T>, StoreError> {
        let batches: Vec<Vec<String>> = keys.chunks(BATCH_LENGTH).map(<[String]>::to_vec).collect();
        let mut read = stream::iter(batches).map(|batch| self.whole(batch)).buffered(BATCHES_AT_A_TIME);
        let mut kept = Vec::with_capacity(keys.len());
        while let Some(batch) = read.try_next().await? {
            kept.extend(batch.into_iter().map(&keep));
        }
        Ok(kept)
    }

    /// The keys of one day's transactions between `from` and `to`. Stops at the page that exceeds
    /// `max`.
    async fn keys_of_day(
        &self,
        source: StatementSource,
        day: UnixMillis,
        from: UnixMillis,
        to: UnixMillis,
        max: usize,
    ) -> Result<Vec<String>, StoreError> {
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let output = self
                .client
                .query()
                .table_name(&self.tables.transactions)
                .index_name(INDEX)
                .key_condition_expression("provider_day = :day AND provider_time BETWEEN :from AND :to")
                .expression_attribute_values(":day", AttributeValue::S(source.day(day)))
                .expression_attribute_values(":from", AttributeValue::N(from.get().to_string()))
                .expression_attribute_values(":to", AttributeValue::N(to.get().to_string()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query provider_statement", error))?;
            keys.extend(output.items.unwrap_or_default().into_iter().filter_map(table_key));
            start = output.last_evaluated_key;
            if start.is_none() || keys.len() > max {
                return Ok(keys);
            }
        }
    }

    /// Reads the items under `keys`, strongly consistent, in one batch.
    async fn whole(&self, keys: Vec<String>) -> Result<Vec<Attempt>, StoreError> {
        let items = self.items(&self.tables.transactions, transactions::KEY, &keys).await?;
        items.into_iter().map(|(key, item)| transactions::parse(item, key)).collect()
    }
}

/// One time in each UTC day between `from` and `to`.
fn days(from: UnixMillis, to: UnixMillis) -> impl Iterator<Item = UnixMillis> {
    let start = from.start_of_utc_day();
    std::iter::successors((from <= to).then_some(start), move |day| {
        Some(day.next_day()).filter(|next| *next <= to && next.utc_day() != day.utc_day())
    })
}

/// The table's key out of the index's keys.
fn table_key(mut keys: Item) -> Option<String> {
    match keys.remove(transactions::KEY) {
        Some(AttributeValue::S(key)) => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_those_between_both_ends() {
        let time = |millis| UnixMillis::new(millis).unwrap();
        let names = |from, to| days(time(from), time(to)).map(UnixMillis::utc_day).collect::<Vec<_>>();
        let midnight = 1_795_478_400_000;
        assert_eq!(names(midnight, midnight), ["2026-11-24"]);
        assert_eq!(names(midnight - 1, midnight), ["2026-11-23", "2026-11-24"]);
        assert_eq!(names(midnight, midnight + 2 * 86_400_000 - 1), ["2026-11-24", "2026-11-25"]);
        assert!(names(midnight, midnight - 1).is_empty());
        assert_eq!(days(time(UnixMillis::MAX.get() - 1), UnixMillis::MAX).count(), 1);
    }
}
