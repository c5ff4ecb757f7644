//! The answer for an address that leads nowhere: a page for a person, JSON for a program.

use http::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use lambda_http::Body;
use serde::Serialize;

use crate::{Pages, Request, assets, language, respond::set};

/// The body of an error of the merchant API.
#[derive(Serialize)]
struct Error<'a> {
    success: bool,
    error: &'static str,
    error_code: &'static str,
    request_id: &'a str,
}

/// Answers 404: below `/api/` and to a client that does not ask for HTML in the form of the merchant
/// API's errors, otherwise with a page in the reader's language.
pub fn respond(pages: &Pages, request: &Request<'_>) -> Response<Body> {
    let is_program = request.path.starts_with("/api/") || !wants_html(request.headers);
    let mut response = if is_program { json(request) } else { page(pages, request) };
    *response.status_mut() = StatusCode::NOT_FOUND;
    set(&mut response, CACHE_CONTROL, "no-store");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn json(request: &Request<'_>) -> Response<Body> {
    let error = Error {
        success: false,
        error: "There is no such path or method; GET /openapi.json lists all of them",
        error_code: "not_found",
        request_id: request.request_id,
    };
    // A text and three words always become JSON.
    let body = serde_json::to_string(&error).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    set(&mut response, CONTENT_TYPE, "application/json; charset=utf-8");
    response
}

fn page(pages: &Pages, request: &Request<'_>) -> Response<Body> {
    let language = language::choose(request.chosen, request.headers);
    let mut response = Response::new(Body::from(pages.not_found(language, &request.home())));
    set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, CONTENT_LANGUAGE, language.code());
    set(&mut response, CONTENT_SECURITY_POLICY, assets::NOT_FOUND_POLICY);
    set(&mut response, REFERRER_POLICY, "no-referrer");
    response
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .any(|line| line.contains("text/html"))
}
