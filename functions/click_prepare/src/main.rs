fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run_provider(click_prepare::endpoint(), |settings| settings.click.problem())
}
