//! Chooses the document, its encoding and the status.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};

use shared::edge::Language;

use crate::{assets, language};

/// Neither document contains money. A client keeps its copy for five minutes, then asks again with
/// the ETag of the copy.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=300");
const CONTRACT_PATH: &str = "/openapi.json";

/// Answers `GET path`: the contract if the path ends in `/openapi.json`, otherwise the page.
/// `chosen` is the language in the query.
///
/// Returns 200 with the document, compressed if the client accepts gzip. Returns 304 if
/// `If-None-Match` names the document that 200 would send.
pub fn respond(path: &str, chosen: Option<Language>, headers: &HeaderMap) -> Response<&'static [u8]> {
    let language = (!path.ends_with(CONTRACT_PATH)).then(|| language::choose(chosen, headers));
    let asset = assets::of(language);
    let compressed = takes_gzip(headers);
    let variant = if compressed { &asset.gzip } else { &asset.plain };

    let mut response = Response::new(variant.bytes);
    let mut set = |name: HeaderName, value| response.headers_mut().insert(name, value);
    set(ETAG, HeaderValue::from_static(variant.etag));
    set(CACHE_CONTROL, CACHING);
    set(VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
    set(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if compressed {
        set(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(language) = language {
        set(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
        set(CONTENT_SECURITY_POLICY, HeaderValue::from_static(assets::CONTENT_SECURITY_POLICY));
        set(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    if names(headers, variant.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = &[];
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_ENCODING);
    }
    response
}

/// Whether `Accept-Encoding` allows gzip with a weight above zero (RFC 9110, 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    elements(headers, &ACCEPT_ENCODING).any(|element| {
        let (coding, weight) = element.split_once(';').unwrap_or((element, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
        matches!(coding.trim(), "gzip" | "*") && !refused
    })
}

/// Whether `If-None-Match` names `etag`. Weak tags count (RFC 9110, 13.1.2).
fn names(headers: &HeaderMap, etag: &str) -> bool {
    elements(headers, &IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The elements of a comma-separated header that may occur several times.
fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}
