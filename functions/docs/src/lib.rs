//! `GET /` and `GET /openapi.json`: the documentation page and the contract, both made at build
//! time.

mod assets;
mod language;
mod respond;

use web::{PageEndpoint, static_page::body};

pub use respond::respond;

pub fn endpoint() -> PageEndpoint {
    PageEndpoint::new("docs", |request| {
        respond(request.path(), request.language(), request.headers()).map(body)
    })
}
