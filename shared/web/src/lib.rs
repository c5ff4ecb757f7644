//! HTTP behind the gateway, without a store. The functions that only serve pages use nothing else;
//! `shared`, which knows the store, builds upon it.

pub mod event;
mod imprint;
mod language;
pub mod log;
mod page;
pub mod query;
pub mod request;
pub mod runtime;
pub mod setting;
pub mod static_page;

pub use imprint::Imprint;
pub use language::Language;
pub use page::{PageEndpoint, PageRequest};

/// The HTTP response of an endpoint.
pub type Answer = http::Response<lambda_http::Body>;
