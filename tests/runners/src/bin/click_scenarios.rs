//! Click's fifteen official scenarios against a deployment.

use std::process::ExitCode;

use runners::{
    click::{Click, scenarios},
    command::program,
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
const DEFAULTS: [(&str, &str); 5] = [
    ("url", "http://127.0.0.1:3000"),
    ("service-id", "12345"),
    ("secret-key", "local-click-secret"),
    ("shop-id", ""),
    ("shop-key", ""),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program(HELP, &DEFAULTS, async |given| {
        let click = Click::new(given.url(), given.get("service-id"), given.get("secret-key"));
        scenarios(&click, &given.merchant()).await
    })
    .await
}
