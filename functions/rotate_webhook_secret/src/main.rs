fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(rotate_webhook_secret::endpoint())
}
