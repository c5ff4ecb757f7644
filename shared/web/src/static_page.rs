//! Serves files that a build script made with `page_build`: chooses the encoding and the status. At
//! run time nothing is parsed or rendered.

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use lambda_http::Body;

/// These files contain no money. A client keeps its copy for five minutes, then asks again with the
/// `ETag` of the copy.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A file, plain and compressed. [`static_file!`](crate::static_file) makes one.
pub struct StaticFile {
    pub content_type: &'static str,
    pub plain: Variant,
    pub gzip: Variant,
}

pub struct Variant {
    pub bytes: &'static [u8],
    /// The `ETag` of these bytes, with quotes.
    pub etag: &'static str,
}

/// The [`StaticFile`] `$name` in the `OUT_DIR` of the calling package.
#[macro_export]
macro_rules! static_file {
    ($name:literal, $content_type:literal) => {
        $crate::static_page::StaticFile {
            content_type: $content_type,
            plain: $crate::static_page::Variant {
                bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name)),
                etag: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".etag")),
            },
            gzip: $crate::static_page::Variant {
                bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")),
                etag: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".gz.etag")),
            },
        }
    };
}

/// Answers a request that has `headers`. `vary` is the value of `Vary`.
///
/// Returns 200 with the file, compressed if the client accepts gzip. Returns 304 if `If-None-Match`
/// names what 200 would send.
pub fn respond(file: &StaticFile, headers: &HeaderMap, vary: &'static str) -> Response<&'static [u8]> {
    let compressed = takes_gzip(headers);
    let variant = if compressed { &file.gzip } else { &file.plain };

    let mut response = Response::new(variant.bytes);
    let mut set = |name: HeaderName, value| response.headers_mut().insert(name, value);
    set(ETAG, HeaderValue::from_static(variant.etag));
    set(CACHE_CONTROL, CACHING);
    set(VARY, HeaderValue::from_static(vary));
    set(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if names(headers, variant.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = &[];
        return response;
    }
    set(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    if compressed {
        set(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Makes the body of an answer. The gateway takes text unchanged. It needs other bytes (here:
/// compressed ones) in base64.
pub fn body(bytes: &'static [u8]) -> Body {
    std::str::from_utf8(bytes).map_or_else(|_| Body::Binary(bytes.to_vec()), Body::from)
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
