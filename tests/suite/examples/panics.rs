//! A function whose handler panics, to see what a caller gets.

use shared::edge::{ApiError, Endpoint, Prime, runtime};

fn main() -> Result<(), lambda_http::Error> {
    runtime::run(Endpoint::new("panics", Prime::Nothing, |_, call| async move {
        if call.path() == "/api/panic" { unreachable!("as the test asked") } else { Err(ApiError::OrderNotFound) }
    }))
}
