//! Answers that several merchant endpoints share.

use serde::Serialize;

use crate::domain::{
    id::{OrderId, PaymentId, ShopId},
    mode::Mode,
    money::MoneyNumber,
    payment::{Payment, PaymentRow, Status},
    text::{MerchantOrderId, ShopName},
    time::UnixMillis,
};

/// The answer of check_payment. Without a key it shows nothing else.
#[derive(Serialize)]
pub struct PaymentState<'a> {
    success: bool,
    order_id: &'a OrderId,
    shop_id: &'a ShopId,
    shop_name: &'a ShopName,
    amount: MoneyNumber,
    status: &'static str,
    status_description: &'static str,
    created_at: String,
    mode: Mode,
    created_at_iso: String,
    expires_at: String,
    expires_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at_iso: Option<String>,
    /// Only in cancel_payment's answer, which needs the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at_iso: Option<String>,
}

impl<'a> PaymentState<'a> {
    /// Describes the payment at `now`.
    pub fn new(payment: &'a Payment, now: UnixMillis) -> Self {
        let status = payment.status_at(now);
        let paid_at = payment.paid_at.filter(|_| status == Status::Paid);
        Self {
            success: true,
            order_id: &payment.order_id,
            shop_id: &payment.shop_id,
            shop_name: &payment.shop_name,
            amount: payment.amount.money().number(),
            status: status.into_str(),
            status_description: status.description(),
            created_at: payment.created_at.tashkent(),
            mode: payment.mode,
            created_at_iso: payment.created_at.iso(),
            expires_at: payment.expires_at.tashkent(),
            expires_at_iso: payment.expires_at.iso(),
            paid_at: paid_at.map(UnixMillis::tashkent),
            paid_at_iso: paid_at.map(UnixMillis::iso),
            cancelled_at: None,
            cancelled_at_iso: None,
        }
    }

    /// Adds the time of its cancellation.
    #[must_use]
    pub fn with_cancelled_at(self, payment: &Payment) -> Self {
        let cancelled_at = payment.cancelled_at;
        Self {
            cancelled_at: cancelled_at.map(UnixMillis::tashkent),
            cancelled_at_iso: cancelled_at.map(UnixMillis::iso),
            ..self
        }
    }
}

/// A row of get_payments.
#[derive(Serialize)]
pub struct ListedPayment<'a> {
    payment_id: &'a PaymentId,
    order_id: &'a OrderId,
    amount: MoneyNumber,
    amount_formatted: String,
    status: &'static str,
    status_description: &'static str,
    created_at: String,
    mode: Mode,
    created_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_id: Option<&'a MerchantOrderId>,
}

impl<'a> ListedPayment<'a> {
    /// Returns the row at `now`. The index does not hold `mode`, which is the shop's own.
    pub fn new(row: &'a PaymentRow, mode: Mode, now: UnixMillis) -> Self {
        let status = row.status_at(now);
        let paid_at = row.paid_at.filter(|_| status == Status::Paid);
        Self {
            payment_id: &row.payment_id,
            order_id: &row.order_id,
            amount: row.amount.money().number(),
            amount_formatted: row.amount.money().formatted(),
            status: status.into_str(),
            status_description: status.description(),
            created_at: row.created_at.tashkent(),
            mode,
            created_at_iso: row.created_at.iso(),
            paid_at: paid_at.map(UnixMillis::tashkent),
            paid_at_iso: paid_at.map(UnixMillis::iso),
            merchant_order_id: row.merchant_order_id.as_ref(),
        }
    }
}
