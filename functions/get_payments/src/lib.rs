//! `GET /api/get_payments`: a shop's payments, newest first, by offset, or by filters and cursor.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        id::ShopId,
        page::{Cursor, Limit, Offset},
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, days, merchant::ListedPayment,
        service::Credentials,
    },
    store::{Bounds, Filter},
};

/// The most rows that a page looks at: about 70 read units.
const ROWS_MAX: usize = 1000;

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_payments", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    limit: Limit,
    filter: Filter,
    position: Position,
}

/// The start of a page.
enum Position {
    Offset(Offset),
    After(Cursor),
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        let parameters = Self {
            credentials: Credentials::parse(request)?,
            limit: request.optional()?.unwrap_or(Limit::DEFAULT),
            filter: filter(request)?,
            position: position(request)?,
        };
        match parameters.position {
            Position::Offset(offset) if offset != Offset::START && parameters.filter != Filter::default() => {
                Err(ApiError::UnsupportedCombination("offset and status, from, to or merchant_order_id"))
            }
            _ => Ok(parameters),
        }
    }
}

fn filter(request: &ApiRequest) -> Result<Filter, ApiError> {
    Ok(Filter {
        status: request.optional()?,
        days: days::parse(request)?,
        merchant_order_id: request.optional()?,
    })
}

fn position(request: &ApiRequest) -> Result<Position, ApiError> {
    let offset: Option<Offset> = request.optional()?;
    match (offset, request.optional()?) {
        (Some(_), Some(_)) => Err(ApiError::UnsupportedCombination("offset and cursor")),
        (None, Some(cursor)) => Ok(Position::After(cursor)),
        (offset, None) => Ok(Position::Offset(offset.unwrap_or(Offset::START))),
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, limit, filter, position } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let (store, shop_id, now) = (&service.store, &shop.shop_id, request.now);
    let bounds = Bounds { rows: ROWS_MAX, deadline: request.deadline };
    let page = match &position {
        Position::After(cursor) => {
            store.search_payments(shop_id, &filter, Some(cursor), limit, now, bounds).await?
        }
        Position::Offset(Offset::START) => {
            store.search_payments(shop_id, &filter, None, limit, now, bounds).await?
        }
        Position::Offset(offset) => {
            let page = store.payments_from(shop_id, *offset, limit, now, bounds).await?;
            page.ok_or(ApiError::OffsetTooDeep)?
        }
    };

    let payments: Vec<_> = page.rows.iter().map(|row| ListedPayment::new(row, shop.mode, now)).collect();
    Ok(answer::json(&Body {
        success: true,
        shop_id,
        limit: limit.get(),
        offset: match position {
            Position::Offset(offset) => Some(offset.get()),
            Position::After(_) => None,
        },
        count: payments.len(),
        has_more: page.next.is_some(),
        next_cursor: page.next.as_ref().map(Cursor::to_string),
        payments,
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    limit: u8,
    /// `None` if the caller gave a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    count: usize,
    has_more: bool,
    next_cursor: Option<String>,
    payments: Vec<ListedPayment<'a>>,
}
