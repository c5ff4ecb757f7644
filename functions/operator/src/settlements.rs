//! Actions on one payment: settle, refund, cancel. Each has a reference. The record is written
//! together with the change.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        action_record::Arguments,
        event::ActionNote,
        id::OrderId,
        key::Reference,
        payment::{Payment, PaymentRow, ReturnedBy},
        payment_action::{Coverage, PaymentAction, Received},
        text::Remark,
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{ActionOutcome, StoreError},
};

use crate::{
    CommandContext,
    answer::{self, PaymentView},
    balance::coverage,
    error::CommandError,
    record::{arguments, recorded},
};

/// The fields of `settle_payment`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleFields {
    order_id: OrderId,
    reference: Reference,
    received: Option<Received>,
}

/// The fields of `refund_payment`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundFields {
    order_id: OrderId,
    reference: Reference,
    reason: Option<Remark>,
    returned_by: Option<ReturnedBy>,
    allow_negative: Option<bool>,
}

/// The fields of `cancel_payment`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelFields {
    order_id: OrderId,
    reference: Reference,
}

/// The payment of an action, and what names and explains it.
struct ActionRequest {
    order_id: OrderId,
    reference: Reference,
    reason: Option<Remark>,
}

#[derive(Serialize)]
struct Body<'a> {
    payment: PaymentView<'a>,
}

pub async fn settle(
    context: &CommandContext<'_>,
    fields: SettleFields,
) -> Result<InvokedAnswer, CommandError> {
    let SettleFields { order_id, reference, received } = fields;
    let request = ActionRequest { order_id, reference, reason: None };
    let given = received.map(|received| ("received".to_owned(), received.into_str().to_owned()));
    let settle = PaymentAction::Settle { received };
    apply(context, request, "settle_payment", given.into_iter().collect(), settle).await
}

pub async fn refund(
    context: &CommandContext<'_>,
    fields: RefundFields,
) -> Result<InvokedAnswer, CommandError> {
    let RefundFields { order_id, reference, reason, returned_by, allow_negative } = fields;
    let returned_by = returned_by.unwrap_or(ReturnedBy::Us);
    let coverage = coverage(allow_negative);
    // Defaults are left out, so that a repeat may give or omit them.
    let given = [
        ("reason", reason.as_ref().map(Remark::to_string)),
        ("returned_by", (returned_by != ReturnedBy::Us).then(|| returned_by.into_str().to_owned())),
        ("allow_negative", (coverage == Coverage::NotRequired).then(|| "true".to_owned())),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let request = ActionRequest { order_id, reference, reason };
    let refund = PaymentAction::Refund { returned_by, coverage };
    apply(context, request, "refund_payment", given, refund).await
}

pub async fn cancel(
    context: &CommandContext<'_>,
    fields: CancelFields,
) -> Result<InvokedAnswer, CommandError> {
    let CancelFields { order_id, reference } = fields;
    let request = ActionRequest { order_id, reference, reason: None };
    apply(context, request, "cancel_payment", Arguments::new(), PaymentAction::Cancel).await
}

/// Applies `action` to the payment, once for each reference.
async fn apply(
    context: &CommandContext<'_>,
    request: ActionRequest,
    command: &str,
    fields: Arguments,
    action: PaymentAction,
) -> Result<InvokedAnswer, CommandError> {
    let store = &context.service.store;
    let payment = store.payment(&request.order_id).await?.ok_or(CommandError::OrderNotFound)?;
    context.invocation.log_shop(&payment.shop_id);
    let note = ActionNote { reference: request.reference, reason: request.reason };
    let mut arguments = arguments([("order_id", request.order_id.to_string())]);
    arguments.extend(fields);
    let record = |after: &Payment, now: UnixMillis| {
        let row = PaymentRow::from(after);
        let answer = answer::success(&Body { payment: PaymentView::new(&row, now).with_fee(after) })
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(context.record(command, arguments.clone(), &answer))
    };
    match store.apply_to_payment(&payment, action, &note, record).await? {
        ActionOutcome::Recorded(record) => {
            recorded(record, command, &arguments, CommandError::ReferenceConflict)
        }
        ActionOutcome::Refused(refusal) => Err(refusal.into()),
    }
}
