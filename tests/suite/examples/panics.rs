//! A function whose handler panics, to see what a caller gets.

use shared::edge::{ApiError, Endpoint, Warmup, runtime};

fn main() -> Result<(), lambda_http::Error> {
    runtime::run(Endpoint::new("panics", Warmup::Nothing, |_, call| async move {
        if call.path() == "/api/panic" {
            unreachable!("as the test asked")
        } else {
            Err(ApiError::OrderNotFound)
        }
    }))
}
