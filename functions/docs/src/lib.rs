//! `GET /`, `GET /openapi.json` and every address that no other function answers: the documentation
//! page, the contract, the icon, and a 404 that its reader understands.

mod assets;
mod language;
mod not_found;
mod pages;
mod place;
mod respond;
mod site;

use web::PageEndpoint;

pub use pages::Pages;
pub use respond::{Request, respond};
pub use site::Site;

pub fn endpoint(site: Site) -> PageEndpoint {
    let pages = Pages::new(site);
    PageEndpoint::new("docs", move |request| {
        respond(
            &pages,
            &Request {
                method: request.method(),
                path: request.path(),
                chosen: request.language(),
                headers: request.headers(),
                request_id: request.request_id(),
            },
        )
    })
}
