//! Actions on a shop's balance: payouts, their reversals and adjustments. Each has a reference. The
//! record is written together with the change.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        action_record::Arguments,
        balance_action::{BalanceAction, BalanceChange},
        event::ActionNote,
        id::ShopId,
        key::{Reference, TransactionKey},
        mode::Mode,
        money::{AdjustmentAmount, MoneyNumber},
        payment_action::Coverage,
        payout::{Payout, PayoutAmount},
        text::Remark,
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{ActionOutcome, StoreError},
};

use crate::{
    CommandContext, answer,
    command::adjustment_amount,
    error::CommandError,
    payouts::PayoutView,
    record::{arguments, recorded},
};

/// The meaning of the field `allow_negative`.
pub fn coverage(allow_negative: Option<bool>) -> Coverage {
    if allow_negative == Some(true) { Coverage::NotRequired } else { Coverage::Required }
}

/// What an action is about, and what names and explains it.
struct Request<'a> {
    shop_id: &'a ShopId,
    command: &'static str,
    arguments: Arguments,
    note: ActionNote,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<PayoutView<'a>>,
    /// The balance after the action.
    balance: MoneyNumber,
}

/// Takes a payout off the balance.
pub async fn record_payout(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    amount: PayoutAmount,
    reference: Reference,
) -> Result<InvokedAnswer, CommandError> {
    let request = Request {
        shop_id,
        command: Payout::COMMAND,
        arguments: Payout::arguments(amount),
        note: ActionNote { reference: reference.clone(), reason: None },
    };
    let body = |change: &BalanceChange, now: UnixMillis| {
        let payout = Some(PayoutView::recorded(&reference, amount, now));
        answer::success(&Body { payout, balance: change.after.number() })
    };
    apply(context, request, BalanceAction::Payout(amount), body).await
}

/// The fields of `reverse_payout`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReversalFields {
    shop_id: ShopId,
    payout_reference: Reference,
    reference: Reference,
    reason: Remark,
}

/// Adds a payout to the balance again, because its money came back.
pub async fn reverse_payout(
    context: &CommandContext<'_>,
    fields: ReversalFields,
) -> Result<InvokedAnswer, CommandError> {
    let ReversalFields { shop_id, payout_reference, reference, reason } = fields;
    let key = TransactionKey::operator(&shop_id, &reference);
    let request = Request {
        shop_id: &shop_id,
        command: "reverse_payout",
        arguments: arguments([
            ("payout_reference", payout_reference.to_string()),
            ("reason", reason.to_string()),
        ]),
        note: ActionNote { reference, reason: Some(reason) },
    };
    let body = |change: &BalanceChange, now: UnixMillis| {
        let payout = change.reversed.clone().map(|payout| payout.reversed(&key, now));
        let view = payout.as_ref().map(PayoutView::new);
        answer::success(&Body { payout: view, balance: change.after.number() })
    };
    apply(context, request, BalanceAction::ReversePayout(payout_reference), body).await
}

/// The fields of `adjust_balance`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentFields {
    shop_id: ShopId,
    #[serde(deserialize_with = "adjustment_amount")]
    amount: AdjustmentAmount,
    reference: Reference,
    reason: Remark,
    allow_negative: Option<bool>,
}

/// Corrects the balance by an amount with its sign.
pub async fn adjust(
    context: &CommandContext<'_>,
    fields: AdjustmentFields,
) -> Result<InvokedAnswer, CommandError> {
    let AdjustmentFields { shop_id, amount, reference, reason, allow_negative } = fields;
    let coverage = coverage(allow_negative);
    let mut arguments = arguments([("amount", amount.money().to_string()), ("reason", reason.to_string())]);
    // The default is left out, so that a repeat may give or omit it.
    if coverage == Coverage::NotRequired {
        arguments.insert("allow_negative".to_owned(), "true".to_owned());
    }
    let note = ActionNote { reference, reason: Some(reason) };
    let request = Request { shop_id: &shop_id, command: "adjust_balance", arguments, note };
    let body =
        |change: &BalanceChange, _| answer::success(&Body { payout: None, balance: change.after.number() });
    apply(context, request, BalanceAction::Adjust { amount, coverage }, body).await
}

const fn what_no_test_shop_does(action: &BalanceAction) -> &'static str {
    match action {
        BalanceAction::Payout(_) => "takes no payout",
        BalanceAction::ReversePayout(_) => "has no payout to reverse",
        BalanceAction::Adjust { .. } => "takes no adjustment",
    }
}

/// Applies `action` to the balance of a live shop, once for each reference. `body` makes the answer.
async fn apply(
    context: &CommandContext<'_>,
    request: Request<'_>,
    action: BalanceAction,
    body: impl Fn(&BalanceChange, UnixMillis) -> Result<InvokedAnswer, CommandError>,
) -> Result<InvokedAnswer, CommandError> {
    let Request { shop_id, command, arguments, note } = request;
    let store = &context.service.store;
    let shop = store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(shop_id);
    if shop.mode == Mode::Test {
        return Err(CommandError::TestShop(what_no_test_shop_does(&action)));
    }
    let record = |change: &BalanceChange, now: UnixMillis| {
        let answer = body(change, now).map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(context.record(command, arguments.clone(), &answer))
    };
    match store.apply_to_balance(shop_id, &action, &note, record).await? {
        ActionOutcome::Recorded(record) => {
            recorded(record, command, &arguments, CommandError::ReferenceConflict)
        }
        ActionOutcome::Refused(refusal) => Err(refusal.into()),
    }
}
