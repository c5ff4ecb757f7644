//! `GET /api/check_payment`: the state of a payment, for whoever knows its order id. Strongly consistent.

use std::sync::Arc;

use shared::{
    domain::id::OrderId,
    edge::{Answer, ApiError, Call, Endpoint, Prime, Service, answer, merchant::PaymentState},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("check_payment", Prime::Payment, handle)
}

async fn handle(service: Arc<Service>, call: Arc<Call>) -> Result<Answer, ApiError> {
    let order_id: OrderId = call.required()?;

    let payment = service.store.payment(&order_id).await?.ok_or(ApiError::OrderNotFound)?;
    call.belongs_to(&payment.shop_id);

    Ok(answer::json(&PaymentState::new(&payment, call.now)))
}
