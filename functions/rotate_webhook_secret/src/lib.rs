//! `GET /api/rotate_webhook_secret`: replaces the secret that signs a shop's webhooks. Every call
//! makes a new one.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        id::ShopId,
        webhook::secret::{OldSecretHours, WebhookSecret},
    },
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("rotate_webhook_secret", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    old_secret_hours: OldSecretHours,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        Ok(Self {
            credentials: Credentials::parse(request)?,
            old_secret_hours: request.optional()?.unwrap_or(OldSecretHours::DAY),
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, old_secret_hours } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let secret = WebhookSecret::random().map_err(|error| ApiError::Internal(error.to_string()))?;
    let old_secret_ends = old_secret_hours.after(request.now);
    if !service.store.rotate_secret(&shop.shop_id, &secret, old_secret_ends).await? {
        return Err(ApiError::WebhookNotSet);
    }
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        secret: secret.reveal(),
        old_secret_expires_at: old_secret_ends.tashkent(),
        old_secret_expires_at_iso: old_secret_ends.iso(),
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    secret: String,
    old_secret_expires_at: String,
    old_secret_expires_at_iso: String,
}
