//! The scenarios of Payme's sandbox against a deployment.

use std::process::ExitCode;

use runners::{
    Error,
    command::{arguments, finish, print},
    merchant::Merchant,
    payme::{Payme, sandbox},
    report::Report,
};

const HELP: &str = "payme_sandbox: the scenarios of Payme's sandbox against a deployment

  --url URL        its address (default http://127.0.0.1:3000, cargo local)
  --key KEY        PAYME_TEST_KEY of the deployment (default: the local one)
  --shop-id ID     a test shop, whose payments are paid (default 101)
  --shop-key KEY   its key (default test_key_123)

The shop's balance is afterwards what it was before.
";
const DEFAULTS: [(&str, &str); 4] =
    [("url", "http://127.0.0.1:3000"), ("key", "local-payme-test-key"), ("shop-id", "101"), ("shop-key", "test_key_123")];

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
    let payme = Payme::new(url, given("key"));
    let merchant = Merchant::new(url, given("shop-id"), given("shop-key"));
    sandbox(&payme, &merchant).await.map(Some)
}
