//! `GET /api/resend_event`: queues one event, or the undelivered ones of some days, for the shop's
//! webhook again.

mod days;

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        day::DayRange,
        event::EventKey,
        id::ShopId,
        webhook::{
            delivery_page::ResendCursor,
            endpoint::{EndpointState, WebhookEndpoint},
        },
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer,
        days::{self as day_parameters, From, To},
        service::Credentials,
    },
    store::Resend,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("resend_event", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    selection: Selection,
}

/// Which events are asked for.
enum Selection {
    One(EventKey),
    /// Those of some days that were not delivered, behind the cursor.
    Days(DayRange, Option<ResendCursor>),
}

/// How many events wait at the head of the queue, and where the next call goes on.
struct Queued {
    count: usize,
    next: Option<ResendCursor>,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        if request.is_prefetch() {
            return Err(ApiError::PrefetchRefused);
        }
        Ok(Self { credentials: Credentials::parse(request)?, selection: selection(request)? })
    }
}

/// Looks at what was given before it reads it: a name too many is the mistake, whatever its form.
fn selection(request: &ApiRequest) -> Result<Selection, ApiError> {
    let days = request.has::<From>()? || request.has::<To>()?;
    match (request.has::<EventKey>()?, days, request.has::<ResendCursor>()?) {
        (true, false, false) => request.required().map(Selection::One),
        (false, true, _) => Ok(Selection::Days(day_parameters::parse(request)?, request.optional()?)),
        (false, false, _) => Err(ApiError::MissingParameter("event_id, from or to")),
        (true, _, _) => Err(ApiError::UnsupportedCombination("event_id and from, to or cursor")),
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, selection } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let endpoint = service.store.webhook_endpoint(&shop.shop_id).await?.ok_or(ApiError::WebhookNotSet)?;
    if endpoint.state == EndpointState::Disabled {
        return Err(ApiError::WebhookDisabled);
    }
    let Queued { count, next } = match selection {
        Selection::One(event_key) => one(&service, &endpoint, &event_key).await?,
        Selection::Days(days, cursor) => days::queue(&service, &endpoint, days, cursor).await?,
    };
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        queued: count,
        next_cursor: next.map(|next| next.to_string()),
    }))
}

async fn one(
    service: &Service,
    endpoint: &WebhookEndpoint,
    event_key: &EventKey,
) -> Result<Queued, ApiError> {
    let event = service.store.event(&endpoint.shop_id, event_key).await?.ok_or(ApiError::EventNotFound)?;
    let delivery = service.store.delivery(&endpoint.shop_id, event_key).await?;
    wake_line(service, &endpoint.shop_id).await?;
    service.store.resend(&event, delivery, Resend::Any).await?;
    Ok(Queued { count: 1, next: None })
}

/// Has the line of the shop looked at. This comes before anything is put there: a call that ends
/// halfway leaves nothing where nobody looks.
async fn wake_line(service: &Service, shop_id: &ShopId) -> Result<(), ApiError> {
    if service.store.look_at_line(shop_id, service.clock.now()).await? {
        return Ok(());
    }
    // It was deleted or disabled after it was read.
    let endpoint = service.store.webhook_endpoint(shop_id).await?;
    Err(endpoint.map_or(ApiError::WebhookNotSet, |_| ApiError::WebhookDisabled))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    queued: usize,
    next_cursor: Option<String>,
}
