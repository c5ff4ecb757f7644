//! `GET /api/get_deliveries`: what became of each event of the shop's webhook, newest event first.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        event_type::EventType,
        id::ShopId,
        page::Limit,
        time::UnixMillis,
        webhook::{
            delivery::{Delivery, DeliveryState},
            delivery_page::DeliveryCursor,
            outcome::{FailureClass, Try},
        },
    },
    edge::{Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, service::Credentials},
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_deliveries", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    limit: Limit,
    state: Option<DeliveryState>,
    cursor: Option<DeliveryCursor>,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self {
            credentials: Credentials::parse(request)?,
            limit: request.optional()?.unwrap_or(Limit::EVENTS_DEFAULT),
            state: request.optional()?,
            cursor: request.optional()?,
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, limit, state, cursor } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let after = cursor.as_ref().map(|DeliveryCursor(position)| position);
    let page = service.store.deliveries(&shop.shop_id, state, after, limit).await?;
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        limit: limit.get(),
        count: page.deliveries.len(),
        has_more: page.next.is_some(),
        next_cursor: page.next.map(|next| DeliveryCursor(next).to_string()),
        deliveries: page.deliveries.iter().map(ListedDelivery::from).collect(),
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    limit: u8,
    count: usize,
    has_more: bool,
    next_cursor: Option<String>,
    deliveries: Vec<ListedDelivery>,
}

#[derive(Serialize)]
struct ListedDelivery {
    event_id: String,
    #[serde(rename = "type")]
    event_type: EventType,
    state: DeliveryState,
    tries: Vec<ListedTry>,
    /// Absent if it waits in the line of its shop, or does not wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at_iso: Option<String>,
}

impl From<&Delivery> for ListedDelivery {
    fn from(delivery: &Delivery) -> Self {
        let next_try_at = delivery.shown_next_try_at();
        Self {
            event_id: delivery.event_key.event_id(),
            event_type: delivery.event_type,
            state: delivery.state,
            tries: delivery.tries.iter().map(ListedTry::from).collect(),
            next_try_at: next_try_at.map(UnixMillis::tashkent),
            next_try_at_iso: next_try_at.map(UnixMillis::iso),
        }
    }
}

#[derive(Serialize)]
struct ListedTry {
    at: String,
    at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<FailureClass>,
    milliseconds: u32,
}

impl From<&Try> for ListedTry {
    fn from(one: &Try) -> Self {
        Self {
            at: one.at.tashkent(),
            at_iso: one.at.iso(),
            http_status: one.http_status,
            error_class: one.error_class,
            milliseconds: one.milliseconds,
        }
    }
}
