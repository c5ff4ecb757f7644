//! Runs the scenarios of Payme's sandbox against a deployment.

use std::process::ExitCode;

use runners::{
    command::program,
    payme::{Payme, sandbox},
};

const HELP: &str = "payme_sandbox: runs the scenarios of Payme's sandbox against a deployment

  --url URL        its address (default http://127.0.0.1:3000, cargo local)
  --key KEY        its PAYME_TEST_KEY (default: that of cargo local)
  --shop-id ID     a test shop that creates the payments (default 101)
  --shop-key KEY   the key of the shop (default test_key_123)

The scenarios do not change the shop's balance: what they pay, they refund.
";
const DEFAULTS: [(&str, &str); 4] = [
    ("url", "http://127.0.0.1:3000"),
    ("key", "local-payme-test-key"),
    ("shop-id", "101"),
    ("shop-key", "test_key_123"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program(HELP, &DEFAULTS, async |given| {
        let payme = Payme::new(given.url(), given.get("key"));
        sandbox(&payme, &given.merchant()).await
    })
    .await
}
