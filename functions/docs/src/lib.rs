//! `GET /`, `GET /openapi.json` and every address that no other function answers: the documentation
//! page, the contract, the icon, and a 404 that its reader understands.

mod assets;
mod language;
mod not_found;
mod pages;
mod place;
mod respond;
mod site;

use std::sync::Arc;

use shared::edge::{Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup};

pub use pages::Pages;
pub use respond::{Request, respond};
pub use site::Site;

pub fn endpoint(site: Site) -> Endpoint {
    let pages = Arc::new(Pages::new(site));
    Endpoint::new("docs", Warmup::Nothing, move |_: Arc<Service>, request: Arc<ApiRequest>| {
        let pages = pages.clone();
        async move { Ok::<Answer, ApiError>(answer(&pages, &request)) }
    })
}

fn answer(pages: &Pages, request: &ApiRequest) -> Answer {
    // An unknown language is ignored, so that a reader always gets the page.
    let chosen: Option<Language> = request.optional().ok().flatten();
    respond(
        pages,
        &Request {
            method: request.method(),
            path: request.path(),
            chosen,
            headers: request.headers(),
            request_id: &request.request_id,
        },
    )
}
