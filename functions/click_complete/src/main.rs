fn main() -> Result<(), lambda_http::Error> {
    shared::edge::runtime::run(click_complete::endpoint())
}
