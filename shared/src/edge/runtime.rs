//! From `main` to the Lambda runtime.

use std::{sync::Arc, time::Duration};

use lambda_http::{Context, Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use super::{
    Endpoint, InvokedFunction, Limiter, Service, Settings, StandardError, Warmup,
    log::{self, StartLine},
    setting::InvalidSetting,
};
use crate::{
    domain::time::SystemClock,
    sender::{Sender, SenderSettings},
    store::{Store, Tables, connect, environment},
};

/// How long INIT waits for the connection. INIT has a whole processor, so opening the connection
/// there is cheap. A store that is down must not fail INIT.
const WARMUP_TIMEOUT: Duration = Duration::from_millis(1000);

/// Serves `endpoint` until Lambda ends the process.
///
/// # Errors
/// A setting is invalid, the runtime cannot start, or it lost the Lambda Runtime API.
pub fn run(endpoint: Endpoint) -> Result<(), Error> {
    run_provider(endpoint, |_| None)
}

/// Serves an endpoint that a provider calls. It does not start if `problem` finds one in the
/// provider's settings.
///
/// # Errors
/// As [`run`].
pub fn run_provider(
    endpoint: Endpoint,
    problem: fn(&Settings) -> Option<InvalidSetting>,
) -> Result<(), Error> {
    let settings = settings(endpoint.name, problem)?;
    serve(settings, endpoint.warmup, move |service, event, context| {
        let endpoint = endpoint.clone();
        async move { endpoint.invoke(&service, event.get(), context).await }
    })
}

/// Serves a function that is invoked directly.
///
/// # Errors
/// As [`run`].
pub fn run_invoked(function: InvokedFunction) -> Result<(), Error> {
    let settings = settings(function.name, |_| None)?;
    serve(settings, function.warmup, move |service, event, context| {
        let function = function.clone();
        async move { function.invoke(&service, event.get(), context).await }
    })
}

/// Writes to the log that `function` starts without a part of its settings.
pub fn warn(function: &'static str, detail: &str) {
    log::write(&StandardError, &StartLine { level: "warning", function, outcome: "start_limited", detail });
}

/// Reads the settings of the environment. Writes to the log which variable is invalid.
fn settings(
    function: &'static str,
    problem: fn(&Settings) -> Option<InvalidSetting>,
) -> Result<Settings, InvalidSetting> {
    let settings = Settings::from_env().and_then(|settings| match problem(&settings) {
        None => Ok(settings),
        Some(problem) => Err(problem),
    });
    settings.inspect_err(|problem| {
        let detail = problem.to_string();
        log::write(
            &StandardError,
            &StartLine { level: "error", function, outcome: "start_refused", detail: &detail },
        );
    })
}

fn serve<F, R>(settings: Settings, warmup: Warmup, invoke: F) -> Result<(), Error>
where
    F: Fn(Arc<Service>, Box<RawValue>, Context) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Box<RawValue>, Error>> + Send + 'static,
{
    // One thread: a classic function has one request at a time, and on Managed Instances requests
    // mostly wait for DynamoDB.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let clock = Arc::new(SystemClock);
        let store = Store::new(connect(environment()).await, Tables::from_env(), clock.clone());
        // The first request meets a failure again, and reports it.
        let _ = tokio::time::timeout(WARMUP_TIMEOUT, store.warm_up(warmup)).await;
        let service = Arc::new(Service {
            store,
            clock,
            log: Arc::new(StandardError),
            settings,
            limiter: Limiter::default(),
            sender: Sender::new(SenderSettings::default()),
        });
        lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
            invoke(service.clone(), event.payload, event.context)
        }))
        .await
    })
}
