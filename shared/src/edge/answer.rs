//! Making an answer.

use http::{HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use serde::Serialize;

/// What an endpoint answers.
pub type Answer = Response<Body>;

/// `value` as JSON, HTTP 200.
pub fn json(value: &impl Serialize) -> Answer {
    json_with_status(StatusCode::OK, value)
}

/// `value` as JSON. Money answers are never cached.
pub fn json_with_status(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(text) => text_with_status(status, "application/json; charset=utf-8", text),
        // Our answers are structs of texts and numbers, which always serialize; without a body
        // there is still no lie.
        Err(_) => text_with_status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "application/json; charset=utf-8",
            String::new(),
        ),
    }
}

/// `text` with the headers that every answer has: never cached, never sniffed.
pub fn text_with_status(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Body::Text(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
