//! From `main` to the Lambda runtime.

use std::sync::Arc;

use lambda_http::{Context, Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::{
    PageEndpoint,
    log::{self, LogSink, StandardError, StartLine},
    setting::InvalidSetting,
};

/// Serves `page` until Lambda ends the process.
///
/// # Errors
/// The runtime cannot start, or it lost the Lambda Runtime API.
pub fn run(page: PageEndpoint) -> Result<(), Error> {
    let log: Arc<dyn LogSink> = Arc::new(StandardError);
    serve(async { (page, log) }, |(page, log), event, context| async move {
        page.invoke(&log, event.get(), context).await
    })
}

/// Waits for what `start` prepares in INIT. Then hands a clone of it to `invoke` with each event.
///
/// # Errors
/// As [`run`].
pub fn serve<S, F, R>(start: impl Future<Output = S>, invoke: F) -> Result<(), Error>
where
    S: Clone + Send + 'static,
    F: Fn(S, Box<RawValue>, Context) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Box<RawValue>, Error>> + Send + 'static,
{
    // One thread: a classic function has one request at a time, and on Managed Instances requests
    // mostly wait for DynamoDB.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let prepared = start.await;
        lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
            invoke(prepared.clone(), event.payload, event.context)
        }))
        .await
    })
}

/// Writes to the log that `function` starts without a part of its settings.
pub fn warn(function: &'static str, detail: &str) {
    log::write(&StandardError, &StartLine { level: "warn", function, outcome: "start_limited", detail });
}

/// Writes to the log that `function` does not start, and which of its settings is invalid.
pub fn log_refused_start(function: &'static str, problem: InvalidSetting) {
    let detail = &problem.to_string();
    log::write(&StandardError, &StartLine { level: "error", function, outcome: "start_refused", detail });
}
