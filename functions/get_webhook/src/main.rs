fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(get_webhook::endpoint())
}
