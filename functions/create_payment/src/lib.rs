//! `GET /api/create_payment`: creates a payment. With an idempotency key, returns the payment that
//! already belongs to the key.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        credential::IdempotencyKey,
        id::{OrderId, OrderKey, PaymentId, ShopId},
        mode::Mode,
        money::MoneyNumber,
        payment::{Order, Payment, Status},
        text::{Description, MerchantOrderId, ReturnUrl},
    },
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("create_payment", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    idempotency_key: Option<IdempotencyKey>,
    order: Order,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        let credentials = Credentials::parse(request)?;
        // The amount comes first, so that its error wins if both parameters are wrong.
        let amount = request.required()?;
        Ok(Self {
            credentials,
            idempotency_key: request.optional()?,
            order: Order {
                amount,
                merchant_order_id: request.optional()?,
                description: request.optional()?,
                return_url: request.optional()?,
            },
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, idempotency_key, order } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;
    service.admit_payment(&request, &shop).await?;

    let order_key = idempotency_key.map_or_else(OrderKey::random, |key| shop.id_secret.order_key(&key));
    let payment = Payment::new(&shop, order, order_key, request.now, service.settings.payment_lifetime_ms);
    let payment = service.store.create_payment(payment).await?;

    Ok(answer::json(&Body::new(&payment, &service.public_url(&request)?)))
}

/// The payment as it was created. A repeat gets the same bytes, whatever its status is now.
#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    payment_id: &'a PaymentId,
    order_id: &'a OrderId,
    shop_id: &'a ShopId,
    amount: MoneyNumber,
    amount_formatted: String,
    created_at: String,
    status: &'static str,
    mode: Mode,
    created_at_iso: String,
    expires_at: String,
    expires_at_iso: String,
    pay_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_id: Option<&'a MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
}

impl<'a> Body<'a> {
    fn new(payment: &'a Payment, public_url: &str) -> Self {
        Self {
            success: true,
            payment_id: &payment.payment_id,
            order_id: &payment.order_id,
            shop_id: &payment.shop_id,
            amount: payment.amount.money().number(),
            amount_formatted: payment.amount.money().formatted(),
            created_at: payment.created_at.tashkent(),
            status: Status::Pending.into_str(),
            mode: payment.mode,
            created_at_iso: payment.created_at.iso(),
            expires_at: payment.expires_at.tashkent(),
            expires_at_iso: payment.expires_at.iso(),
            pay_url: format!("{public_url}/pay/{}", payment.order_id),
            merchant_order_id: payment.merchant_order_id.as_ref(),
            description: payment.description.as_ref(),
            return_url: payment.return_url.as_ref().map(ReturnUrl::as_str),
        }
    }
}
