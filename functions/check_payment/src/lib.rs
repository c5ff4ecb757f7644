//! `GET /api/check_payment`: the state of a payment, for anyone who knows its order id. Strongly
//! consistent.

use std::sync::Arc;

use shared::{
    domain::id::OrderId,
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, merchant::PaymentState},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("check_payment", Warmup::Payment, handle)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let order_id: OrderId = request.required()?;

    let payment = service.store.payment(&order_id).await?.ok_or(ApiError::OrderNotFound)?;
    request.log_shop(&payment.shop_id);

    Ok(answer::json(&PaymentState::new(&payment, request.now)))
}
