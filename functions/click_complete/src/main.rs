fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run_provider(click_complete::endpoint(), |settings| settings.click.problem())
}
