//! From `main` to the Lambda runtime.

use std::{sync::Arc, time::Duration};

use lambda_http::Error;
use web::runtime::{log_refused_start, serve};

pub use web::runtime::warn;

use super::{
    Endpoint, InvokedFunction, Limiter, Service, Settings, StandardError, Warmup, setting::InvalidSetting,
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
    serve(service(settings, endpoint.warmup), move |service, event, context| {
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
    serve(service(settings, function.warmup), move |service, event, context| {
        let function = function.clone();
        async move { function.invoke(&service, event.get(), context).await }
    })
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
    settings.inspect_err(|problem| log_refused_start(function, *problem))
}

/// Makes what the endpoints work with, and opens the connection to the store.
async fn service(settings: Settings, warmup: Warmup) -> Arc<Service> {
    let clock = Arc::new(SystemClock);
    let store = Store::new(connect(environment()).await, Tables::from_env(), clock.clone());
    // The first request meets a failure again, and reports it.
    let _ = tokio::time::timeout(WARMUP_TIMEOUT, store.warm_up(warmup)).await;
    Arc::new(Service {
        store,
        clock,
        log: Arc::new(StandardError),
        settings,
        limiter: Limiter::default(),
        sender: Sender::new(SenderSettings::default()),
    })
}
