//! An endpoint: its name, its handler, and how an event becomes an answer.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::HeaderValue;
use lambda_http::{Context, Request, RequestExt, Response, tower::Service as _};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, timeout_at};

use super::{
    Answer, ApiError, ApiRequest, Service, Warmup, error, event,
    log::{self, RequestLine},
};
use crate::store::{self, StoreUsage};

type Handling = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;
type Handler = dyn Fn(Arc<Service>, Arc<ApiRequest>) -> Handling + Send + Sync;

/// How an endpoint words an error that its handler returns.
pub type Refuse = fn(&ApiError, &ApiRequest) -> Answer;

/// What an answer means to the log, where the HTTP status does not tell: a provider's own code, and
/// what failed behind it.
#[derive(Clone, Debug)]
struct LogOutcome {
    name: String,
    detail: Option<String>,
}

/// One function's endpoint. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    pub name: &'static str,
    pub warmup: Warmup,
    handler: Arc<Handler>,
    refuse: Refuse,
}

impl Endpoint {
    /// An endpoint whose errors are the merchant API's.
    pub fn new<F, R>(name: &'static str, warmup: Warmup, handler: F) -> Self
    where
        F: Fn(Arc<Service>, Arc<ApiRequest>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer, ApiError>> + Send + 'static,
    {
        Self {
            name,
            warmup,
            handler: Arc::new(move |service, request| Box::pin(handler(service, request))),
            refuse: error::refuse,
        }
    }

    /// The same with its own words for errors.
    #[must_use]
    pub fn refusing_with(self, refuse: Refuse) -> Self {
        Self { refuse, ..self }
    }

    /// The answer (JSON text) to a gateway's `event` (JSON): what happens between the two halves of
    /// a Lambda invocation.
    ///
    /// # Errors
    /// `event` is neither a REST API nor an HTTP API event.
    pub async fn invoke(
        &self,
        service: &Arc<Service>,
        event: &str,
        context: Context,
    ) -> Result<Box<RawValue>, lambda_http::Error> {
        let request = event::read(event)?;
        let (endpoint, service) = (self.clone(), service.clone());
        let handler = lambda_http::service_fn(move |request| {
            let (endpoint, service) = (endpoint.clone(), service.clone());
            async move { Ok::<_, lambda_http::Error>(endpoint.answer(service, request).await) }
        });
        let answer =
            lambda_http::Adapter::from(handler).call(lambda_http::LambdaEvent::new(request, context)).await?;
        Ok(to_raw_value(&answer)?)
    }

    async fn answer(self, service: Arc<Service>, request: Request) -> Answer {
        let started = Instant::now();
        let lambda_request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let deadline = started + time_left(request.lambda_context_ref(), REQUEST_TIME_MAX);
        let request = Arc::new(ApiRequest::new(request, service.clock.now(), deadline));
        let handling = timeout_at(deadline, (self.handler)(service.clone(), request.clone()));
        let (result, effort) = store::count_store_calls(handling).await;
        let result = result.unwrap_or_else(|_| Err(ApiError::StoreUnavailable("out of time".to_owned())));

        log::write(
            &*service.log,
            &self.line(&request, lambda_request_id.as_deref(), &result, started.elapsed(), effort),
        );
        let mut answer = result.unwrap_or_else(|error| (self.refuse)(&error, &request));
        if let Ok(id) = HeaderValue::from_str(&request.request_id) {
            answer.headers_mut().insert("x-request-id", id);
        }
        answer
    }

    fn line<'a>(
        &self,
        request: &'a ApiRequest,
        lambda_request_id: Option<&'a str>,
        result: &'a Result<Answer, ApiError>,
        took: Duration,
        effort: StoreUsage,
    ) -> RequestLine<'a> {
        let (outcome, detail) = match result {
            Ok(answer) => match answer.extensions().get() {
                Some(LogOutcome { name, detail }) => (name.as_str(), detail.as_deref()),
                None => ("ok", None),
            },
            Err(error) => (error.code(), error.detail()),
        };
        RequestLine {
            level: if detail.is_some() { "error" } else { "info" },
            function: self.name,
            request_id: &request.request_id,
            lambda_request_id,
            command: None,
            shop_id: request.shop().map(|id| id.as_str()),
            outcome,
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            store_calls: effort.calls,
            retries: effort.retries(),
            detail,
        }
    }
}

/// What is kept back of the invocation's time, to write the answer.
const MARGIN: Duration = Duration::from_millis(500);
/// The most that a request gets, also where the context names no deadline or one far away.
const REQUEST_TIME_MAX: Duration = Duration::from_millis(9500);

/// What is left of an invocation's time, at most `max`.
pub(super) fn time_left(context: Option<&Context>, max: Duration) -> Duration {
    let deadline = context.map(|context| UNIX_EPOCH + Duration::from_millis(context.deadline));
    let left = deadline.and_then(|deadline| deadline.duration_since(SystemTime::now()).ok());
    left.map_or(max, |left| left.saturating_sub(MARGIN).min(max))
}

/// Marks `answer` for the log.
pub fn with_outcome(answer: Response<lambda_http::Body>, outcome: impl ToString) -> Answer {
    marked(answer, LogOutcome { name: outcome.to_string(), detail: None })
}

/// Marks `answer` for the log as a failure of ours, whose `detail` no answer may tell.
pub fn with_failure(
    answer: Response<lambda_http::Body>,
    outcome: impl ToString,
    detail: impl ToString,
) -> Answer {
    marked(answer, LogOutcome { name: outcome.to_string(), detail: Some(detail.to_string()) })
}

fn marked(mut answer: Answer, outcome: LogOutcome) -> Answer {
    answer.extensions_mut().insert(outcome);
    answer
}
