//! The endpoint of a page: its answer depends on the request alone.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use lambda_http::{Context, Request, RequestExt};
use serde_json::value::RawValue;

use crate::{
    Answer, Language, event,
    log::{self, LogSink, RequestLine},
    query::{Found, Query},
    request,
};

/// A request for a page.
#[derive(Debug)]
pub struct PageRequest {
    request_id: String,
    query: Query,
    request: Request,
}

impl PageRequest {
    fn new(request: Request) -> Self {
        Self { request_id: request::request_id(&request), query: request::query(&request), request }
    }

    /// The path without the gateway's stage.
    pub fn path(&self) -> &str {
        request::path(&self.request)
    }

    pub fn method(&self) -> &Method {
        self.request.method()
    }

    /// The gateway's id of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns the language that the query names (`?lang=`). Ignores an unknown one, so that a
    /// reader always gets the page.
    pub fn language(&self) -> Option<Language> {
        match self.query.find("lang") {
            Found::One(code) => Language::from_code(code),
            Found::Nothing | Found::Undecodable | Found::MoreThanOne => None,
        }
    }
}

/// The endpoint of one function that serves pages. Cheap to clone.
#[derive(Clone)]
pub struct PageEndpoint {
    pub name: &'static str,
    respond: Arc<dyn Fn(&PageRequest) -> Answer + Send + Sync>,
}

impl PageEndpoint {
    /// Makes an endpoint that answers with what `respond` returns. It has no error: there is
    /// nothing that could fail.
    pub fn new(name: &'static str, respond: impl Fn(&PageRequest) -> Answer + Send + Sync + 'static) -> Self {
        Self { name, respond: Arc::new(respond) }
    }

    /// Returns the answer to a gateway's `event`, both as JSON. Writes one line to `log`.
    ///
    /// # Errors
    /// `event` is neither a REST API nor an HTTP API event.
    pub async fn invoke(
        &self,
        log: &Arc<dyn LogSink>,
        event: &str,
        context: Context,
    ) -> Result<Box<RawValue>, lambda_http::Error> {
        let (endpoint, log) = (self.clone(), log.clone());
        event::answer(event, context, move |request| {
            let answer = endpoint.answer(&*log, request);
            async { answer }
        })
        .await
    }

    fn answer(&self, log: &dyn LogSink, request: Request) -> Answer {
        let started = Instant::now();
        let lambda_request_id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let request = PageRequest::new(request);
        let mut answer = (self.respond)(&request);
        if let Ok(id) = HeaderValue::from_str(&request.request_id) {
            answer.headers_mut().insert("x-request-id", id);
        }
        let line = RequestLine {
            level: "info",
            function: self.name,
            request_id: &request.request_id,
            lambda_request_id: lambda_request_id.as_deref(),
            command: None,
            shop_id: None,
            outcome: if answer.status() == StatusCode::NOT_FOUND { "not_found" } else { "ok" },
            milliseconds: log::milliseconds(started.elapsed()),
            store_calls: 0,
            retries: 0,
            detail: None,
        };
        log::write(log, &line);
        answer
    }
}
