fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(export_events::endpoint())
}
