//! Payouts: money handed to a merchant and taken off the shop's balance.

use serde::Serialize;
use shared::{
    domain::{
        id::ShopId,
        key::Reference,
        mode::Mode,
        money::{MoneyNumber, SignedTiyin},
        page::Limit,
        payout::{Payout, PayoutAmount},
        time::UnixMillis,
    },
    edge::invoked::InvokedAnswer,
    store::{ActionOutcome, PayoutPosition, StoreError},
};

use crate::{CommandContext, answer, cursor, error::CommandError, record::recorded};

#[derive(Serialize)]
struct PayoutView<'a> {
    reference: &'a str,
    amount: MoneyNumber,
    amount_formatted: String,
    created_at: String,
    created_at_iso: String,
}

impl<'a> PayoutView<'a> {
    fn new(reference: &'a Reference, amount: PayoutAmount, created_at: UnixMillis) -> Self {
        Self {
            reference: reference.as_str(),
            amount: amount.money().number(),
            amount_formatted: amount.money().formatted(),
            created_at: created_at.tashkent(),
            created_at_iso: created_at.iso(),
        }
    }
}

#[derive(Serialize)]
struct Recorded<'a> {
    payout: PayoutView<'a>,
    /// The balance after the payout.
    balance: MoneyNumber,
}

/// Takes a payout off the balance, once for each reference.
pub async fn record(
    context: &CommandContext<'_>,
    shop_id: &ShopId,
    amount: PayoutAmount,
    reference: &Reference,
) -> Result<InvokedAnswer, CommandError> {
    let store = &context.service.store;
    let shop = store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(shop_id);
    if shop.mode == Mode::Test {
        return Err(CommandError::TestShop);
    }
    let arguments = Payout::arguments(amount);
    let record = |left: SignedTiyin, now: UnixMillis| {
        let answer = Recorded { payout: PayoutView::new(reference, amount, now), balance: left.number() };
        let answer = answer::success(&answer).map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(context.record(Payout::COMMAND, arguments.clone(), &answer))
    };
    match store.record_payout(shop_id, reference, amount, record).await? {
        ActionOutcome::Recorded(record) => recorded(record, Payout::COMMAND, &arguments),
        ActionOutcome::Refused(refusal) => Err(CommandError::refused(refusal, amount.money())),
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
    let after: Option<PayoutPosition> = cursor.as_deref().map(cursor::read).transpose()?;
    let store = &context.service.store;
    store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    context.invocation.log_shop(shop_id);
    let page = store.payouts(shop_id, after.as_ref(), limit.unwrap_or(Limit::DEFAULT)).await?;
    let payouts = page
        .payouts
        .iter()
        .map(|payout| PayoutView::new(&payout.reference, payout.amount, payout.created_at));
    answer::success(&Payouts {
        payouts: payouts.collect(),
        next_cursor: page.next.as_ref().map(cursor::write).transpose()?,
    })
}
