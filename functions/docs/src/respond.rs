//! Chooses the answer by the path.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use lambda_http::Body;
use web::{Language, static_page};

use crate::{Pages, assets, language, not_found};

/// What the answer depends on.
pub struct Request<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    /// The language in the query.
    pub chosen: Option<Language>,
    pub headers: &'a HeaderMap,
    pub request_id: &'a str,
}

impl Request<'_> {
    /// Returns the address of the documentation page, relative to this one, because a stage may stand
    /// in front of the path.
    pub(crate) fn home(&self) -> String {
        let depth = self.path.matches('/').count().saturating_sub(1);
        if depth == 0 { "./".to_owned() } else { "../".repeat(depth) }
    }
}

/// A search engine has nothing to find in answers and in strangers' payments.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /pay/\nDisallow: /cabinet\n";

/// A day: these files hardly change, and have no ETag.
const SMALL_CACHING: &str = "public, max-age=86400";

/// Answers with the document of the path, or with 404 in the form that the caller reads.
pub fn respond(pages: &Pages, request: &Request<'_>) -> Response<Body> {
    // An HTTP API without a root route and a stage gives the path without its slash.
    match (request.method, request.path.trim_end_matches('/')) {
        (&Method::GET, "") => page(pages, request),
        (&Method::GET, "/openapi.json") => {
            static_page::respond(&assets::CONTRACT, request.headers, "Accept-Encoding").map(static_page::body)
        }
        (&Method::GET, "/favicon.ico") => small("image/svg+xml", assets::ICON),
        (&Method::GET, "/robots.txt") => small("text/plain; charset=utf-8", ROBOTS),
        (&Method::GET, "/docs") => moved(request, ""),
        (&Method::GET, "/uz") => moved(request, "?lang=uz"),
        (&Method::GET, "/ru") => moved(request, "?lang=ru"),
        (&Method::GET, "/en") => moved(request, "?lang=en"),
        _ => not_found::respond(pages, request),
    }
}

fn page(pages: &Pages, request: &Request<'_>) -> Response<Body> {
    let language = language::choose(request.chosen, request.headers);
    let file = pages.documentation(language);
    let mut response =
        static_page::respond(file, request.headers, "Accept-Encoding, Cookie").map(static_page::body);
    set(&mut response, CONTENT_LANGUAGE, language.code());
    set(&mut response, CONTENT_SECURITY_POLICY, assets::PAGE_POLICY);
    set(&mut response, REFERRER_POLICY, "same-origin");
    response
}

fn small(content_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    set(&mut response, CONTENT_TYPE, content_type);
    set(&mut response, CACHE_CONTROL, SMALL_CACHING);
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Leads to the documentation page with `query`.
fn moved(request: &Request<'_>, query: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::FOUND;
    // Steps and a query of ours are visible ASCII, which every header value may hold.
    if let Ok(to) = HeaderValue::try_from(format!("{}{query}", request.home())) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

pub(crate) fn set(response: &mut Response<Body>, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}
