//! The lines of the log that tell of shops, beside those of every function.

use serde::Serialize;

pub use web::log::{LogSink, RequestLine, StandardError, milliseconds, write};

/// The progress of a long request.
#[derive(Serialize)]
pub(super) struct ProgressLine<'a> {
    pub level: &'static str,
    pub function: &'a str,
    pub request_id: &'a str,
    pub shop_id: &'a str,
    pub progress: String,
}

/// Something that a function found.
#[derive(Serialize)]
pub(super) struct FindingLine<'a, T: Serialize> {
    pub level: &'static str,
    pub function: &'a str,
    pub request_id: &'a str,
    pub outcome: &'static str,
    #[serde(flatten)]
    pub fields: &'a T,
}

/// A payment that is created although its counter did not answer.
#[derive(Serialize)]
pub(super) struct UncountedLine<'a> {
    pub level: &'static str,
    pub request_id: &'a str,
    pub shop_id: &'a str,
    pub outcome: &'static str,
    pub detail: String,
}
