//! The functions by name, as Lambda knows them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use lambda_http::Context;
use serde_json::{Value, json};
use shared::{
    domain::time::{Clock, SystemClock},
    edge::{Endpoint, Service},
};
use uuid::Uuid;

/// The time-out of the functions in template.yaml.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Every function, over one service.
#[derive(Clone)]
pub struct Functions {
    endpoints: Arc<HashMap<&'static str, Endpoint>>,
    service: Arc<Service>,
}

/// What Lambda calls a function error: the function gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError(pub Value);

impl Functions {
    pub fn new(service: Arc<Service>) -> Self {
        let endpoints = [
            cancel_payment::endpoint(),
            check_payment::endpoint(),
            check_shop::endpoint(),
            create_payment::endpoint(),
            docs::endpoint(),
            get_balance::endpoint(),
            get_payments::endpoint(),
        ];
        Self { endpoints: Arc::new(endpoints.into_iter().map(|endpoint| (endpoint.name, endpoint)).collect()), service }
    }

    pub fn has(&self, name: &str) -> bool {
        self.endpoints.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.endpoints.keys().copied()
    }

    /// Hands `event` to the function `name`; none where there is no such function. A panic is a function error, as on Lambda.
    pub async fn invoke(&self, name: &str, event: String) -> Option<Result<Value, FunctionError>> {
        let endpoint = self.endpoints.get(name)?.clone();
        let service = self.service.clone();
        let invocation = tokio::spawn(async move { endpoint.invoke(&service, &event, context()).await });
        let error = |kind: &str, message: String| FunctionError(json!({"errorType": kind, "errorMessage": message}));
        Some(match invocation.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(problem)) => Err(error("Error", problem.to_string())),
            Err(panic) => Err(error("Panic", panic.to_string())),
        })
    }
}

/// What Lambda says of an invocation.
fn context() -> Context {
    let mut context = Context::default();
    context.request_id = Uuid::new_v4().to_string();
    let now = u64::try_from(SystemClock.now().get()).unwrap_or_default();
    context.deadline = now + u64::try_from(FUNCTION_TIMEOUT.as_millis()).unwrap_or_default();
    context
}
