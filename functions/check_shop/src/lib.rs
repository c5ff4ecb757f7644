//! `GET /api/check_shop`: whether a shop id and its key belong together.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::id::ShopId,
    edge::{Answer, ApiError, Call, Endpoint, Prime, Service, answer, error, service::Credentials},
};

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    valid: bool,
    shop_id: &'a ShopId,
}

pub fn endpoint() -> Endpoint {
    Endpoint::new("check_shop", Prime::Profile, handle).refusing_with(error::refuse_as_invalid)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    let credentials = Credentials::parse(&call)?;

    let shop = service.login(&call, &credentials).await?;

    Ok(answer::json(&Body { success: true, valid: true, shop_id: &shop.shop_id }))
}
