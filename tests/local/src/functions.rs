//! All functions by name, as Lambda knows them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use lambda_http::Context;
use serde_json::{Value, json};
use shared::{
    domain::time::{Clock, SystemClock},
    edge::{Endpoint, InvokedFunction, Service},
};
use tokio::sync::Semaphore;
use uuid::Uuid;
use web::PageEndpoint;

/// The most invocations that run at the same time. Further ones wait in line. The embedded store
/// handles one call at a time, so a higher number is not faster. With 64 a call of the store takes
/// a third of a second on a busy machine, well below its time-out.
pub const AT_ONCE_MAX: usize = 64;

/// The time-out of a page in template.yaml. A page never waits, so it needs no deadline of its own.
const PAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// A function and how it is invoked.
#[derive(Clone)]
enum Function {
    /// By the gateway, with an HTTP request as the event.
    Endpoint(Endpoint),
    /// By the gateway, too. It needs nothing but the request.
    Page(PageEndpoint),
    /// Directly, with an event of its own form. On AWS, IAM decides who may do so.
    Invoked(InvokedFunction),
}

impl Function {
    /// The time-out that template.yaml gives this function.
    const fn timeout(&self) -> Duration {
        match self {
            Self::Endpoint(endpoint) => endpoint.time_max,
            Self::Page(_) => PAGE_TIMEOUT,
            Self::Invoked(function) => function.time_max,
        }
    }

    /// Returns the answer as JSON text, byte for byte.
    async fn invoke(
        &self,
        service: &Arc<Service>,
        event: &str,
        context: Context,
    ) -> Result<String, lambda_http::Error> {
        let answer = match self {
            Self::Endpoint(endpoint) => endpoint.invoke(service, event, context).await?,
            Self::Page(page) => page.invoke(&service.log, event, context).await?,
            Self::Invoked(function) => function.invoke(service, event, context).await?,
        };
        Ok(answer.get().to_owned())
    }
}

/// A function, and the alias or version through which it is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub name: &'a str,
    pub qualifier: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub const fn unqualified(name: &'a str) -> Self {
        Self { name, qualifier: None }
    }

    fn arn(self) -> String {
        let qualifier = self.qualifier.map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
        format!("arn:aws:lambda:eu-central-1:000000000000:function:{}{qualifier}", self.name)
    }
}

/// All functions. They share one service.
#[derive(Clone)]
pub struct Functions {
    functions: Arc<HashMap<&'static str, Function>>,
    turns: Arc<Semaphore>,
    service: Arc<Service>,
}

/// A function error, as Lambda calls it: the function returned no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError(pub Value);

impl Functions {
    /// Creates all functions over `service`. The pay page links to `providers`, and the documentation
    /// page speaks of `site`.
    pub fn new(service: Arc<Service>, providers: pay_page::Providers, site: docs::Site) -> Self {
        let endpoints = [
            cancel_payment::endpoint(),
            check_payment::endpoint(),
            check_shop::endpoint(),
            click_complete::endpoint(),
            click_prepare::endpoint(),
            create_payment::endpoint(),
            delete_webhook::endpoint(),
            export_events::endpoint(),
            get_balance::endpoint(),
            get_deliveries::endpoint(),
            get_events::endpoint(),
            get_payment::endpoint(),
            get_payments::endpoint(),
            get_report::endpoint(),
            get_webhook::endpoint(),
            pay_page::endpoint(providers),
            pay_status::endpoint(),
            pay_test::endpoint(),
            payme::endpoint(),
            resend_event::endpoint(),
            rotate_webhook_secret::endpoint(),
            set_webhook::endpoint(),
            test_webhook::endpoint(),
        ];
        let invoked =
            [audit::function(), operator::function(), webhook_relay::function(), webhook_retry::function()];
        let pages = [cabinet::endpoint(), docs::endpoint(site)];
        let pages = pages.map(|page| (page.name, Function::Page(page)));
        let endpoints = endpoints.map(|endpoint| (endpoint.name, Function::Endpoint(endpoint)));
        let invoked = invoked.map(|function| (function.name, Function::Invoked(function)));
        let functions = endpoints.into_iter().chain(pages).chain(invoked);
        Self {
            functions: Arc::new(functions.collect()),
            turns: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            service,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.functions.keys().copied()
    }

    /// Invokes the function `name` with `event`. Returns `None` if there is no such function. A
    /// panic is a function error, as on Lambda.
    pub async fn invoke(&self, name: &str, event: String) -> Option<Result<Value, FunctionError>> {
        let answer = self.invoke_text(Target::unqualified(name), event, None).await?;
        Some(answer.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Like [`Functions::invoke`], but returns the answer byte for byte. `client_context` is JSON
    /// text in which the client describes itself.
    pub async fn invoke_text(
        &self,
        target: Target<'_>,
        event: String,
        client_context: Option<HeaderValue>,
    ) -> Option<Result<String, FunctionError>> {
        let function = self.functions.get(target.name)?.clone();
        let service = self.service.clone();
        // The deadline is set after the wait, so that waiting takes no time from the invocation.
        let turn = self.turns.clone().acquire_owned().await;
        let context = context(target, function.timeout(), client_context);
        let invocation = tokio::spawn(async move {
            let answer = function.invoke(&service, &event, context?).await;
            drop(turn);
            answer
        });
        let error =
            |kind: &str, message: String| FunctionError(json!({"errorType": kind, "errorMessage": message}));
        Some(match invocation.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(problem)) => Err(error("Error", problem.to_string())),
            Err(panic) => Err(error("Panic", panic.to_string())),
        })
    }
}

/// The context that Lambda gives to an invocation, read from the headers of its Runtime API.
fn context(
    target: Target<'_>,
    timeout: Duration,
    client_context: Option<HeaderValue>,
) -> Result<Context, lambda_http::Error> {
    let deadline =
        i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX).saturating_add(SystemClock.now().get());
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("lambda-runtime-deadline-ms"), deadline.into());
    headers.insert(HeaderName::from_static("lambda-runtime-invoked-function-arn"), target.arn().parse()?);
    headers.extend(
        client_context.map(|context| (HeaderName::from_static("lambda-runtime-client-context"), context)),
    );
    Context::new(&Uuid::new_v4().to_string(), Arc::default(), &headers)
}
