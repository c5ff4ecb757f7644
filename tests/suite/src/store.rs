//! A DynamoDB of one's own: in memory, on a free port, with the project's three tables.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Table names as the local stack has them.
pub const SHOPS: &str = "shops";
pub const PAYMENTS: &str = "payments";
pub const TRANSACTIONS: &str = "transactions";

/// An in-memory DynamoDB served over HTTP until it is dropped.
pub struct MemoryStore {
    /// The same data without HTTP, to put it in and to look at it.
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

    /// The same, with the project's tables in it, empty.
    pub async fn with_tables() -> Self {
        let store = Self::start().await;
        create_tables(&client(&store.url(), 1)).await;
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
            .build(),
    )
}

/// Creates the project's three tables with their indexes.
pub async fn create_tables(client: &Client) {
    use ScalarAttributeType::{N, S};
    create_table(client, SHOPS, &[("shop_id", S), ("record", S)], &[]).await;
    create_table(client, PAYMENTS, &[("order_key", S)], &[("shop_payments", [("shop_id", S), ("sort_key", S)], ProjectionType::All)]).await;
    create_table(
        client,
        TRANSACTIONS,
        &[("transaction_key", S)],
        &[
            ("provider_statement", [("provider_day", S), ("provider_time", N)], ProjectionType::KeysOnly),
            ("owner_transactions", [("owner", S), ("created_at", N)], ProjectionType::KeysOnly),
        ],
    )
    .await;
}

/// An attribute that is a key, and its type.
type Key = (&'static str, ScalarAttributeType);

async fn create_table(client: &Client, name: &str, keys: &[Key], indexes: &[(&str, [Key; 2], ProjectionType)]) {
    let mut attributes: Vec<Key> = keys.to_vec();
    for key in indexes.iter().flat_map(|(_, keys, _)| keys) {
        if !attributes.contains(key) {
            attributes.push(key.clone());
        }
    }
    let attributes = attributes
        .into_iter()
        .map(|(name, kind)| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().expect("complete"));
    let indexes = indexes.iter().map(|(name, keys, projection)| {
        GlobalSecondaryIndex::builder()
            .index_name(*name)
            .set_key_schema(Some(key_schema(keys)))
            .projection(Projection::builder().projection_type(projection.clone()).build())
            .build()
            .expect("complete")
    });
    let indexes: Vec<_> = indexes.collect();
    client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(attributes.collect()))
        .set_key_schema(Some(key_schema(keys)))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("the table is created");
}

/// The first key is the partition's, the second the sort key.
fn key_schema(keys: &[Key]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    keys.iter()
        .zip(kinds)
        .map(|((name, _), kind)| KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().expect("complete"))
        .collect()
}
