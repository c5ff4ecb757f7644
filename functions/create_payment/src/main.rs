fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(create_payment::endpoint())
}
