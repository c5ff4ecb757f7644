fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(test_webhook::endpoint())
}
