fn main() -> Result<(), lambda_http::Error> {
    web::runtime::run(docs::endpoint())
}
