//! `GET /api/get_report`: what each day moved, in Tashkent days, and the balance before and after.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use shared::{
    domain::{
        day::Day,
        id::ShopId,
        mode::Mode,
        money::MoneyNumber,
        report::{ReportDays, ReportDaysError, Sums},
        text::ShopName,
    },
    edge::{
        Answer, ApiError, ApiRequest, Endpoint, Service, Warmup, answer,
        days::{self, From},
        parameter::invalid,
        service::Credentials,
    },
};
use tokio::time::Instant;

/// The part of the time that is kept for the newest events, after the settled ones were read.
const TIME_FOR_RECENT: Duration = Duration::from_millis(2500);

pub fn endpoint() -> Endpoint {
    Endpoint::new("get_report", Warmup::Profile, handle)
}

struct Parameters {
    credentials: Credentials,
    days: ReportDays,
}

impl Parameters {
    fn parse(request: &ApiRequest) -> Result<Self, ApiError> {
        let credentials = Credentials::parse(request)?;
        let range = days::parse(request)?;
        let days = ReportDays::new(range, Day::of(request.now)).map_err(|error| match error {
            ReportDaysError::Reversed => invalid::<From>("today or an earlier day if to is not given"),
            ReportDaysError::TooMany => {
                invalid::<From>(format_args!("at most {} days before to", ReportDays::MAX - 1))
            }
        })?;
        Ok(Self { credentials, days })
    }
}

async fn handle(service: Arc<Service>, request: Arc<ApiRequest>) -> Result<Answer, ApiError> {
    let Parameters { credentials, days } = Parameters::parse(&request)?;

    let shop = service.authenticate(&request, &credentials).await?;

    let until = request.deadline.checked_sub(TIME_FOR_RECENT).unwrap_or_else(Instant::now);
    let report = service.store.report(&shop.shop_id, days, until).await?.ok_or(ApiError::TooManyEvents)?;

    Ok(answer::json(&Body {
        success: true,
        shop_id: &shop.shop_id,
        shop_name: &shop.name,
        mode: shop.mode,
        from: days.first().to_string(),
        to: days.last().to_string(),
        days: report.days.iter().map(|(day, sums)| DayBody::new(*day, sums)).collect(),
        totals: SumsBody::new(&report.totals),
        opening_balance: report.opening_balance.number(),
        closing_balance: report.closing_balance.number(),
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    shop_id: &'a ShopId,
    shop_name: &'a ShopName,
    /// The money of a test shop is not real.
    mode: Mode,
    from: String,
    to: String,
    days: Vec<DayBody>,
    totals: SumsBody,
    opening_balance: MoneyNumber,
    closing_balance: MoneyNumber,
}

#[derive(Serialize)]
struct DayBody {
    date: String,
    #[serde(flatten)]
    sums: SumsBody,
}

#[derive(Serialize)]
struct SumsBody {
    paid_count: u64,
    paid: MoneyNumber,
    fee: MoneyNumber,
    refunded_count: u64,
    refunded: MoneyNumber,
    paid_out: MoneyNumber,
    adjusted: MoneyNumber,
    net: MoneyNumber,
}

impl DayBody {
    fn new(day: Day, sums: &Sums) -> Self {
        Self { date: day.to_string(), sums: SumsBody::new(sums) }
    }
}

impl SumsBody {
    fn new(sums: &Sums) -> Self {
        Self {
            paid_count: sums.paid_count,
            paid: sums.paid.number(),
            fee: sums.fee.number(),
            refunded_count: sums.refunded_count,
            refunded: sums.refunded.number(),
            paid_out: sums.paid_out.number(),
            adjusted: sums.adjusted.number(),
            net: sums.net.number(),
        }
    }
}
