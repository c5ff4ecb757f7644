//! Listing the events of a shop's journal.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        day::{Day, DayRange},
        event_page::{EventCursor, EventFilter, EventOrder},
        event_type::EventType,
        id::ShopId,
        page::Limit,
    },
    edge::{invoked::InvokedAnswer, journal::ListedEvent},
};

use crate::{CommandContext, answer, error::CommandError};

/// The fields of `list_events`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFields {
    shop_id: ShopId,
    from: Option<Day>,
    to: Option<Day>,
    #[serde(rename = "type")]
    event_type: Option<EventType>,
    limit: Option<Limit>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Events<'a> {
    events: Vec<ListedEvent<'a>>,
    next_cursor: Option<String>,
}

/// Lists a page of a shop's events, newest first. If few of many match, a page may end before
/// `limit` is reached, with a cursor to go on from.
pub async fn list(context: &CommandContext<'_>, fields: EventFields) -> Result<InvokedAnswer, CommandError> {
    let EventFields { shop_id, from, to, event_type, limit, cursor } = fields;
    let days = DayRange::new(from, to).map_err(|_| CommandError::DaysReversed)?;
    let after = cursor.as_deref().map(EventCursor::parse).transpose();
    let after = after.map_err(|_| CommandError::InvalidCursor)?.map(|EventCursor(after)| after);
    let store = &context.service.store;
    store.profile(&shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(&shop_id);
    let filter = EventFilter { start: days.start(), end: days.end(), event_type };
    let limit = limit.unwrap_or(Limit::DEFAULT);
    let page = store.events(&shop_id, filter, EventOrder::NewestFirst, after.as_ref(), limit).await?;
    let next_cursor = page.has_more.then(|| EventCursor(page.reached).to_string());
    answer::success(&Events { events: page.events.iter().map(ListedEvent::new).collect(), next_cursor })
}
