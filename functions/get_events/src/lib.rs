//! `GET /api/get_events`: a shop's journal, newest first, or oldest first for whoever keeps a copy.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        day::DayRange,
        event_page::{EventCursor, EventFilter, EventOrder, closed_until},
        event_type::EventType,
        id::ShopId,
        page::Limit,
        time::UnixMillis,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, days, journal::ListedEvent,
        service::Credentials,
    },
    store::EventPage,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_events", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    limit: Limit,
    days: DayRange,
    event_type: Option<EventType>,
    order: EventOrder,
    cursor: Option<EventCursor>,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self {
            credentials: Credentials::parse(request)?,
            limit: request.optional()?.unwrap_or(Limit::EVENTS_DEFAULT),
            days: days::parse(request)?,
            event_type: request.optional()?,
            order: request.optional()?.unwrap_or(EventOrder::NewestFirst),
            cursor: request.optional()?,
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, limit, days, event_type, order, cursor } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let filter = EventFilter { start: days.start(), end: end(days, order, request.now), event_type };
    let after = cursor.as_ref().map(|EventCursor(position)| position);
    let page = service.store.events(&shop.shop_id, filter, order, after, limit).await?;

    let events: Vec<_> = page.events.iter().map(ListedEvent::new).collect();
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        limit: limit.get(),
        count: events.len(),
        has_more: page.has_more,
        next_cursor: next_cursor(&page, order),
        events,
    }))
}

/// A reader of the oldest first keeps the last cursor. If the list showed events before which others
/// can still appear, that reader would miss those.
fn end(days: DayRange, order: EventOrder, now: UnixMillis) -> UnixMillis {
    match order {
        EventOrder::NewestFirst => days.end(),
        EventOrder::OldestFirst => days.end().min(closed_until(now)),
    }
}

/// The oldest-first list always tells where to go on, because its end moves.
fn next_cursor(page: &EventPage, order: EventOrder) -> Option<String> {
    let goes_on = page.has_more || order == EventOrder::OldestFirst;
    goes_on.then(|| EventCursor(page.reached.clone()).to_string())
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    limit: u8,
    count: usize,
    has_more: bool,
    next_cursor: Option<String>,
    events: Vec<ListedEvent<'a>>,
}
