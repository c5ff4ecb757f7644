use docs::Site;

fn main() -> Result<(), lambda_http::Error> {
    web::runtime::run(docs::endpoint(Site::read(|name| std::env::var(name).ok())))
}
