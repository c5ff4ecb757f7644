//! `GET /api/delete_webhook`: deletes the shop's webhook and its secrets. A repeat succeeds.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::id::ShopId,
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("delete_webhook", Warmup::Profile, handle)
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

    service.store.delete_endpoint(&shop.shop_id, request.now).await?;
    Ok(answer::json(&Body { success: true, shop_id: &shop.shop_id }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
}
