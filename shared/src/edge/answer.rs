//! Answers: JSON or text, with the headers that every answer has.

use http::{HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use serde::Serialize;
use web::Answer;

/// Returns `value` as JSON with HTTP 200.
pub fn json(value: &impl Serialize) -> Answer {
    json_with_status(StatusCode::OK, value)
}

/// Returns `value` as JSON with `status`.
pub fn json_with_status(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(text) => text_with_status(status, "application/json; charset=utf-8", text),
        // Our answers are structs of texts and numbers, which always serialize. An empty 500 is
        // still no lie.
        Err(_) => text_with_status(
            StatusCode::INTERNAL_SERVER_ERROR,
            "application/json; charset=utf-8",
            String::new(),
        ),
    }
}

/// Returns `text` with the headers that every answer has. Answers about money are never cached.
pub fn text_with_status(status: StatusCode, content_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Body::Text(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
