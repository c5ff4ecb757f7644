//! The scenarios of Payme's sandbox against a deployment.

use std::process::ExitCode;

use runners::{
    command::program,
    payme::{Payme, sandbox},
};

const HELP: &str = "payme_sandbox: the scenarios of Payme's sandbox against a deployment

  --url URL        its address (default http://127.0.0.1:3000, cargo local)
  --key KEY        PAYME_TEST_KEY of the deployment (default: the local one)
  --shop-id ID     a test shop, whose payments are paid (default 101)
  --shop-key KEY   its key (default test_key_123)

The shop's balance is afterwards what it was before.
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
