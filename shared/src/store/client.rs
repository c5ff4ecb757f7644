//! The DynamoDB client, with time-outs and retries of our own.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::{
    Client,
    config::{
        Builder,
        retry::{RetryPartition, TokenBucket},
    },
};

use aws_smithy_http_client::{
    Builder as HttpClientBuilder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{
    TrustedRoots,
    retry::{CountAttempts, RetryConflicts},
};

/// Time for one attempt. DynamoDB answers within some ten milliseconds. The rest is for a first
/// connection after a freeze, on a small share of a processor.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
/// Time for one call with all its attempts. A function makes two calls for one answer and has 10
/// seconds.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(4500);
const CONNECT_TIMEOUT: Duration = Duration::from_millis(800);
/// Conflicts on a busy shop's balance need many short attempts. The time-out of the call is the
/// real bound.
const ATTEMPTS_MAX: u32 = 12;
const BACKOFF_INITIAL: Duration = Duration::from_millis(25);
const BACKOFF_MAX: Duration = Duration::from_millis(500);

/// Reads credentials, region and endpoint from the environment (`AWS_ENDPOINT_URL_DYNAMODB` names a
/// local store). The client trusts `roots` alone.
pub fn environment(roots: TrustedRoots) -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client(roots))
        // Stalled-stream protection watches slow bodies. Ours are small, and every call has a
        // time-out. After a freeze the clock jumps, and the protection would report a stall that
        // did not happen.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

/// Makes a client from `config` with these time-outs and retries.
pub async fn connect(config: ConfigLoader) -> Client {
    let config = config.load().await;
    Client::from_conf(with_bounds(Builder::from(&config)).build())
}

/// The SDK's default client, but for its roots. The plain way to give a client its roots,
/// `build_https`, would ignore the variables of a proxy (`HTTPS_PROXY`).
fn http_client(TrustedRoots(roots): TrustedRoots) -> SharedHttpClient {
    HttpClientBuilder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(roots.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

fn with_bounds(builder: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(BACKOFF_INITIAL)
        .with_max_backoff(BACKOFF_MAX);
    // The SDK's retry bucket would empty in an outage and leave later requests without retries,
    // when a lost answer matters most. Each call is bounded by its time instead. A function has one
    // request at a time, so its retries cannot pile up.
    let unmetered =
        RetryPartition::custom("time is the bound").token_bucket(TokenBucket::unlimited()).build();
    builder
        .retry_partition(unmetered)
        .timeout_config(timeouts)
        .retry_config(retries)
        .retry_classifier(RetryConflicts)
        .interceptor(CountAttempts)
}
