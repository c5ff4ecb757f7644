//! The frame around every handler: its deadline, the count of its store calls, its log line.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_http::Context;
use tokio::time::{Instant, timeout_at};

use super::{
    LogSink, Service,
    log::{self, RequestLine},
};
use crate::store::{self, StoreUsage};

/// The part of an invocation's time that is kept back to write the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// One request on its way through a function.
#[derive(Debug)]
pub(super) struct Frame {
    function: &'static str,
    started: Instant,
    /// When the answer must be on its way.
    pub deadline: Instant,
    log: Arc<dyn LogSink>,
}

/// What the log line says of a request, beside its times and counts.
pub(super) struct Summary<'a> {
    pub request_id: &'a str,
    pub lambda_request_id: Option<&'a str>,
    pub command: Option<&'static str>,
    pub shop_id: Option<&'a str>,
    pub outcome: &'a str,
    /// Given exactly if the failure is ours.
    pub detail: Option<&'a str>,
}

impl Frame {
    /// Begins now. The deadline is the invocation's own, and at most `time_max` away.
    pub fn begin(
        function: &'static str,
        service: &Service,
        context: Option<&Context>,
        time_max: Duration,
    ) -> Self {
        let started = Instant::now();
        let deadline = started + time_left(context, time_max);
        Self { function, started, deadline, log: service.log.clone() }
    }

    /// Runs `handler`. Returns `None` if the deadline comes first.
    pub async fn run<T>(&self, handler: impl Future<Output = T>) -> (Option<T>, StoreUsage) {
        let (result, usage) = store::count_store_calls(timeout_at(self.deadline, handler)).await;
        (result.ok(), usage)
    }

    /// Writes the log line.
    pub fn end(&self, usage: StoreUsage, summary: &Summary<'_>) {
        let line = RequestLine {
            level: if summary.detail.is_some() { "error" } else { "info" },
            function: self.function,
            request_id: summary.request_id,
            lambda_request_id: summary.lambda_request_id,
            command: summary.command,
            shop_id: summary.shop_id,
            outcome: summary.outcome,
            milliseconds: log::milliseconds(self.started.elapsed()),
            store_calls: usage.calls,
            retries: usage.retries(),
            detail: summary.detail,
        };
        log::write(&*self.log, &line);
    }
}

/// The time that an invocation has left, at most `max`.
fn time_left(context: Option<&Context>, max: Duration) -> Duration {
    let deadline = context.map(|context| UNIX_EPOCH + Duration::from_millis(context.deadline));
    let left = deadline.and_then(|deadline| deadline.duration_since(SystemTime::now()).ok());
    left.map_or(max, |left| left.saturating_sub(MARGIN).min(max))
}
