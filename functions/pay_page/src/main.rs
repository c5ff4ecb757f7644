use pay_page::Providers;

fn main() -> Result<(), lambda_http::Error> {
    let providers = Providers::from_settings(|name| std::env::var(name).ok())?;
    shared::edge::runtime::run(pay_page::endpoint(providers))
}
