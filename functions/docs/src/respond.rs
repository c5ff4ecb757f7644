//! Chooses the document.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response,
    header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY},
};
use web::{Language, static_page};

use crate::{assets, language};

const CONTRACT_PATH: &str = "/openapi.json";

/// Answers `GET path`: the contract if the path ends in `/openapi.json`, otherwise the page.
/// `chosen` is the language in the query.
///
/// Returns 200 with the document, compressed if the client accepts gzip. Returns 304 if
/// `If-None-Match` names the document that 200 would send.
pub fn respond(path: &str, chosen: Option<Language>, headers: &HeaderMap) -> Response<&'static [u8]> {
    let language = (!path.ends_with(CONTRACT_PATH)).then(|| language::choose(chosen, headers));
    let mut response = static_page::respond(assets::of(language), headers, "Accept-Encoding, Cookie");
    let mut set = |name: HeaderName, value| response.headers_mut().insert(name, value);
    if let Some(language) = language {
        set(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
        set(CONTENT_SECURITY_POLICY, HeaderValue::from_static(assets::CONTENT_SECURITY_POLICY));
        set(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}
