//! The events of some days that were not delivered.

use futures_util::{StreamExt, TryStreamExt, stream};
use shared::{
    domain::{
        day::DayRange,
        event::{Event, EventKey},
        event_page::{EventFilter, EventOrder, EventPosition},
        webhook::{delivery::DeliveryState, delivery_page::ResendCursor, endpoint::WebhookEndpoint},
    },
    edge::{ApiError, Service},
    store::Resend,
};

use crate::{Queued, wake_line};

/// The most events that one call looks at.
const LOOKED_AT_MAX: usize = 1000;
/// The most writes at the same time. One after the other they would take too long.
const WRITES_AT_ONCE: usize = 20;

/// Queues them, oldest first.
pub async fn queue(
    service: &Service,
    endpoint: &WebhookEndpoint,
    days: DayRange,
    cursor: Option<ResendCursor>,
) -> Result<Queued, ApiError> {
    let filter = EventFilter { start: days.start(), end: days.end(), event_type: None };
    let after = cursor.map_or_else(|| EventPosition::at(filter.start), |ResendCursor(position)| position);
    let order = EventOrder::OldestFirst;
    let (events, more) =
        service.store.read_events(&endpoint.shop_id, filter, order, &after, LOOKED_AT_MAX).await?;
    let reached = events.last().map_or(after, |last| EventPosition::of(&last.event_key));

    let wanted = events.into_iter().filter(|event| endpoint.wants(event.event_type)).collect();
    let count = queue_undelivered(service, endpoint, wanted).await?;
    Ok(Queued { count, next: more.then_some(ResendCursor(reached)) })
}

/// Returns how many of `events` were not delivered. They wait at the head of the queue now.
async fn queue_undelivered(
    service: &Service,
    endpoint: &WebhookEndpoint,
    events: Vec<Event>,
) -> Result<usize, ApiError> {
    let store = &service.store;
    let keys: Vec<EventKey> = events.iter().map(|event| event.event_key.clone()).collect();
    let mut deliveries = store.deliveries_of(&endpoint.shop_id, &keys).await?;
    let read = events.into_iter().map(|event| {
        let delivery = deliveries.remove(&event.event_key);
        (event, delivery)
    });
    let undelivered: Vec<_> = read
        .filter(|(_, read)| read.as_ref().is_none_or(|read| read.state != DeliveryState::Delivered))
        .collect();
    if undelivered.is_empty() {
        return Ok(0);
    }
    wake_line(service, &endpoint.shop_id).await?;
    let writes = stream::iter(undelivered)
        .map(|(event, read)| async move { store.resend(&event, read, Resend::Undelivered).await });
    let queued = writes.buffer_unordered(WRITES_AT_ONCE);
    let count = queued.try_fold(0, |count, queued| async move { Ok(count + usize::from(queued)) });
    Ok(count.await?)
}
