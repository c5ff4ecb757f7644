//! Listing payouts, and how one is shown.

use serde::Serialize;
use shared::{
    domain::{
        id::ShopId,
        key::Reference,
        money::MoneyNumber,
        page::Limit,
        payout::{Payout, PayoutAmount},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::ActionPosition,
};

use crate::{CommandContext, answer, cursor, error::CommandError};

#[derive(Serialize)]
pub struct PayoutView<'a> {
    reference: &'a str,
    amount: MoneyNumber,
    amount_formatted: String,
    created_at: String,
    created_at_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_at_iso: Option<String>,
    /// The reference of the reversal.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_by: Option<&'a str>,
}

impl<'a> PayoutView<'a> {
    pub fn new(payout: &'a Payout) -> Self {
        Self {
            reversed_at: payout.reversed_at.map(UnixMillis::tashkent),
            reversed_at_iso: payout.reversed_at.map(UnixMillis::iso),
            reversed_by: payout.reversed_by.as_ref().and_then(|reversal| reversal.reference()),
            ..Self::recorded(&payout.reference, payout.amount, payout.created_at)
        }
    }

    /// A payout that was just recorded.
    pub fn recorded(reference: &'a Reference, amount: PayoutAmount, created_at: UnixMillis) -> Self {
        Self {
            reference: reference.as_str(),
            amount: amount.money().number(),
            amount_formatted: amount.money().formatted(),
            created_at: created_at.tashkent(),
            created_at_iso: created_at.iso(),
            reversed_at: None,
            reversed_at_iso: None,
            reversed_by: None,
        }
    }
}

#[derive(Serialize)]
struct Payouts<'a> {
    payouts: Vec<PayoutView<'a>>,
    next_cursor: Option<String>,
}

/// Lists a page of a shop's payouts, newest first.
pub async fn list(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    limit: Option<Limit>,
    cursor: Option<String>,
) -> Result<InvokedAnswer, CommandError> {
    let after: Option<ActionPosition> = cursor.as_deref().map(cursor::read).transpose()?;
    let store = &context.service.store;
    store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(shop_id);
    let page = store.payouts(shop_id, after.as_ref(), limit.unwrap_or(Limit::DEFAULT)).await?;
    answer::success(&Payouts {
        payouts: page.payouts.iter().map(PayoutView::new).collect(),
        next_cursor: page.next.as_ref().map(cursor::write).transpose()?,
    })
}
