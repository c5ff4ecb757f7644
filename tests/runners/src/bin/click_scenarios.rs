//! Click's fifteen official scenarios against a deployment.

use std::process::ExitCode;

use runners::{
    Error,
    click::{Click, scenarios},
    command::{arguments, finish, print},
    merchant::Merchant,
    report::Report,
};

const HELP: &str = "click_scenarios: Click's fifteen official scenarios against a deployment

  --url URL            its address (default http://127.0.0.1:3000, cargo local)
  --service-id ID      CLICK_SERVICE_ID of the deployment (default: the local one)
  --secret-key KEY     CLICK_SECRET_KEY of the deployment (default: the local one)
  --shop-id ID         a live shop, whose payments are paid; Click reaches no test shops
  --shop-key KEY       its key

Two of the payments end paid: the shop's balance grows by 2000.00 UZS with no money behind it. Use a shop made for this,
and refund them through the operator afterwards.
";
const DEFAULTS: [(&str, &str); 5] =
    [("url", "http://127.0.0.1:3000"), ("service-id", "12345"), ("secret-key", "local-click-secret"), ("shop-id", ""), ("shop-key", "")];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await.transpose() {
        Some(report) => finish(report),
        None => {
            print(HELP);
            ExitCode::SUCCESS
        }
    }
}

/// The report; none where only help was asked for.
async fn run() -> Result<Option<Report>, Error> {
    let Some(arguments) = arguments(&DEFAULTS)? else { return Ok(None) };
    let given = |name| arguments.get(name).map(String::as_str).unwrap_or_default();
    let url = given("url").trim_end_matches('/');
    let click = Click::new(url, given("service-id"), given("secret-key"));
    let merchant = Merchant::new(url, given("shop-id"), given("shop-key"));
    scenarios(&click, &merchant).await.map(Some)
}
