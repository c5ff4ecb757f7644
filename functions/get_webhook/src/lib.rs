//! `GET /api/get_webhook`: the shop's webhook and how it fares. Never shows the secret.

use std::sync::Arc;

use shared::edge::{
    Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials,
    webhook::endpoint_answer::EndpointAnswer,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_webhook", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self { credentials: Credentials::parse(request)? })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let endpoint = service.store.webhook_endpoint(&shop.shop_id).await?.ok_or(ApiError::WebhookNotSet)?;
    let waiting = service.store.count_waiting(&shop.shop_id).await?;
    Ok(answer::json(&EndpointAnswer::new(&endpoint, waiting, request.now)))
}
