fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(set_webhook::endpoint())
}
