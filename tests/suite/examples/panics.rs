//! A function that panics, to see what a caller gets.

use web::{PageEndpoint, runtime, static_page::body};

fn main() -> Result<(), lambda_http::Error> {
    runtime::run(PageEndpoint::new("panics", |request| {
        assert_ne!(request.path(), "/api/panic", "as the test asked");
        http::Response::new(body(b"no panic"))
    }))
}
