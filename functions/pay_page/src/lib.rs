//! `GET /pay/{order_id}`: the page where a payer pays a payment and sees its result. `GET
//! /pay/{order_id}/qr.svg`: a picture that leads to it.

mod checkout_links;
mod language;
mod local_form;
mod page;
mod qr;
mod texts;
mod view;

use std::sync::Arc;

use http::StatusCode;
use shared::{
    domain::{
        hold::is_live,
        id::OrderId,
        mode::Mode,
        payment::{Payment, Status},
        shop::{Profile, ShopStatus},
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup, answer::text_with_status,
        endpoint::with_outcome,
    },
};

pub use checkout_links::{Checkout, Providers};
pub use page::answer;
pub use view::{View, Ways};

use qr::Qr;

pub fn endpoint(providers: Providers) -> Endpoint {
    let providers = Arc::new(providers);
    Endpoint::new("pay_page", Warmup::Payment, move |service, request| {
        handle(providers.clone(), service, request)
    })
    .refusing_with(refuse)
}

async fn handle(
    providers: Arc<Providers>,
    service: Arc<Service>,
    request: Arc<ApiRequest>,
) -> Result<Answer, ApiError> {
    let language = language(&request);
    let order_id = request.path_parameter("order_id").and_then(|text| OrderId::parse(text).ok());
    if request.path().ends_with(PICTURE) {
        return picture(&service, &request, order_id.as_ref());
    }

    let payment = match order_id {
        Some(order_id) => service.store.payment(&order_id).await?,
        None => None,
    };
    let Some(payment) = payment else {
        return Ok(with_outcome(
            answer(StatusCode::NOT_FOUND, &View::Unknown, None, language)?,
            "order_not_found",
        ));
    };
    request.log_shop(&payment.shop_id);
    let shop = service.store.profile(&payment.shop_id).await?;

    let view = match payment.status_at(request.now) {
        Status::Pending => match payment.hold_until.filter(|until| is_live(Some(*until), request.now)) {
            Some(until) => View::Held { payment: &payment, until, now: request.now },
            None => View::Pending {
                payment: &payment,
                ways: ways(&providers, &service, &request, &payment, shop.as_ref(), language)?,
                now: request.now,
            },
        },
        Status::Paid => View::Paid(&payment),
        Status::Cancelled => View::Cancelled(&payment),
        Status::Expired => View::Expired(&payment),
        Status::Refunded => View::Refunded(&payment),
    };
    let contact = shop.as_ref().and_then(|shop| shop.contact.as_ref());
    answer(StatusCode::OK, &view, contact, language)
}

/// The end of the path of the QR code.
const PICTURE: &str = "/qr.svg";

/// Answers with the QR code of the page's address. Any well-formed order id has one, so it takes no
/// read: the page tells whether there is such an order.
fn picture(service: &Service, request: &ApiRequest, order_id: Option<&OrderId>) -> Result<Answer, ApiError> {
    let Some(order_id) = order_id else {
        let answer = text_with_status(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", String::new());
        return Ok(with_outcome(answer, "order_not_found"));
    };
    let address = format!("{}/pay/{order_id}", service.public_url(request)?);
    let qr = Qr::of(&address).ok_or_else(|| ApiError::Internal(format!("{address} fits no QR code")))?;
    Ok(text_with_status(StatusCode::OK, "image/svg+xml", qr.to_svg()))
}

/// The ways to pay `payment`, which is pending and has no live hold.
fn ways(
    providers: &Providers,
    service: &Service,
    request: &ApiRequest,
    payment: &Payment,
    shop: Option<&Profile>,
    language: Language,
) -> Result<Ways, ApiError> {
    if shop.is_none_or(|shop| shop.status == ShopStatus::Disabled) {
        return Ok(Ways::ShopClosed);
    }
    let page_address = format!("{}/pay/{}", service.public_url(request)?, payment.order_id);
    let return_to = format!("{page_address}?lang={}", language.code());
    let checkout = Checkout {
        order_id: payment.order_id.as_str(),
        amount: payment.amount.money(),
        language,
        return_to: &return_to,
    };
    Ok(Ways::Open {
        payme: providers.payme_link(payment.mode, checkout),
        click: providers.click_link(payment.mode, checkout),
        test: payment.mode == Mode::Test,
        page_address,
    })
}

/// Shows an error as a page.
fn refuse(error: &ApiError, request: &ApiRequest) -> Answer {
    answer(error.status(), &View::Unavailable, None, language(request)).unwrap_or_else(|_| {
        text_with_status(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new())
    })
}

/// The language that the payer chose, otherwise the one that the browser prefers.
fn language(request: &ApiRequest) -> Language {
    language::choose(request.optional().ok().flatten(), request.header("accept-language"))
}
