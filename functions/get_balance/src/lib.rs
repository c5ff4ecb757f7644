//! `GET /api/get_balance`: the sum of paid payments, less refunds and payouts. Strongly consistent.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{id::ShopId, money::MoneyNumber},
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_balance", Warmup::ProfileAndBalance, handle)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let credentials = Credentials::parse(&request)?;

    let (shop, balance) = service.authenticate_with_balance(&request, &credentials).await?;

    let money = balance.balance;
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        balance: money.number(),
        balance_formatted: money.formatted(),
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    balance: MoneyNumber,
    balance_formatted: String,
}
