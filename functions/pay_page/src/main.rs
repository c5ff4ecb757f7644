use pay_page::Providers;
use shared::edge::runtime;

fn main() -> Result<(), lambda_http::Error> {
    let providers = Providers::read(|name| std::env::var(name).ok());
    for problem in providers.problems() {
        runtime::warn("pay_page", &format!("{problem}; the pages are served without this provider"));
    }
    runtime::run(pay_page::endpoint(providers))
}
