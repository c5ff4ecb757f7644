//! Endpoints: from a gateway's event to its answer.

use std::{pin::Pin, sync::Arc, time::Duration};

use http::HeaderValue;
use lambda_http::{Context, Request, RequestExt, Response};
use serde_json::value::RawValue;
use web::event;

use super::{
    Answer, ApiError, ApiRequest, Service, Warmup, error,
    frame::{Frame, Summary},
};
use crate::domain::id::ShopId;

type Handling = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;
type Handler = dyn Fn(Arc<Service>, Arc<ApiRequest>) -> Handling + Send + Sync;

/// The time-out of an endpoint by default. The frame keeps a part of it back.
const TIME_MAX_DEFAULT: Duration = Duration::from_secs(10);

/// Makes the answer for an error that a handler returns.
pub type Refuse = fn(&ApiError, &ApiRequest) -> Answer;

/// What the log says of an answer whose HTTP status does not tell it: a provider's own code, and the
/// failure behind it.
#[derive(Clone, Debug)]
struct LogOutcome {
    name: String,
    detail: Option<String>,
}

/// The endpoint of one function. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    pub name: &'static str,
    pub warmup: Warmup,
    /// The function's time-out in template.yaml.
    pub time_max: Duration,
    handler: Arc<Handler>,
    refuse: Refuse,
}

impl Endpoint {
    /// Makes an endpoint whose errors are the merchant API's.
    pub fn new<F, R>(name: &'static str, warmup: Warmup, handler: F) -> Self
    where
        F: Fn(Arc<Service>, Arc<ApiRequest>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer, ApiError>> + Send + 'static,
    {
        Self {
            name,
            warmup,
            time_max: TIME_MAX_DEFAULT,
            handler: Arc::new(move |service, request| Box::pin(handler(service, request))),
            refuse: error::refuse,
        }
    }

    /// Gives a request this much time.
    #[must_use]
    pub fn with_time_max(self, time_max: Duration) -> Self {
        Self { time_max, ..self }
    }

    /// Replaces the answers for errors.
    #[must_use]
    pub fn refusing_with(self, refuse: Refuse) -> Self {
        Self { refuse, ..self }
    }

    /// Returns the answer to a gateway's `event`, both as JSON.
    ///
    /// # Errors
    /// `event` is neither a REST API nor an HTTP API event.
    pub async fn invoke(
        &self,
        service: &Arc<Service>,
        event: &str,
        context: Context,
    ) -> Result<Box<RawValue>, lambda_http::Error> {
        let (endpoint, service) = (self.clone(), service.clone());
        event::answer(event, context, move |request| endpoint.clone().answer(service.clone(), request)).await
    }

    async fn answer(self, service: Arc<Service>, request: Request) -> Answer {
        let frame = Frame::begin(self.name, &service, request.lambda_context_ref(), self.time_max);
        let lambda_request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let request = Arc::new(ApiRequest::new(request, service.clock.now(), frame.deadline));
        let (result, usage) = frame.run((self.handler)(service, request.clone())).await;
        let result = result.unwrap_or_else(|| Err(ApiError::StoreUnavailable("out of time".to_owned())));

        let (outcome, detail) = outcome(&result);
        let summary = Summary {
            request_id: &request.request_id,
            lambda_request_id: lambda_request_id.as_deref(),
            command: None,
            shop_id: request.shop().map(ShopId::as_str),
            outcome,
            detail,
        };
        frame.end(usage, &summary);
        let mut answer = result.unwrap_or_else(|error| (self.refuse)(&error, &request));
        if let Ok(id) = HeaderValue::from_str(&request.request_id) {
            answer.headers_mut().insert("x-request-id", id);
        }
        answer
    }
}

/// Returns the outcome for the log line, and the detail if the failure is ours.
fn outcome(result: &Result<Answer, ApiError>) -> (&str, Option<&str>) {
    match result {
        Ok(answer) => match answer.extensions().get() {
            Some(LogOutcome { name, detail }) => (name, detail.as_deref()),
            None => ("ok", None),
        },
        Err(error) => (error.log_outcome(), error.detail()),
    }
}

/// Marks `answer` for the log.
pub fn with_outcome(answer: Response<lambda_http::Body>, outcome: impl ToString) -> Answer {
    marked(answer, LogOutcome { name: outcome.to_string(), detail: None })
}

/// Marks `answer` for the log as our own failure. The caller must not see `detail`.
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
