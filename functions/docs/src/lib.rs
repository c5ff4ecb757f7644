//! `GET /` and `GET /openapi.json`: the documentation page and the contract, both made at build
//! time.

mod assets;
mod language;
mod respond;

use std::sync::Arc;

use lambda_http::Body;
use shared::edge::{Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup};

pub use respond::respond;

pub fn endpoint() -> Endpoint {
    Endpoint::new("docs", Warmup::Nothing, handle)
}

async fn handle(_: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    // An unknown language is ignored, so that a reader always gets the page.
    let language: Option<Language> = request.optional().ok().flatten();

    Ok(respond(request.path(), language, request.headers()).map(body))
}

/// The gateway takes text unchanged. It needs other bytes (here: compressed ones) in base64.
fn body(bytes: &'static [u8]) -> Body {
    std::str::from_utf8(bytes).map_or_else(|_| Body::Binary(bytes.to_vec()), Body::from)
}
