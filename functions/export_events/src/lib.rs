//! `GET /api/export_events`: a shop's journal as a file, oldest first, in parts.

mod columns;
mod file;
mod format;

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use shared::{
    domain::{
        day::{Day, DayRange},
        event_page::{EventFilter, EventOrder, EventPosition, ExportCursor, closed_until},
        event_type::EventType,
        id::ShopId,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Language, Service, Warmup, answer, days, service::Credentials,
    },
    store::Store,
};
use tokio::time::Instant;

use file::File;
use format::Format;

/// The most events that a part of a file looks at, whatever it filters. So a part has at most as many
/// rows.
const LOOKED_AT_MAX: usize = 10_000;
const CONTENT_TYPE: &str = "text/csv; charset=utf-8";

pub fn endpoint() -> Endpoint {
    Endpoint::new("export_events", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    days: DayRange,
    event_type: Option<EventType>,
    format: Format,
    language: Language,
    cursor: Option<ExportCursor>,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self {
            credentials: Credentials::parse(request)?,
            days: days::parse(request)?,
            event_type: request.optional()?,
            format: request.optional()?.unwrap_or(Format::Csv),
            language: request.optional()?.unwrap_or(Language::Uzbek),
            cursor: request.optional()?,
        })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, days, event_type, format, language, cursor } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let now_closed = closed_until(request.now);
    // Later parts end where the first one ended, so that the file is the journal of one moment.
    let closed = cursor.as_ref().map_or(now_closed, |cursor| cursor.end.min(now_closed));
    let filter = EventFilter { start: days.start(), end: days.end().min(closed), event_type };
    let file = if cursor.is_none() { File::begin(format, language) } else { File::go_on(format) };
    let after = cursor.map_or_else(|| EventPosition::at(filter.start), |cursor| cursor.after);
    let (file, reached) =
        fill(file, &service.store, &shop.shop_id, filter, after, request.half_time()).await?;

    let next = reached.map(|after| ExportCursor { after, end: closed });
    attachment(file, &file_name(&shop.shop_id, days), next.as_ref())
}

/// Adds the events behind `after` that `filter` shows, until the part is full, has looked at enough
/// events, or `until` has come. Returns the place to go on from, or `None` at the end.
async fn fill(
    mut file: File,
    store: &Store,
    shop_id: &ShopId,
    filter: EventFilter,
    after: EventPosition,
    until: Instant,
) -> Result<(File, Option<EventPosition>), ApiError> {
    let (mut reached, mut left) = (after, LOOKED_AT_MAX);
    loop {
        let order = EventOrder::OldestFirst;
        let (events, more) = store.read_events(shop_id, filter, order, &reached, left).await?;
        left = left.saturating_sub(events.len());
        for event in events {
            if filter.shows(&event) && !file.add(&event) {
                return Ok((file, Some(reached)));
            }
            reached = EventPosition::of(&event.event_key);
        }
        if !more {
            return Ok((file, None));
        }
        if left == 0 || Instant::now() >= until {
            return Ok((file, Some(reached)));
        }
    }
}

fn file_name(shop_id: &ShopId, days: DayRange) -> String {
    let day = |day: Option<Day>| day.map(|day| format!("_{day}")).unwrap_or_default();
    format!("events_{shop_id}{}{}.csv", day(days.first()), day(days.last()))
}

fn attachment(file: File, name: &str, next: Option<&ExportCursor>) -> Result<Answer, ApiError> {
    let header = |text: String| {
        HeaderValue::from_str(&text).map_err(|_| ApiError::Internal("a header has odd bytes".to_owned()))
    };
    let mut answer = answer::text_with_status(StatusCode::OK, CONTENT_TYPE, file.into_text());
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, header(format!("attachment; filename=\"{name}\""))?);
    if let Some(next) = next {
        headers.insert("x-next-cursor", header(next.to_string())?);
    }
    Ok(answer)
}
