fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run_direct(operator::function())
}
