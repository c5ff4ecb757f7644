//! A function that is invoked directly, without the gateway: one JSON event in, one JSON answer
//! out.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use lambda_http::Context;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, timeout_at};

use super::{LogSink, Service, Warmup, endpoint::time_left, log};
use crate::{
    domain::{action_record::RequestedBy, id::ShopId, time::UnixMillis},
    store::{self, StoreError},
};

/// The most that an invocation gets, also where the context names no deadline or one far away: the
/// function's own time-out in template.yaml.
const TIME_MAX: Duration = Duration::from_secs(55);

/// An answer as JSON text, so that a repeat is the same byte for byte.
pub type InvokedAnswer = Box<RawValue>;

type Handling = Pin<Box<dyn Future<Output = Result<InvokedAnswer, InvokeError>> + Send>>;
type Handler = dyn Fn(Arc<Service>, Arc<Invocation>) -> Handling + Send + Sync;

/// Why a command was refused or failed. It is a normal answer, not a function error: Lambda's
/// clients would show only that.
#[derive(Debug)]
pub struct InvokeError {
    /// The stable name of the error, for programs.
    pub code: &'static str,
    /// The sentence that the caller reads.
    pub sentence: String,
    /// What the log should say beyond the code, where the failure is ours.
    pub detail: Option<String>,
}

impl From<StoreError> for InvokeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(detail) => Self::out_of_reach(detail),
            StoreError::Corrupt { .. } | StoreError::Fault(_) => Self::internal(error.to_string()),
        }
    }
}

impl InvokeError {
    /// The store is down, slow or busy.
    pub fn out_of_reach(detail: String) -> Self {
        let sentence =
            "The store is unavailable; try again later, with the same reference where there is one"
                .to_owned();
        Self { code: "store_unavailable", sentence, detail: Some(detail) }
    }

    /// A fault of ours.
    pub fn internal(detail: String) -> Self {
        Self { code: "internal_error", sentence: "Internal error".to_owned(), detail: Some(detail) }
    }

    fn answer(&self) -> Result<InvokedAnswer, serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            success: bool,
            error: &'a str,
            error_code: &'static str,
        }
        to_raw_value(&Body { success: false, error: &self.sentence, error_code: self.code })
    }
}

/// One invocation, as the function reads it.
#[derive(Debug)]
pub struct Invocation {
    /// The time of this invocation. Rules take it as a value; nothing reads a clock twice.
    pub now: UnixMillis,
    /// When the answer must be on its way.
    pub deadline: Instant,
    pub event: String,
    pub requested_by: RequestedBy,
    log: Arc<dyn LogSink>,
    function: &'static str,
    request_id: String,
    command: OnceLock<&'static str>,
    shop: OnceLock<ShopId>,
}

impl Invocation {
    /// Remembers what was asked for, for the log line.
    pub fn log_command(&self, command: &'static str) {
        // Only the first counts; an invocation asks for one thing.
        let _ = self.command.set(command);
    }

    /// Remembers whose shop this is about, for the log line.
    pub fn log_shop(&self, shop_id: &ShopId) {
        let _ = self.shop.set(shop_id.clone());
    }

    /// Writes to the log how far this is.
    pub fn log_progress(&self, shop_id: &ShopId, progress: String) {
        let (function, request_id) = (self.function, self.request_id.as_str());
        let line =
            log::ProgressLine { level: "info", function, request_id, shop_id: shop_id.as_str(), progress };
        log::write(&*self.log, &line);
    }
}

/// The function: its name and its handler. Cheap to clone.
#[derive(Clone)]
pub struct InvokedFunction {
    pub name: &'static str,
    pub warmup: Warmup,
    handler: Arc<Handler>,
}

impl InvokedFunction {
    pub fn new<F, R>(name: &'static str, warmup: Warmup, handler: F) -> Self
    where
        F: Fn(Arc<Service>, Arc<Invocation>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<InvokedAnswer, InvokeError>> + Send + 'static,
    {
        Self {
            name,
            warmup,
            handler: Arc::new(move |service, invocation| Box::pin(handler(service, invocation))),
        }
    }

    /// The answer (JSON) to `event` (JSON).
    ///
    /// # Errors
    /// The answer could not be written as JSON, which its types rule out.
    pub async fn invoke(
        &self,
        service: &Arc<Service>,
        event: &str,
        context: Context,
    ) -> Result<InvokedAnswer, lambda_http::Error> {
        let started = Instant::now();
        let invocation = Arc::new(Invocation {
            now: service.clock.now(),
            deadline: started + time_left(Some(&context), TIME_MAX),
            event: event.to_owned(),
            requested_by: RequestedBy {
                actor: actor(&context),
                request_id: Some(context.request_id.clone()).filter(|id| !id.is_empty()),
            },
            log: service.log.clone(),
            function: self.name,
            request_id: context.request_id,
            command: OnceLock::new(),
            shop: OnceLock::new(),
        });
        let handling = timeout_at(invocation.deadline, (self.handler)(service.clone(), invocation.clone()));
        let (result, effort) = store::count_store_calls(handling).await;
        let result = result.unwrap_or_else(|_| Err(InvokeError::out_of_reach("out of time".to_owned())));

        let refusal = result.as_ref().err();
        let detail = refusal.and_then(|refusal| refusal.detail.as_deref());
        let line = log::RequestLine {
            level: if detail.is_some() { "error" } else { "info" },
            function: self.name,
            request_id: &invocation.request_id,
            lambda_request_id: None,
            command: invocation.command.get().copied(),
            shop_id: invocation.shop.get().map(ShopId::as_str),
            outcome: refusal.map_or("ok", |refusal| refusal.code),
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            store_calls: effort.calls,
            retries: effort.retries(),
            detail,
        };
        log::write(&*service.log, &line);
        match result {
            Ok(answer) => Ok(answer),
            Err(refusal) => Ok(refusal.answer()?),
        }
    }
}

/// Who invokes: the Cognito identity, which Lambda vouches for; else who the client says that it is
/// (`custom.actor` of its client context); else the function's name as it was invoked, whose alias
/// IAM can give to one person.
fn actor(context: &Context) -> Option<String> {
    const LENGTH_MAX: usize = 256;
    let identity = context.identity.as_ref().map(|identity| identity.identity_id.clone());
    let said = || context.client_context.as_ref()?.custom.get("actor").cloned();
    let invoked = || Some(context.invoked_function_arn.clone()).filter(|name| name.starts_with("arn:"));
    let named = identity.or_else(said).or_else(invoked);
    named.map(|name| name.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect())
}
