//! An event of the journal as lists show it.

use serde::Serialize;

use crate::domain::{
    channel::Channel,
    event::Event,
    event_type::EventType,
    id::{OrderId, PaymentId},
    key::Reference,
    mode::Mode,
    money::MoneyNumber,
    payment::ReturnedBy,
    text::{Description, MerchantOrderId, Remark},
    time::UnixMillis,
};

/// A row of get_events.
#[derive(Serialize)]
pub struct ListedEvent<'a> {
    event_id: String,
    #[serde(rename = "type")]
    event_type: EventType,
    occurred_at: String,
    occurred_at_iso: String,
    mode: Mode,
    amount: MoneyNumber,
    amount_formatted: String,
    fee: MoneyNumber,
    fee_formatted: String,
    net: MoneyNumber,
    net_formatted: String,
    #[serde(flatten)]
    subject: Subject<'a>,
}

/// What the event is about. Fields of a payment are absent for an action on the shop, and the
/// reverse.
#[derive(Serialize)]
struct Subject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<&'a PaymentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_created_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_order_id: Option<&'a MerchantOrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a Description>,
    #[serde(rename = "provider", skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_transaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_by: Option<ReturnedBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Remark>,
}

impl<'a> ListedEvent<'a> {
    pub fn new(event: &'a Event) -> Self {
        Self {
            event_id: event.event_key.event_id(),
            event_type: event.event_type,
            occurred_at: event.occurred_at.tashkent(),
            occurred_at_iso: event.occurred_at.iso(),
            mode: event.mode,
            amount: event.gross.number(),
            amount_formatted: event.gross.formatted(),
            fee: event.fee.number(),
            fee_formatted: event.fee.formatted(),
            net: event.net.number(),
            net_formatted: event.net.formatted(),
            subject: Subject::new(event),
        }
    }
}

impl<'a> Subject<'a> {
    fn new(event: &'a Event) -> Self {
        Self {
            order_id: event.order_id.as_ref(),
            payment_id: event.payment_id.as_ref(),
            payment_created_at: event.payment_created_at.map(UnixMillis::tashkent),
            payment_created_at_iso: event.payment_created_at.map(UnixMillis::iso),
            merchant_order_id: event.merchant_order_id.as_ref(),
            description: event.description.as_ref(),
            channel: event.channel,
            provider_transaction: event.provider_transaction.as_deref(),
            returned_by: event.returned_by,
            reference: event.reference.as_ref(),
            reason: event.reason.as_ref(),
        }
    }
}
