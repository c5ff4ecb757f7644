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
    store::{Store, Tables, TrustedRoots, connect, environment},
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
    let start = start(endpoint.name, endpoint.warmup, problem)?;
    serve(start, move |service, event, context| {
        let endpoint = endpoint.clone();
        async move { endpoint.invoke(&service, event.get(), context).await }
    })
}

/// Serves a function that is invoked directly.
///
/// # Errors
/// As [`run`].
pub fn run_invoked(function: InvokedFunction) -> Result<(), Error> {
    let start = start(function.name, function.warmup, |_| None)?;
    serve(start, move |service, event, context| {
        let function = function.clone();
        async move { function.invoke(&service, event.get(), context).await }
    })
}

/// Reads the environment, and returns what is left to do in INIT. Writes to the log which variable
/// is invalid.
fn start(
    function: &'static str,
    warmup: Warmup,
    problem: fn(&Settings) -> Option<InvalidSetting>,
) -> Result<impl Future<Output = Arc<Service>>, InvalidSetting> {
    let read = || {
        let settings = Settings::from_env()?;
        problem(&settings).map_or(Ok(()), Err)?;
        Ok((settings, TrustedRoots::from_env()?))
    };
    let (settings, roots) = read().inspect_err(|problem| log_refused_start(function, *problem))?;
    Ok(service(settings, roots, warmup))
}

/// Makes what the endpoints work with, and opens the connection to the store.
async fn service(settings: Settings, roots: TrustedRoots, warmup: Warmup) -> Arc<Service> {
    let clock = Arc::new(SystemClock);
    let store = Store::new(connect(environment(roots)).await, Tables::from_env(), clock.clone());
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
