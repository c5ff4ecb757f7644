//! `GET /api/check_shop`: whether a key is valid for a shop.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::id::ShopId,
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, error, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("check_shop", Warmup::Profile, handle).refusing_with(error::refuse_as_invalid)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let credentials = Credentials::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    Ok(answer::json(&Body { success: true, valid: true, shop_id: &shop.shop_id }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    valid: bool,
    shop_id: &'a ShopId,
}
