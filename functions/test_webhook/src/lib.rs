//! `GET /api/test_webhook`: sends a `webhook.test` to the shop's webhook now, and tells what it
//! answered.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use shared::{
    domain::{
        error_class::ErrorClass,
        id::ShopId,
        time::UnixMillis,
        tokens::RetryAfter,
        webhook::{
            endpoint::WebhookEndpoint,
            outcome::{FailureClass, Outcome},
        },
        webhook_url::WebhookUrl,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer,
        service::Credentials,
        webhook::{Message, Tried, send},
    },
};

/// The receiver has 10 s of it.
const TIME_MAX: Duration = Duration::from_secs(15);

pub fn endpoint() -> Endpoint {
    Endpoint::new("test_webhook", Warmup::Profile, handle).with_time_max(TIME_MAX)
}

struct Parameters {
    credentials: Credentials,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        Ok(Self { credentials: Credentials::parse(request)? })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let message = Message::test(shop.mode, request.now).map_err(internal)?;
    let endpoint = begin(&service, &shop.shop_id, &message, request.now).await?;
    let tried = test(&service, &request, &endpoint, &message).await?;
    service.store.endpoint_tested(&endpoint, tried.is_fast()).await?;
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        event_id: &message.id,
        http_status: tried.outcome.http_status(),
        error_class: tried.outcome.failure_class(),
        milliseconds: tried.milliseconds,
    }))
}

/// Returns the endpoint to test, unless another test was made a moment ago.
async fn begin(
    service: &Service,
    shop_id: &ShopId,
    message: &Message,
    now: UnixMillis,
) -> Result<WebhookEndpoint, ApiError> {
    let endpoint = || async { service.store.webhook_endpoint(shop_id).await?.ok_or(ApiError::WebhookNotSet) };
    let read = endpoint().await?;
    if service.store.begin_test(shop_id, &message.id, now).await? {
        return Ok(read);
    }
    // Another call tested or deleted it, perhaps after the first read.
    let next_test_at = endpoint().await?.next_test_at().unwrap_or(now);
    Err(ApiError::TooManyTests(seconds_until(next_test_at, now)))
}

/// Returns the whole seconds until `time`, at least one.
fn seconds_until(time: UnixMillis, now: UnixMillis) -> RetryAfter {
    let millis = u64::try_from(time.get() - now.get()).unwrap_or_default();
    RetryAfter(millis.div_ceil(1000).max(1))
}

async fn test(
    service: &Service,
    request: &ApiRequest,
    endpoint: &WebhookEndpoint,
    message: &Message,
) -> Result<Tried, ApiError> {
    let clock = &*service.clock;
    // The rules may have changed since it was set.
    let Ok(url) = WebhookUrl::parse(&endpoint.url, &service.webhook_url_rules(request)) else {
        let outcome = Outcome::Failed(ErrorClass::AddressForbidden);
        return Ok(Tried { at: clock.now(), outcome, milliseconds: 0 });
    };
    send(&service.sender, &url, message, &endpoint.secrets, clock).await.map_err(internal)
}

fn internal(error: impl ToString) -> ApiError {
    ApiError::Internal(error.to_string())
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    event_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// Absent if the receiver took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<FailureClass>,
    milliseconds: u32,
}
