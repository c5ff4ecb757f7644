//! `POST /pay/{order_id}/test`: pays a payment of a test shop and leads back to its page, which
//! shows the result.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use shared::{
    domain::{id::OrderId, mode::Mode, shop::ShopStatus},
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup, answer::text_with_status,
        endpoint::with_outcome,
    },
};

const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

pub fn endpoint() -> Endpoint {
    Endpoint::new("pay_test", Warmup::Payment, handle).refusing_with(refuse)
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let order_id = request
        .path_parameter("order_id")
        .and_then(|text| OrderId::parse(text).ok())
        .ok_or(ApiError::OrderNotFound)?;

    let payment = service
        .store
        .payment(&order_id)
        .await?
        .filter(|payment| payment.mode == Mode::Test)
        .ok_or(ApiError::OrderNotFound)?;
    request.log_shop(&payment.shop_id);
    let shop = service.store.profile(&payment.shop_id).await?.ok_or(ApiError::OrderNotFound)?;

    let paid = shop.status == ShopStatus::Active
        && service.store.pay_by_test_button(payment, shop.fee_rate, request.now).await?;

    let page = see_page(&service, &request, &order_id)?;
    Ok(with_outcome(page, if paid { "paid" } else { "unchanged" }))
}

fn see_page(service: &Service, request: &ApiRequest, order_id: &OrderId) -> Result<Answer, ApiError> {
    // Without a public address, the relative one works: the page is one step up.
    let page = service
        .public_url(request)
        .map_or_else(|_| format!("../{order_id}"), |url| format!("{url}/pay/{order_id}"));
    // The form of the page sends its language in the address.
    let language: Option<Language> = request.optional().ok().flatten();
    let page = language.map_or_else(|| page.clone(), |language| format!("{page}?lang={}", language.code()));
    let location = HeaderValue::from_str(&page)
        .map_err(|_| ApiError::Internal("PUBLIC_URL is not a valid address".to_owned()))?;
    let mut answer = text_with_status(StatusCode::SEE_OTHER, PLAIN_TEXT, String::new());
    answer.headers_mut().insert(header::LOCATION, location);
    Ok(answer)
}

/// Answers in plain text, because a payer reads it in a browser.
fn refuse(error: &ApiError, _: &ApiRequest) -> Answer {
    let status = match error {
        ApiError::OrderNotFound => StatusCode::NOT_FOUND,
        other => other.status(),
    };
    text_with_status(status, PLAIN_TEXT, error.to_string())
}
