//! `GET /api/set_webhook`: sets where a shop wants its events, or changes it.

use std::sync::Arc;

use shared::{
    domain::{
        id::ShopId,
        shop::{Access, Profile},
        time::UnixMillis,
        webhook::{
            endpoint::WebhookEndpoint,
            event_types::EventTypes,
            secret::{Secrets, WebhookSecret},
        },
        webhook_url::WebhookUrl,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Parameter, Service, Warmup, answer, service::Credentials,
        webhook::endpoint_answer::EndpointAnswer,
    },
    store::{StoredEndpoint, Tombstone},
};

/// How often a call decides again because another one set or deleted the webhook meanwhile.
const DECISIONS_MAX: u32 = 10;

pub fn endpoint() -> Endpoint {
    Endpoint::new("set_webhook", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    url: WebhookUrl,
    events: EventTypes,
}

/// The parameter `url`. What it may be depends on the deployment.
struct UrlText(String);

impl Parameter for UrlText {
    const NAME: &'static str = "url";

    fn parse(text: &str) -> Result<Self, ApiError> {
        Ok(Self(text.to_owned()))
    }
}

impl Parameters {
    fn parse(service: &Service, request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        let credentials = Credentials::parse(request)?;
        let UrlText(url) = request.required()?;
        Ok(Self {
            credentials,
            url: WebhookUrl::parse(&url, &service.webhook_url_rules(request))?,
            events: request.optional()?.unwrap_or_else(EventTypes::all),
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, url, events } = Parameters::parse(&service, &request)?;

    let shop = service.authenticate(&request, &credentials).await?;
    check_access(&service, &shop)?;

    // Counted first: once a secret is made, nothing may keep it from being shown.
    let waiting = service.store.count_waiting(&shop.shop_id).await?;
    let Applied { endpoint, secret } = apply(&service, &shop.shop_id, &url, &events, request.now).await?;
    let shown = EndpointAnswer::new(&endpoint, waiting, request.now);
    Ok(answer::json(&match &secret {
        Some(secret) => shown.with_secret(secret),
        None => shown,
    }))
}

/// Everybody has the key of a public shop, so anybody could send signed requests to a stranger.
fn check_access(service: &Service, shop: &Profile) -> Result<(), ApiError> {
    match shop.access {
        Access::Public if !service.settings.webhooks.public_shops => Err(ApiError::PublicShop),
        Access::Public | Access::Private => Ok(()),
    }
}

/// What a call did.
struct Applied {
    endpoint: WebhookEndpoint,
    /// The secret that it made, if the shop had no webhook.
    secret: Option<WebhookSecret>,
}

/// Changes the webhook, or creates it if there is none. Of two calls that find none, one creates it
/// and shows its secret. The other changes it.
async fn apply(
    service: &Service,
    shop_id: &ShopId,
    url: &WebhookUrl,
    events: &EventTypes,
    now: UnixMillis,
) -> Result<Applied, ApiError> {
    for _ in 0..DECISIONS_MAX {
        if let Some(endpoint) = service.store.change_endpoint(shop_id, url.as_str(), events, now).await? {
            return Ok(Applied { endpoint, secret: None });
        }
        let secret = WebhookSecret::random().map_err(|error| ApiError::Internal(error.to_string()))?;
        let (url, secrets) = (url.as_str().to_owned(), Secrets::new(secret.clone()));
        let endpoint = WebhookEndpoint::new(shop_id.clone(), url, events.clone(), secrets, now);
        let endpoint = after_deleted(endpoint, service.store.stored_endpoint(shop_id).await?);
        if service.store.create_endpoint(&endpoint).await? {
            return Ok(Applied { endpoint, secret: Some(secret) });
        }
    }
    Err(ApiError::StoreUnavailable("the webhook kept changing".to_owned()))
}

/// Keeps what a deleted webhook leaves to its successor: who deletes and sets it again can neither
/// test it sooner nor be fast again sooner.
fn after_deleted(endpoint: WebhookEndpoint, before: Option<StoredEndpoint>) -> WebhookEndpoint {
    match before {
        Some(StoredEndpoint::Deleted(Tombstone { tested_at, slow_until, .. })) => {
            WebhookEndpoint { tested_at, slow_until, ..endpoint }
        }
        Some(StoredEndpoint::Set(_)) | None => endpoint,
    }
}
