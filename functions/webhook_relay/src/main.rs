fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run_invoked(webhook_relay::function())
}
