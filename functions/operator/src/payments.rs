//! Showing and listing payments.

use serde::{Deserialize, Serialize};
use shared::{
    domain::{
        attempt::Attempt,
        day::{Day, DayRange},
        id::{OrderId, ShopId},
        money::MoneyNumber,
        operator_action::OperatorAction,
        page::{Cursor, Limit},
        payment::{PaymentRow, Status},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{Bounds, Filter, HistoryEntry, Stored},
};

use crate::{
    CommandContext,
    answer::{self, PaymentView},
    error::CommandError,
};

#[derive(Serialize)]
struct Shown<'a> {
    payment: PaymentView<'a>,
    /// Attempts to pay the payment and actions on it, oldest first.
    transactions: Vec<TransactionView<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum TransactionView<'a> {
    Attempt(AttemptView<'a>),
    Action(ActionView<'a>),
}

#[derive(Serialize)]
struct AttemptView<'a> {
    transaction_key: &'a str,
    #[serde(rename = "kind")]
    channel: &'static str,
    /// Payme's number: 1 holds, 2 paid, -1 cancelled, -2 refunded.
    state: i8,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<i32>,
    amount: MoneyNumber,
    created_at: String,
    created_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    performed_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at_iso: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
}

#[derive(Serialize)]
struct ActionView<'a> {
    transaction_key: &'a str,
    command: &'a str,
    created_at: String,
    created_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
}

/// Shows a payment with its transactions.
pub async fn show(context: &CommandContext<'_>, order_id: &OrderId) -> Result<InvokedAnswer, CommandError> {
    let history = context.service.store.snapshot(order_id.key().as_str()).await?;
    let unreadable =
        |key: &str, problem: &str| CommandError::Internal(format!("corrupt item {key}: {problem}"));
    let payment = match history.payment {
        Stored::Found(payment) if payment.order_id == *order_id => payment,
        Stored::Unreadable(problem) => return Err(unreadable(&history.order_key, &problem)),
        _ => return Err(CommandError::OrderNotFound),
    };
    context.invocation.log_shop(&payment.shop_id);
    let mut transactions = Vec::with_capacity(history.records.len());
    for (key, record) in &history.records {
        match record {
            Stored::Found(record) => transactions.push(view(record)),
            Stored::Missing => {}
            Stored::Unreadable(problem) => return Err(unreadable(key, problem)),
        }
    }
    transactions.sort_by_key(|(created_at, _)| *created_at);
    let transactions = transactions.into_iter().map(|(_, view)| view).collect();
    answer::success(&Shown {
        payment: PaymentView::new(&PaymentRow::from(&payment), context.invocation.now).with_fee(&payment),
        transactions,
    })
}

fn view(record: &HistoryEntry) -> (UnixMillis, TransactionView<'_>) {
    match record {
        HistoryEntry::Attempt(attempt) => {
            (attempt.created_at, TransactionView::Attempt(attempt_view(attempt)))
        }
        HistoryEntry::Action(action) => (action.created_at, TransactionView::Action(action_view(action))),
    }
}

fn attempt_view(attempt: &Attempt) -> AttemptView<'_> {
    AttemptView {
        transaction_key: attempt.transaction_key.as_str(),
        channel: attempt.channel.into_str(),
        state: attempt.state.into(),
        reason: attempt.reason.map(|reason| reason.get()),
        amount: attempt.amount.money().number(),
        created_at: attempt.created_at.tashkent(),
        created_at_iso: attempt.created_at.iso(),
        hold_until: attempt.hold_until.map(UnixMillis::tashkent),
        hold_until_iso: attempt.hold_until.map(UnixMillis::iso),
        performed_at: attempt.performed_at.map(UnixMillis::tashkent),
        performed_at_iso: attempt.performed_at.map(UnixMillis::iso),
        cancelled_at: attempt.cancelled_at.map(UnixMillis::tashkent),
        cancelled_at_iso: attempt.cancelled_at.map(UnixMillis::iso),
        actor: attempt.record.as_ref().and_then(|record| record.requested_by.actor.as_deref()),
    }
}

fn action_view(action: &OperatorAction) -> ActionView<'_> {
    ActionView {
        transaction_key: action.transaction_key.as_str(),
        command: &action.record.command,
        created_at: action.created_at.tashkent(),
        created_at_iso: action.created_at.iso(),
        reason: action.record.arguments.get("reason").map(String::as_str),
        actor: action.record.requested_by.actor.as_deref(),
    }
}

/// The fields of `list_payments`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListFields {
    shop_id: ShopId,
    status: Option<Status>,
    from: Option<Day>,
    to: Option<Day>,
    limit: Option<Limit>,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Payments<'a> {
    payments: Vec<PaymentView<'a>>,
    next_cursor: Option<String>,
}

/// Lists a page of a shop's payments, newest first. If few of many match, a page may end before
/// `limit` is reached, with a cursor to go on from.
pub async fn list(context: &CommandContext<'_>, fields: ListFields) -> Result<InvokedAnswer, CommandError> {
    let ListFields { shop_id, status, from, to, limit, cursor } = fields;
    let days = DayRange::new(from, to).map_err(|_| CommandError::DaysReversed)?;
    let after = cursor.as_deref().map(Cursor::parse).transpose().map_err(|_| CommandError::InvalidCursor)?;
    let (store, now) = (&context.service.store, context.invocation.now);
    store.profile(&shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(&shop_id);
    let filter = Filter { status, days, merchant_order_id: None };
    // Only the time bounds a page: an operator looks for few of many.
    let bounds = Bounds { rows: usize::MAX, deadline: context.invocation.deadline };
    let limit = limit.unwrap_or(Limit::DEFAULT);
    let page = store.search_payments(&shop_id, &filter, after.as_ref(), limit, now, bounds).await?;
    let payments = page.rows.iter().map(|row| PaymentView::new(row, now)).collect();
    answer::success(&Payments { payments, next_cursor: page.next.map(|next| next.to_string()) })
}
