fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(check_shop::endpoint())
}
