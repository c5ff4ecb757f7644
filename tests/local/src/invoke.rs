//! The part of the Lambda Invoke API that `cargo lambda invoke` and the AWS CLI use.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::functions::{FunctionError, Functions};

const EVENT_LENGTH_MAX: usize = 6 * 1024 * 1024;

/// Returns the function name in `path`, or `None` if it is not a path of the Invoke API.
pub fn function_name(path: &str) -> Option<&str> {
    path.strip_prefix("/2015-03-31/functions/")?.strip_suffix("/invocations")
}

/// Invokes the function `name` with the body, and with the client context from the headers.
pub async fn answer(functions: &Functions, name: &str, headers: &HeaderMap, body: Body) -> Response {
    let Some(event) =
        to_bytes(body, EVENT_LENGTH_MAX).await.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
    else {
        return failure(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            "the event is not UTF-8 text, or longer than 6 MB",
        );
    };
    let client_context = headers.get("x-amz-client-context").and_then(decoded);
    match functions.invoke_text(name, event, client_context).await {
        None => failure(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            &format!("Function not found: {name}"),
        ),
        Some(Ok(answer)) => json_response(StatusCode::OK, answer),
        Some(Err(FunctionError(error))) => {
            let mut response = json_response(StatusCode::OK, error.to_string());
            response.headers_mut().insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
            response
        }
    }
}

fn decoded(header: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_bytes(&BASE64_STANDARD.decode(header).ok()?).ok()
}

fn failure(status: StatusCode, kind: &'static str, text: &str) -> Response {
    let mut response = json_response(status, json!({"Type": "User", "Message": text}).to_string());
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
    response
}

fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
