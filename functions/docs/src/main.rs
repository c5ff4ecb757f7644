fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(docs::endpoint())
}
