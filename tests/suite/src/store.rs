//! A DynamoDB of one's own: in memory, on a free port, with the tables of template.yaml.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region, StalledStreamProtectionConfig, retry::RetryConfig};
use dynoxide::Database;
use local::store::create_tables;
use local::template::Template;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Table names as the local stack has them.
pub const SHOPS: &str = "shops";
pub const PAYMENTS: &str = "payments";
pub const TRANSACTIONS: &str = "transactions";

/// An in-memory DynamoDB served over HTTP until it is dropped.
pub struct MemoryStore {
    /// The same data without HTTP.
    pub db: Database,
    address: SocketAddr,
    _server: JoinSet<()>,
}

impl MemoryStore {
    /// Serves an empty DynamoDB on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let db = Database::memory().expect("SQLite in memory opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let mut server = JoinSet::new();
        server.spawn(dynoxide::server::serve_on(listener, db.clone()));
        Self { db, address, _server: server }
    }

    /// The same, with the tables of template.yaml in it, empty.
    pub async fn with_tables() -> Self {
        let store = Self::start().await;
        let template = Template::read().expect("template.yaml is read");
        create_tables(&client(&store.url(), 1), &template).await.expect("the tables are created");
        store
    }

    /// The endpoint, as `AWS_ENDPOINT_URL_DYNAMODB` takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The real SDK's client for the endpoint `url`; `attempts` is how often it tries a call in all (1: no retry).
pub fn client(url: &str, attempts: u32) -> Client {
    // A tenth of a second at most before the first retry, not a whole one.
    let retries = RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(100));
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .region(Region::from_static("us-east-1"))
            .endpoint_url(url)
            .retry_config(retries)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build(),
    )
}
