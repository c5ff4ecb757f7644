//! Runs Click's fifteen official scenarios against a deployment.

use std::process::ExitCode;

use runners::{
    click::{Click, scenarios},
    command::program,
};

const HELP: &str = "click_scenarios: runs Click's fifteen official scenarios against a deployment

  --url URL            its address (default http://127.0.0.1:3000, cargo local)
  --service-id ID      its CLICK_SERVICE_ID (default: that of cargo local)
  --secret-key KEY     its CLICK_SECRET_KEY (default: that of cargo local)
  --shop-id ID         a live shop that creates the payments; Click cannot pay those of a test shop
  --shop-key KEY       the key of the shop

Two of the payments end paid, so the shop's balance grows by 2000.00 UZS without real money. Use a shop made for this,
and refund the two payments with the operator's command refund_payment afterwards.
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
