//! Answers, and the rows that several answers share.

use serde::Serialize;
use serde_json::value::to_raw_value;
use shared::{
    domain::{
        id::{OrderId, PaymentId, ShopId},
        money::MoneyNumber,
        payment::{Payment, PaymentRow},
        shop::{Access, Profile},
        text::{MerchantOrderId, ShopName},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
};

use crate::error::CommandError;

/// Makes an answer of `"success": true` and the fields of `body`, which must be a struct.
pub fn success(body: &impl Serialize) -> Result<InvokedAnswer, CommandError> {
    #[derive(Serialize)]
    struct Success<'a, T> {
        success: bool,
        #[serde(flatten)]
        body: &'a T,
    }
    Ok(to_raw_value(&Success { success: true, body })?)
}

/// The body of an answer that says only success.
#[derive(Serialize)]
pub struct Nothing {}

/// A shop in a list.
#[derive(Serialize)]
pub struct ShopView<'a> {
    pub shop_id: &'a ShopId,
    pub name: &'a ShopName,
    pub mode: &'static str,
    pub status: &'static str,
    /// Whether everybody can act as the shop, because its key is published.
    pub public: bool,
    pub created_at: String,
    pub created_at_iso: String,
}

impl<'a> ShopView<'a> {
    pub fn new(profile: &'a Profile) -> Self {
        Self {
            shop_id: &profile.shop_id,
            name: &profile.name,
            mode: profile.mode.into_str(),
            status: profile.status.into_str(),
            public: profile.access == Access::Public,
            created_at: profile.created_at.tashkent(),
            created_at_iso: profile.created_at.iso(),
        }
    }
}

/// A payment: a row of get_payments with its shop, its provider and its other times.
#[derive(Serialize)]
pub struct PaymentView<'a> {
    payment_id: &'a PaymentId,
    order_id: &'a OrderId,
    shop_id: &'a ShopId,
    amount: MoneyNumber,
    amount_formatted: String,
    status: &'static str,
    status_description: &'static str,
    created_at: String,
    created_at_iso: String,
    expires_at: String,
    expires_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_id: Option<&'a MerchantOrderId>,
    #[serde(flatten)]
    fee: Option<FeeView>,
}

/// What a paid payment cost its shop. A refund gives it back.
#[derive(Serialize)]
struct FeeView {
    fee: MoneyNumber,
    fee_formatted: String,
    net: MoneyNumber,
    net_formatted: String,
}

impl<'a> PaymentView<'a> {
    pub fn new(row: &'a PaymentRow, now: UnixMillis) -> Self {
        let status = row.status_at(now);
        let amount = row.amount.money();
        Self {
            payment_id: &row.payment_id,
            order_id: &row.order_id,
            shop_id: &row.shop_id,
            amount: amount.number(),
            amount_formatted: amount.formatted(),
            status: status.into_str(),
            status_description: status.description(),
            created_at: row.created_at.tashkent(),
            created_at_iso: row.created_at.iso(),
            expires_at: row.expires_at.tashkent(),
            expires_at_iso: row.expires_at.iso(),
            hold_until: row.hold_until.map(UnixMillis::tashkent),
            hold_until_iso: row.hold_until.map(UnixMillis::iso),
            paid_at: row.paid_at.map(UnixMillis::tashkent),
            paid_at_iso: row.paid_at.map(UnixMillis::iso),
            refunded_at: row.refunded_at.map(UnixMillis::tashkent),
            refunded_at_iso: row.refunded_at.map(UnixMillis::iso),
            cancelled_at: row.cancelled_at.map(UnixMillis::tashkent),
            cancelled_at_iso: row.cancelled_at.map(UnixMillis::iso),
            provider: row.channel.map(|provider| provider.into_str()),
            merchant_order_id: row.merchant_order_id.as_ref(),
            fee: None,
        }
    }

    /// Adds the fee of `payment`, which no row has.
    #[must_use]
    pub fn with_fee(self, payment: &Payment) -> Self {
        let fee = payment.fee.zip(payment.net).map(|(fee, net)| FeeView {
            fee: fee.number(),
            fee_formatted: fee.formatted(),
            net: net.number(),
            net_formatted: net.formatted(),
        });
        Self { fee, ..self }
    }
}
