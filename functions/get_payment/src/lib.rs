//! `GET /api/get_payment`: everything about one payment of the caller's shop. Strongly consistent.

mod body;

use std::sync::Arc;

use shared::{
    domain::{
        attempt::Attempt, credential::IdempotencyKey, id::OrderId, payment::Payment, shop::Profile,
        text::MerchantOrderId,
    },
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
    store::StoreError,
};

use body::Body;

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_payment", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    name: Name,
}

/// What the merchant calls the payment.
enum Name {
    Order(OrderId),
    Idempotency(IdempotencyKey),
    /// Of several payments it means the newest.
    Merchant(MerchantOrderId),
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self { credentials: Credentials::parse(request)?, name: name(request)? })
    }
}

/// Counts the names before it reads one: a name too many is the mistake, whatever its form.
fn name(request: &ApiRequest) -> Result<Name, ApiError> {
    match (request.has::<OrderId>()?, request.has::<IdempotencyKey>()?, request.has::<MerchantOrderId>()?) {
        (true, false, false) => request.required().map(Name::Order),
        (false, true, false) => request.required().map(Name::Idempotency),
        (false, false, true) => request.required().map(Name::Merchant),
        (false, false, false) => {
            Err(ApiError::MissingParameter("order_id, idempotency_key or merchant_order_id"))
        }
        _ => Err(ApiError::UnsupportedCombination("order_id, idempotency_key and merchant_order_id")),
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, name } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let payment = find(&service, &shop, &name).await?.filter(|payment| payment.shop_id == shop.shop_id);
    let payment = payment.ok_or(ApiError::OrderNotFound)?;
    let attempt = attempt_with_receipts(&service, &payment).await?;
    Ok(answer::json(&Body::new(&payment, attempt.as_ref(), request.now)?))
}

async fn find(service: &Service, shop: &Profile, name: &Name) -> Result<Option<Payment>, StoreError> {
    match name {
        Name::Order(order_id) => service.store.payment(order_id).await,
        Name::Idempotency(key) => service.store.payment_under(&shop.id_secret.order_key(key)).await,
        Name::Merchant(number) => service.store.newest_payment(&shop.shop_id, number).await,
    }
}

/// Reads the attempt that paid, if it may have fiscal receipts: only Payme sends them, and only
/// after the payment.
async fn attempt_with_receipts(service: &Service, payment: &Payment) -> Result<Option<Attempt>, StoreError> {
    let paid_by = payment.held_by.as_ref().filter(|_| payment.paid_at.is_some());
    match paid_by.filter(|key| key.payme_id().is_some()) {
        Some(key) => service.store.attempt(key).await,
        None => Ok(None),
    }
}
