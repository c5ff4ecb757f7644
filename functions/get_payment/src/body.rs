//! The answer.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::{
    domain::{
        attempt::Attempt,
        event::EventKey,
        event_type::EventType,
        id::{OrderId, PaymentId, ShopId},
        mode::Mode,
        money::{MoneyNumber, SignedTiyin, Tiyin},
        payment::Payment,
        text::{Description, MerchantOrderId, ReturnUrl},
        time::UnixMillis,
    },
    edge::ApiError,
};

#[derive(Serialize)]
pub struct Body<'a> {
    success: bool,
    payment_id: &'a PaymentId,
    order_id: &'a OrderId,
    shop_id: &'a ShopId,
    amount: MoneyNumber,
    amount_formatted: String,
    status: &'static str,
    status_description: &'static str,
    /// Whether it may still become paid without an operator. Once this is false for an expired
    /// payment, its end is final.
    may_still_be_paid: bool,
    created_at: String,
    mode: Mode,
    created_at_iso: String,
    expires_at: String,
    expires_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_id: Option<&'a MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    /// The provider's own id: Payme's transaction id or click_trans_id.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_transaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<MoneyNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<MoneyNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net_formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fiscal_perform: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fiscal_cancel: Option<Box<RawValue>>,
    /// The payment's events, oldest first.
    event_ids: Vec<String>,
}

impl<'a> Body<'a> {
    /// Describes the payment at `now`. `attempt` is the one that paid, if it has fiscal receipts.
    ///
    /// # Errors
    /// A stored receipt is no JSON.
    pub fn new(payment: &'a Payment, attempt: Option<&Attempt>, now: UnixMillis) -> Result<Self, ApiError> {
        let status = payment.status_at(now);
        let amount = payment.amount.money();
        let paid_by = payment.held_by.as_ref().filter(|_| payment.paid_at.is_some());
        Ok(Self {
            success: true,
            payment_id: &payment.payment_id,
            order_id: &payment.order_id,
            shop_id: &payment.shop_id,
            amount: amount.number(),
            amount_formatted: amount.formatted(),
            status: status.into_str(),
            status_description: status.description(),
            may_still_be_paid: payment.payability(now).may_still_be_paid(),
            created_at: payment.created_at.tashkent(),
            mode: payment.mode,
            created_at_iso: payment.created_at.iso(),
            expires_at: payment.expires_at.tashkent(),
            expires_at_iso: payment.expires_at.iso(),
            paid_at: payment.paid_at.map(UnixMillis::tashkent),
            paid_at_iso: payment.paid_at.map(UnixMillis::iso),
            cancelled_at: payment.cancelled_at.map(UnixMillis::tashkent),
            cancelled_at_iso: payment.cancelled_at.map(UnixMillis::iso),
            refunded_at: payment.refunded_at.map(UnixMillis::tashkent),
            refunded_at_iso: payment.refunded_at.map(UnixMillis::iso),
            returned_by: payment.returned_by.map(|by| by.into_str()),
            merchant_order_id: payment.merchant_order_id.as_ref(),
            description: payment.description.as_ref(),
            return_url: payment.return_url.as_ref().map(ReturnUrl::as_str),
            provider: payment.channel.map(|channel| channel.into_str()),
            provider_transaction: paid_by.and_then(|key| key.provider_id()),
            fee: payment.fee.map(Tiyin::number),
            fee_formatted: payment.fee.map(Tiyin::formatted),
            net: payment.net.map(SignedTiyin::number),
            net_formatted: payment.net.map(SignedTiyin::formatted),
            fiscal_perform: receipt(attempt.and_then(|attempt| attempt.fiscal_perform.as_deref()))?,
            fiscal_cancel: receipt(attempt.and_then(|attempt| attempt.fiscal_cancel.as_deref()))?,
            event_ids: event_ids(payment),
        })
    }
}

/// A fiscal receipt as Payme sent it, byte for byte.
fn receipt(text: Option<&str>) -> Result<Option<Box<RawValue>>, ApiError> {
    let receipt = text.map(|text| RawValue::from_string(text.to_owned())).transpose();
    receipt.map_err(|problem| ApiError::Internal(format!("a stored fiscal receipt: {problem}")))
}

/// Each event has the time that the payment keeps of it, so its key needs no read.
fn event_ids(payment: &Payment) -> Vec<String> {
    let in_order = [EventType::PaymentPaid, EventType::PaymentCancelled, EventType::PaymentRefunded];
    let happened = in_order.into_iter().filter_map(|one| Some((payment.time_of(one)?, one)));
    happened
        .map(|(at, event_type)| EventKey::of_payment(at, event_type, &payment.order_key).event_id())
        .collect()
}
