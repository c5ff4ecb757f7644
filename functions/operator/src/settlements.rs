//! Actions on one payment: settle, refund, cancel. Each has a reference. The record is written
//! together with the change.

use serde::Serialize;
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

/// The payment of an action, and what names and explains it.
pub struct ActionRequest<'a> {
    pub order_id: &'a OrderId,
    pub reference: &'a Reference,
    pub reason: Option<Remark>,
}

/// The optional fields of `refund_payment`.
pub struct RefundFields {
    pub returned_by: Option<ReturnedBy>,
    pub allow_negative: Option<bool>,
}

#[derive(Serialize)]
struct Body<'a> {
    payment: PaymentView<'a>,
}

pub async fn settle(
    context: &CommandContext<'_>,
    request: ActionRequest<'_>,
    received: Option<Received>,
) -> Result<InvokedAnswer, CommandError> {
    let fields = received.map(|received| ("received".to_owned(), received.into_str().to_owned()));
    apply(
        context,
        request,
        "settle_payment",
        fields.into_iter().collect(),
        PaymentAction::Settle { received },
    )
    .await
}

pub async fn refund(
    context: &CommandContext<'_>,
    request: ActionRequest<'_>,
    fields: RefundFields,
) -> Result<InvokedAnswer, CommandError> {
    let RefundFields { returned_by, allow_negative } = fields;
    let returned_by = returned_by.unwrap_or(ReturnedBy::Us);
    let coverage = coverage(allow_negative);
    // Defaults are left out, so that a repeat may give or omit them.
    let given = [
        ("reason", request.reason.as_ref().map(Remark::to_string)),
        ("returned_by", (returned_by != ReturnedBy::Us).then(|| returned_by.into_str().to_owned())),
        ("allow_negative", (coverage == Coverage::NotRequired).then(|| "true".to_owned())),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let refund = PaymentAction::Refund { returned_by, coverage };
    apply(context, request, "refund_payment", given, refund).await
}

pub async fn cancel(
    context: &CommandContext<'_>,
    request: ActionRequest<'_>,
) -> Result<InvokedAnswer, CommandError> {
    apply(context, request, "cancel_payment", Arguments::new(), PaymentAction::Cancel).await
}

/// Applies `action` to the payment, once for each reference.
async fn apply(
    context: &CommandContext<'_>,
    request: ActionRequest<'_>,
    command: &str,
    fields: Arguments,
    action: PaymentAction,
) -> Result<InvokedAnswer, CommandError> {
    let store = &context.service.store;
    let payment = store.payment(request.order_id).await?.ok_or(CommandError::OrderNotFound)?;
    context.invocation.log_shop(&payment.shop_id);
    let note = ActionNote { reference: request.reference.clone(), reason: request.reason };
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
