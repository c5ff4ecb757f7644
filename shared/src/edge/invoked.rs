//! Functions that are invoked directly, without the gateway: one JSON event in, one JSON answer out.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use lambda_http::Context;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::Instant;

use super::{
    LogSink, Service, Warmup,
    frame::{Frame, Summary},
    log,
};
use crate::{
    domain::{action_record::RequestedBy, id::ShopId, time::UnixMillis},
    store::StoreError,
};

/// The time that an invocation may take by default: the function's time-out in template.yaml. The
/// frame keeps a part of it back if it knows Lambda's deadline.
const TIME_MAX_DEFAULT: Duration = Duration::from_secs(55);

/// An answer as JSON text. A repeat must be the same byte for byte, so it is written once.
pub type InvokedAnswer = Box<RawValue>;

type Handling = Pin<Box<dyn Future<Output = Result<InvokedAnswer, InvokeError>> + Send>>;
type Handler = dyn Fn(Arc<Service>, Arc<Invocation>) -> Handling + Send + Sync;

/// Why a command was refused or failed. It becomes a normal answer: of a function error, Lambda's
/// clients show the caller nothing else.
#[derive(Debug)]
pub struct InvokeError {
    /// The stable name of the error, for programs.
    pub code: &'static str,
    /// The sentence that the caller reads.
    pub sentence: String,
    /// The detail for the log, if the failure is ours.
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

    /// Our own fault.
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

/// One invocation of the function.
#[derive(Debug)]
pub struct Invocation {
    /// The time of this invocation. Rules take it as a value, so that no command sees two times.
    pub now: UnixMillis,
    /// When the answer must be on its way.
    pub deadline: Instant,
    pub event: String,
    pub requested_by: RequestedBy,
    /// The alias or version through which the function was invoked, if one was named.
    pub qualifier: Option<String>,
    log: Arc<dyn LogSink>,
    function: &'static str,
    request_id: String,
    command: OnceLock<&'static str>,
    shop: OnceLock<ShopId>,
}

impl Invocation {
    /// Adds the command to the log line.
    pub fn log_command(&self, command: &'static str) {
        // An invocation has one command, so only the first call counts.
        let _ = self.command.set(command);
    }

    /// Adds the shop to the log line.
    pub fn log_shop(&self, shop_id: &ShopId) {
        let _ = self.shop.set(shop_id.clone());
    }

    /// Writes a line about something that the function found, beside the line of the invocation.
    pub fn log_finding(&self, level: &'static str, outcome: &'static str, fields: &impl Serialize) {
        let (function, request_id) = (self.function, self.request_id.as_str());
        log::write(&*self.log, &log::FindingLine { level, function, request_id, outcome, fields });
    }

    /// Writes a line about the progress of a long command.
    pub fn log_progress(&self, shop_id: &ShopId, progress: String) {
        let (function, request_id) = (self.function, self.request_id.as_str());
        let line =
            log::ProgressLine { level: "info", function, request_id, shop_id: shop_id.as_str(), progress };
        log::write(&*self.log, &line);
    }
}

/// A function with its name and its handler. Cheap to clone.
#[derive(Clone)]
pub struct InvokedFunction {
    pub name: &'static str,
    pub warmup: Warmup,
    /// The function's time-out in template.yaml.
    pub time_max: Duration,
    on_failure: OnFailure,
    handler: Arc<Handler>,
}

/// What the caller gets if an invocation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnFailure {
    /// An answer that says why. For people and programs that read answers.
    Answer,
    /// A function error. For an event source, which then sends the event again.
    Fail,
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
            time_max: TIME_MAX_DEFAULT,
            on_failure: OnFailure::Answer,
            handler: Arc::new(move |service, invocation| Box::pin(handler(service, invocation))),
        }
    }

    /// Gives an invocation this much time.
    #[must_use]
    pub fn with_time_max(self, time_max: Duration) -> Self {
        Self { time_max, ..self }
    }

    /// Lets a failed invocation be a function error.
    #[must_use]
    pub fn failing(self) -> Self {
        Self { on_failure: OnFailure::Fail, ..self }
    }

    /// Returns the answer to `event`, both as JSON.
    ///
    /// # Errors
    /// The invocation failed, and the function is [`failing`](Self::failing). Or the answer cannot be
    /// written as JSON, which its types rule out.
    pub async fn invoke(
        &self,
        service: &Arc<Service>,
        event: &str,
        context: Context,
    ) -> Result<InvokedAnswer, lambda_http::Error> {
        let frame = Frame::begin(self.name, service, Some(&context), self.time_max);
        let invocation = Arc::new(Invocation {
            now: service.clock.now(),
            deadline: frame.deadline,
            event: event.to_owned(),
            requested_by: RequestedBy {
                actor: actor(&context),
                request_id: Some(context.request_id.clone()).filter(|id| !id.is_empty()),
            },
            qualifier: qualifier(&context.invoked_function_arn).map(str::to_owned),
            log: service.log.clone(),
            function: self.name,
            request_id: context.request_id,
            command: OnceLock::new(),
            shop: OnceLock::new(),
        });
        let (result, usage) = frame.run((self.handler)(service.clone(), invocation.clone())).await;
        let result = result.unwrap_or_else(|| Err(InvokeError::out_of_reach("out of time".to_owned())));

        let error = result.as_ref().err();
        let summary = Summary {
            request_id: &invocation.request_id,
            lambda_request_id: None,
            command: invocation.command.get().copied(),
            shop_id: invocation.shop.get().map(ShopId::as_str),
            outcome: error.map_or("ok", |error| error.code),
            detail: error.and_then(|error| error.detail.as_deref()),
        };
        frame.end(usage, &summary);
        match result {
            Ok(answer) => Ok(answer),
            Err(error) if self.on_failure == OnFailure::Fail => Err(error.sentence.into()),
            Err(error) => Ok(error.answer()?),
        }
    }
}

/// Returns the qualifier of a function's ARN:
/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`.
fn qualifier(arn: &str) -> Option<&str> {
    const PARTS_BEFORE: usize = 7;
    arn.splitn(PARTS_BEFORE + 1, ':').nth(PARTS_BEFORE)
}

/// Returns who invokes: the Cognito identity, which Lambda vouches for, else `custom.actor` of the
/// client context, else the function's name as invoked. IAM can grant one alias to one person.
fn actor(context: &Context) -> Option<String> {
    const LENGTH_MAX: usize = 256;
    let identity = context.identity.as_ref().map(|identity| identity.identity_id.clone());
    let said = || context.client_context.as_ref()?.custom.get("actor").cloned();
    let invoked = || Some(context.invoked_function_arn.clone()).filter(|name| name.starts_with("arn:"));
    let named = identity.or_else(said).or_else(invoked);
    named.map(|name| name.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect())
}
