//! GetStatement: all transactions whose CreateTransaction succeeded, by Payme's time, both ends
//! inclusive, ascending.

use shared::{
    domain::{payme, time::UnixMillis},
    store::Statement,
};

use crate::{
    answer::{Entry, PaymeAnswer},
    error::PaymeError,
    methods::Caller,
    rpc::Period,
};

/// 2026-11-01, before the service began, so no transaction is older. Each day since then costs a
/// query.
const SERVICE_BEGAN_MS: i64 = 1_793_491_200_000;
/// The longest statement in bytes, about 17,500 paid transactions. As a string in the gateway's
/// answer it grows by 10 %, which stays below the 6 MB that a Lambda function can answer. A longer
/// statement is an error, never cut.
const LENGTH_MAX: usize = 5_000_000;
/// The length of the shortest entry in bytes. It bounds the number of entries that are read.
const ENTRY_LENGTH_MIN: usize = 250;

impl Caller<'_> {
    pub async fn statement(&self, period: &Period) -> Result<PaymeAnswer, PaymeError> {
        let Some((from, to)) = clamped(period, self.request.now) else {
            return Ok(PaymeAnswer::Statement { transactions: Vec::new() });
        };
        let statement =
            self.service.store.statement(self.mode, from, to, LENGTH_MAX / ENTRY_LENGTH_MIN).await?;
        let Statement::Complete(transactions) = statement else { return Err(PaymeError::StatementTooLong) };
        let reply =
            PaymeAnswer::Statement { transactions: transactions.iter().filter_map(Entry::of).collect() };
        let length =
            serde_json::to_string(&reply).map_err(|error| PaymeError::Unavailable(error.to_string()))?.len();
        if length > LENGTH_MAX { Err(PaymeError::StatementTooLong) } else { Ok(reply) }
    }
}

/// The part of `period` that can have transactions. `None` if there is no such part.
fn clamped(period: &Period, now: UnixMillis) -> Option<(UnixMillis, UnixMillis)> {
    let from = UnixMillis::new(period.from.max(SERVICE_BEGAN_MS)).ok()?;
    let to = UnixMillis::new(period.to.min(now.plus_ms(payme::AHEAD_MAX_MS).get())).ok()?;
    (from <= to).then_some((from, to))
}
