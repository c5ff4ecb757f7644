fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(resend_event::endpoint())
}
