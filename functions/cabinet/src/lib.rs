//! `GET /cabinet`: the merchant's cabinet. The page is made at build time and is only a client of
//! the merchant API, so this function has no state, no session and no table.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
};
use web::{
    PageEndpoint, static_file,
    static_page::{self, StaticFile},
};

static PAGE: StaticFile = static_file!("cabinet.html", "text/html; charset=utf-8");

/// Allows the page's own style and script by their hashes, and requests and pictures of its own
/// server. Nothing on the page can turn a text into HTML or into code.
const POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/content_security_policy"));

pub fn endpoint() -> PageEndpoint {
    PageEndpoint::new("cabinet", |request| respond(request.headers()).map(static_page::body))
}

/// Answers with the page, or with 304 if `If-None-Match` names it.
pub fn respond(headers: &HeaderMap) -> Response<&'static [u8]> {
    let mut response = static_page::respond(&PAGE, headers, "Accept-Encoding");
    let mut set =
        |name: HeaderName, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    response
}
