//! Retries beyond the SDK's own list, and a count of calls and attempts for each request.

use std::cell::Cell;

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::{BoxError, ProvideErrorMetadata},
    operation::{
        put_item::PutItemError, transact_get_items::TransactGetItemsError, update_item::UpdateItemError,
    },
    types::error::TransactionCanceledException,
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{BeforeSerializationInterceptorContextRef, InterceptorContext},
    retries::classifiers::{ClassifyRetry, RetryAction},
};

use super::transact::PASSING;

/// Retries single writes and reads that met another transaction. Every write is conditional, so
/// this is safe. A cancelled `TransactWriteItems` is not retried here: it needs a new token, and
/// its reasons must be read first.
#[derive(Debug)]
pub(super) struct RetryConflicts;

impl ClassifyRetry for RetryConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let Some(error) = error.as_operation_error() else { return RetryAction::NoActionIndicated };
        let plain_write = error
            .downcast_ref::<PutItemError>()
            .and_then(ProvideErrorMetadata::code)
            .or_else(|| error.downcast_ref::<UpdateItemError>().and_then(ProvideErrorMetadata::code));
        let passes = plain_write == Some("TransactionConflictException")
            || matches!(error.downcast_ref(), Some(TransactGetItemsError::TransactionCanceledException(cancelled)) if may_pass(cancelled));
        if passes { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }
}

/// A cancelled transaction may succeed later if only a conflict or a throttle stopped it.
fn may_pass(cancelled: &TransactionCanceledException) -> bool {
    let codes = || cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    codes().any(|code| PASSING.contains(&code))
        && codes().all(|code| code == "None" || PASSING.contains(&code))
}

/// Calls that one request made to the store, and the attempts that they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreUsage {
    pub calls: u32,
    pub attempts: u32,
}

impl StoreUsage {
    pub fn retries(self) -> u32 {
        self.attempts.saturating_sub(self.calls)
    }
}

tokio::task_local! {
    static USAGE: Cell<StoreUsage>;
}

/// Runs `request` and counts its calls to the store.
pub async fn count_store_calls<F: Future>(request: F) -> (F::Output, StoreUsage) {
    USAGE.scope(Cell::default(), async { (request.await, USAGE.with(Cell::get)) }).await
}

/// Counts into the current request. The SDK calls it on the request's own task.
#[derive(Debug)]
pub(super) struct CountAttempts;

impl CountAttempts {
    fn count(add: impl Fn(StoreUsage) -> StoreUsage) {
        // The warm-up read is outside any request, so it is not counted.
        let _ = USAGE.try_with(|usage| usage.set(add(usage.get())));
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "count attempts"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Self::count(|usage| StoreUsage { calls: usage.calls + 1, ..usage });
        Ok(())
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Self::count(|usage| StoreUsage { attempts: usage.attempts + 1, ..usage });
        Ok(())
    }
}
