//! `GET /api/get_balance`: the money of paid payments, less refunds and payouts. Strongly consistent.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{id::ShopId, money::MoneyNumber},
    edge::{Answer, ApiError, Call, Endpoint, Prime, Service, answer, service::Credentials},
};

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    balance: MoneyNumber,
    balance_formatted: String,
}

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_balance", Prime::ProfileAndBalance, handle)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    let credentials = Credentials::parse(&call)?;

    let (shop, balance) = service.login_with_balance(&call, &credentials).await?;

    let money = balance.balance;
    Ok(answer::json(&Body { success: true, shop_id: &shop.shop_id, balance: money.number(), balance_formatted: money.formatted() }))
}
