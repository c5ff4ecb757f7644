//! The table `events`: reading a shop's journal in order, page by page. All reads are strongly
//! consistent.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{
    Store, StoreError,
    events::{KEY, TABLE, item_key},
    item::{Item, text},
};
use crate::domain::{
    event::{Event, EventKey},
    event_page::{EventFilter, EventOrder, EventPosition},
    id::ShopId,
    page::Limit,
    time::UnixMillis,
};

/// The most events that a page of a list looks at, whatever it filters.
const LOOKED_AT_MAX: usize = 1000;

/// A page of a shop's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// Whether there is something behind `reached` that this page did not look at.
    pub has_more: bool,
    /// The place behind the last event that the page looked at. The next page starts there.
    pub reached: EventPosition,
}

impl Store {
    /// Reads the events of `shop_id` behind the position `after`. Returns `limit` of them, or fewer
    /// if they are rare: a page looks at 1,000 events at most.
    pub async fn events(
        &self,
        shop_id: &ShopId,
        filter: EventFilter,
        order: EventOrder,
        after: Option<&EventPosition>,
        limit: Limit,
    ) -> Result<EventPage, StoreError> {
        let mut reached = after.cloned().unwrap_or_else(|| start(filter, order));
        let (mut events, mut looked_at) = (Vec::new(), 0);
        loop {
            // One event more than requested shows whether there are more. Each further read looks at
            // as many as all before, so that a rare type takes few round trips.
            let count = limit.plus_one().max(looked_at).min(LOOKED_AT_MAX - looked_at);
            let (read, more) = self.read_events(shop_id, filter, order, &reached, count).await?;
            looked_at += read.len();
            for event in read {
                let shown = filter.shows(&event);
                if shown && events.len() == usize::from(limit.get()) {
                    return Ok(EventPage { events, has_more: true, reached });
                }
                reached = EventPosition::of(&event.event_key);
                events.extend(shown.then_some(event));
            }
            if !more || looked_at >= LOOKED_AT_MAX {
                return Ok(EventPage { events, has_more: more, reached });
            }
        }
    }

    /// Reads up to `count` events of any type behind `after`, or fewer at DynamoDB's 1 MB, and
    /// whether there may be more.
    pub async fn read_events(
        &self,
        shop_id: &ShopId,
        filter: EventFilter,
        order: EventOrder,
        after: &EventPosition,
        count: usize,
    ) -> Result<(Vec<Event>, bool), StoreError> {
        let Some(section) = Section::behind(after, filter, order) else { return Ok((Vec::new(), false)) };
        let output = self
            .journal(shop_id, &section.low, &section.high)
            .set_exclusive_start_key(section.start.map(|start| item_key(shop_id, start)))
            .scan_index_forward(order == EventOrder::OldestFirst)
            .consistent_read(true)
            .limit(i32::try_from(count).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query events", error))?;
        let events = output.items.unwrap_or_default().into_iter().map(parse);
        Ok((events.collect::<Result<_, _>>()?, output.last_evaluated_key.is_some()))
    }

    /// Reads one event, strongly consistent.
    pub async fn event(&self, shop_id: &ShopId, key: &EventKey) -> Result<Option<Event>, StoreError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.tables.events)
            .set_key(Some(item_key(shop_id, key.as_str())))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem events", error))?;
        output.item.map(parse).transpose()
    }

    /// A query of the events between two texts.
    pub(super) fn journal(&self, shop_id: &ShopId, low: &str, high: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.events)
            .key_condition_expression("shop_id = :shop AND event_key BETWEEN :low AND :high")
            .expression_attribute_values(":shop", text(shop_id))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
    }
}

/// Where a list begins if nothing was read of it yet.
fn start(filter: EventFilter, order: EventOrder) -> EventPosition {
    EventPosition::at(match order {
        EventOrder::NewestFirst => filter.end,
        EventOrder::OldestFirst => filter.start,
    })
}

/// A part of a journal: the bounds of the query and the key behind which it starts.
struct Section<'a> {
    low: String,
    high: String,
    /// `None` if the query starts at its own bound. DynamoDB refuses a start outside the bounds.
    start: Option<&'a str>,
}

impl<'a> Section<'a> {
    /// Returns what lies behind `after`, or `None` if nothing can: DynamoDB refuses reversed bounds.
    fn behind(after: &'a EventPosition, filter: EventFilter, order: EventOrder) -> Option<Self> {
        let (low, high) = bounds(filter.start, filter.end);
        let after = after.as_str();
        let inside = *low < *after && *after < *high;
        let start = inside.then_some(after);
        let section = match order {
            EventOrder::NewestFirst if *after <= *low => return None,
            EventOrder::OldestFirst if *after >= *high => return None,
            EventOrder::NewestFirst if inside => Self { low, high: after.to_owned(), start },
            EventOrder::OldestFirst if inside => Self { low: after.to_owned(), high, start },
            _ => Self { low, high, start },
        };
        (section.low < section.high).then_some(section)
    }
}

/// The texts that enclose the keys of all events from `start` on and before `end`.
pub(super) fn bounds(start: UnixMillis, end: UnixMillis) -> (String, String) {
    (EventKey::at(start), EventKey::at(end))
}

fn parse(item: Item) -> Result<Event, StoreError> {
    let key = item.get(KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|problem| StoreError::corrupt(TABLE, key, problem))
}
