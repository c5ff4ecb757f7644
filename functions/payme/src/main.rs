fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run_provider(payme::endpoint(), |settings| settings.payme.problem())
}
