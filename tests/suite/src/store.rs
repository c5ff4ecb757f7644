//! A DynamoDB for one test: in memory, on a free port, with the tables of template.yaml.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Config, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig,
};
use local::store::{Data, Served, create_tables};
use local::template::Template;

/// Table names as the local stack has them.
pub const SHOPS: &str = "shops";
pub const PAYMENTS: &str = "payments";
pub const TRANSACTIONS: &str = "transactions";
pub const EVENTS: &str = "events";

/// Serves an in-memory DynamoDB with the tables of template.yaml, empty, until it is dropped.
pub async fn with_tables() -> Served {
    let store = Served::start(&Data::Memory, 0).await.expect("SQLite in memory opens");
    let template = Template::read().expect("template.yaml is read");
    create_tables(&client(&store.endpoint(), 1), &template, false).await.expect("the tables are created");
    store
}

/// Returns the real SDK's client for the endpoint `url`. `attempts` is the number of tries of a
/// call (1: no retry).
pub fn client(url: &str, attempts: u32) -> Client {
    // The first retry waits a tenth of a second at most, instead of a whole one.
    let retries =
        RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(100));
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .region(Region::from_static("us-east-1"))
            .endpoint_url(url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(retries)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build(),
    )
}
