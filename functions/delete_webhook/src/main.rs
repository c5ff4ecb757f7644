fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(delete_webhook::endpoint())
}
