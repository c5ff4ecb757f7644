//! `GET /api/get_payments`: a shop's payments, newest first, by offset or by cursor.

use std::sync::Arc;

use serde::Serialize;
use shared::{
    domain::{
        id::ShopId,
        page::{Cursor, Limit, Offset},
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer, merchant::ListedPayment,
        service::Credentials,
    },
    store::Position,
};

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_payments", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    limit: Limit,
    position: Position,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        Ok(Self {
            credentials: Credentials::parse(request)?,
            limit: request.optional()?.unwrap_or(Limit::DEFAULT),
            position: position(request)?,
        })
    }
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
    let Parameters { credentials, limit, position } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let page = service
        .store
        .payments(&shop.shop_id, &position, limit, request.deadline)
        .await?
        .ok_or(ApiError::OffsetTooDeep)?;

    let payments: Vec<_> =
        page.rows.iter().map(|row| ListedPayment::new(row, shop.mode, request.now)).collect();
    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
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
