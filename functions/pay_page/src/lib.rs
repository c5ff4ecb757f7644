//! `GET /pay/{order_id}`: the page where a payer pays a payment and sees its result. `GET
//! /pay/{order_id}/qr.svg`: a picture that leads to it.

mod checkout_links;
mod contact_link;
mod language;
mod local_form;
mod outside_link;
mod page;
mod qr;
mod texts;
mod view;

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use shared::{
    domain::{
        attempt::PaymeState,
        channel::Channel,
        hold::is_live,
        id::OrderId,
        key::TransactionKey,
        mode::Mode,
        payment::{Payment, Status, StoredStatus},
        shop::{Profile, ShopStatus},
        time::UnixMillis,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup, answer::text_with_status,
        endpoint::with_outcome,
    },
    store::StoreError,
};

use tokio::time::timeout;

pub use checkout_links::{Checkout, Providers};
pub use outside_link::OutsideLink;
pub use page::{Surroundings, answer};
pub use view::{Receipts, View, Ways};

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
    // Without an order id, the path is a mistyped one below /pay.
    let order_id = request.path_parameter("order_id").and_then(|text| OrderId::parse(text).ok());
    if request.path_parameter("order_id").is_some() && request.path().ends_with(PICTURE) {
        return picture(&service, &request, order_id.as_ref());
    }

    let surroundings = Surroundings::of(&service, &request);
    let payment = match order_id {
        Some(order_id) => service.store.payment(&order_id).await?,
        None => None,
    };
    let Some(payment) = payment else {
        let page = answer(StatusCode::NOT_FOUND, &View::Unknown, &surroundings)?;
        return Ok(with_outcome(page, "order_not_found"));
    };
    request.log_shop(&payment.shop_id);

    let (shop, attempts) = tokio::join!(
        service.store.profile(&payment.shop_id),
        timeout(ATTEMPTS_WITHIN, Attempts::read(&service, &payment)),
    );
    let shop = shop?;
    let attempts = attempts.ok().and_then(Result::ok).unwrap_or_default();
    let checkouts = Checkouts::new(&providers, &service, &request, &payment)?;
    let view = view(&payment, shop.as_ref(), attempts, checkouts, request.now);
    let contact = shop.as_ref().and_then(|shop| shop.contact.as_ref());
    answer(StatusCode::OK, &view, &Surroundings { contact, ..surroundings })
}

/// The page is shown without what it tells of attempts if that takes longer or fails.
const ATTEMPTS_WITHIN: Duration = Duration::from_secs(1);

/// What the payer should know of the attempts to pay.
#[derive(Default)]
struct Attempts {
    /// The channel of the last attempt, if it did not pay.
    failed: Option<Channel>,
    receipts: Receipts,
}

impl Attempts {
    /// Reads the fewest items: Payme sends the fiscal receipts, and only of what it paid. Of a pending
    /// payment that nothing holds, the last attempt is read if there is one.
    async fn read(service: &Service, payment: &Payment) -> Result<Self, StoreError> {
        match (payment.status, &payment.held_by) {
            (StoredStatus::Paid | StoredStatus::Refunded, Some(key)) if key.payme_id().is_some() => {
                let attempt = service.store.attempt(key).await?;
                Ok(Self { receipts: attempt.as_ref().map(Receipts::of).unwrap_or_default(), failed: None })
            }
            (StoredStatus::Pending, None) => {
                let Some(key) = service.store.newest_transaction(&payment.order_key).await? else {
                    return Ok(Self::default());
                };
                // An attempt may have begun after the payment was read.
                let attempt = service.store.attempt(&key).await?;
                let failed = attempt.filter(|attempt| attempt.state == PaymeState::Cancelled);
                Ok(Self { failed: failed.map(|attempt| attempt.channel), ..Self::default() })
            }
            // A stale hold. A live one is shown before this is looked at.
            (StoredStatus::Pending, Some(key)) => Ok(Self { failed: key.channel(), ..Self::default() }),
            _ => Ok(Self::default()),
        }
    }
}

fn view<'a>(
    payment: &'a Payment,
    shop: Option<&Profile>,
    Attempts { failed, receipts }: Attempts,
    checkouts: Checkouts,
    now: UnixMillis,
) -> View<'a> {
    match payment.status_at(now) {
        Status::Pending => match payment.hold_until.filter(|until| is_live(Some(*until), now)) {
            Some(until) => {
                let channel = payment.held_by.as_ref().and_then(TransactionKey::channel);
                let checkout = match channel {
                    Some(Channel::Payme) => checkouts.payme,
                    Some(Channel::Click) => checkouts.click,
                    _ => None,
                };
                View::Held { payment, until, channel, checkout }
            }
            None if shop.is_none_or(|shop| shop.status == ShopStatus::Disabled) => {
                View::Pending { payment, ways: Ways::ShopClosed, failed }
            }
            None => {
                let Checkouts { payme, click, page_address } = checkouts;
                let ways = Ways::Open { payme, click, test: payment.mode == Mode::Test, page_address };
                View::Pending { payment, ways, failed }
            }
        },
        Status::Paid => View::Paid { payment, receipts },
        Status::Cancelled => View::Cancelled(payment),
        Status::Expired => View::Expired(payment),
        Status::Refunded => View::Refunded { payment, receipts },
    }
}

/// The links to the providers that are on, and the address to which they send the payer back.
struct Checkouts {
    payme: Option<String>,
    click: Option<String>,
    page_address: String,
}

impl Checkouts {
    fn new(
        providers: &Providers,
        service: &Service,
        request: &ApiRequest,
        payment: &Payment,
    ) -> Result<Self, ApiError> {
        let language = language(request);
        let page_address = format!("{}/pay/{}", service.public_url(request)?, payment.order_id);
        let return_to = format!("{page_address}?lang={}", language.code());
        let checkout = Checkout {
            order_id: payment.order_id.as_str(),
            amount: payment.amount.money(),
            language,
            return_to: &return_to,
        };
        Ok(Self {
            payme: providers.payme_link(payment.mode, checkout),
            click: providers.click_link(payment.mode, checkout),
            page_address,
        })
    }
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

/// Shows an error as a page.
fn refuse(error: &ApiError, request: &ApiRequest) -> Answer {
    let surroundings =
        Surroundings { imprint: None, contact: None, language: language(request), now: request.now };
    answer(error.status(), &View::Unavailable, &surroundings).unwrap_or_else(|_| {
        text_with_status(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new())
    })
}

impl<'a> Surroundings<'a> {
    fn of(service: &'a Service, request: &ApiRequest) -> Self {
        let imprint = Some(&service.settings.imprint);
        Self { imprint, contact: None, language: language(request), now: request.now }
    }
}

/// The language that the payer chose, otherwise the one that the browser prefers.
fn language(request: &ApiRequest) -> Language {
    let chosen = request.optional().ok().flatten();
    language::choose(chosen, request.header("cookie"), request.header("accept-language"))
}
