//! `GET /` and `GET /openapi.json`: the documentation page and the contract, both made at build
//! time.

mod assets;
mod language;
mod respond;

use std::sync::Arc;

use shared::edge::{Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup, static_page::body};

pub use respond::respond;

pub fn endpoint() -> Endpoint {
    Endpoint::new("docs", Warmup::Nothing, handle)
}

async fn handle(_: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    // An unknown language is ignored, so that a reader always gets the page.
    let language: Option<Language> = request.optional().ok().flatten();

    Ok(respond(request.path(), language, request.headers()).map(body))
}
