fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(pay_status::endpoint())
}
