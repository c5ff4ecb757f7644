//! Money that was handed to a merchant, off the shop's balance.

use serde::Serialize;
use shared::{
    domain::{
        act::ActRecord,
        id::ShopId,
        money::MoneyNumber,
        page::Limit,
        payout::{Payout, PayoutAmount},
        time::UnixMillis,
        transaction::{Reference, TransactionKey},
    },
    edge::direct::DirectAnswer,
    store::{Changed, DECISIONS_MAX, Outcome, PayoutPosition, StoreError},
};

use crate::{Desk, act::repeated, answer, cursor, error::CommandError};

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
    /// What is left.
    balance: MoneyNumber,
}

/// Takes a payout off the balance, once for each reference.
pub async fn record(desk: &Desk<'_>, shop_id: &ShopId, amount: PayoutAmount, reference: Reference) -> Result<DirectAnswer, CommandError> {
    let (store, now) = (&desk.service.store, desk.invocation.now);
    let (_, mut balance) = store.profile_and_balance(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    desk.invocation.belongs_to(shop_id);
    let record = |told: &DirectAnswer| desk.record(Payout::COMMAND, Payout::content(amount), told);
    let key = TransactionKey::operator(shop_id, &reference);
    if let Some(first) = store.act(&key).await? {
        return repeated(first, &record(&answer::success(&answer::Nothing {})?));
    }
    for _ in 0..DECISIONS_MAX {
        let left = balance.balance.checked_sub(amount.money());
        let left = left.ok_or(CommandError::InsufficientBalance { balance: balance.balance, amount: amount.money() })?;
        let told = answer::success(&Recorded { payout: PayoutView::new(&reference, amount, now), balance: left.number() })?;
        let record: ActRecord = record(&told);
        let payout = Payout::new(shop_id, reference.clone(), amount, record.clone(), now);
        let outcome = store.record_payout(&payout, &balance).await;
        match store.know_outcome(&key, outcome).await? {
            Outcome::Applied => return Ok(told),
            Outcome::Changed(changed) => match *changed {
                Changed { act: Some(first), .. } => return repeated(first, &record),
                Changed { balance: Some(moved), .. } => balance = moved,
                _ => return Err(CommandError::Internal(format!("payout of shop {shop_id}: nothing stood in the way"))),
            },
        }
    }
    Err(StoreError::Unavailable(format!("the balance of shop {shop_id} kept moving")).into())
}

#[derive(Serialize)]
struct Payouts<'a> {
    payouts: Vec<PayoutView<'a>>,
    next_cursor: Option<String>,
}

/// A page of a shop's payouts, newest first.
pub async fn list(desk: &Desk<'_>, shop_id: &ShopId, limit: Option<Limit>, cursor: Option<String>) -> Result<DirectAnswer, CommandError> {
    let after: Option<PayoutPosition> = cursor.as_deref().map(cursor::read).transpose()?;
    let store = &desk.service.store;
    store.profile(shop_id).await?.ok_or(CommandError::ShopNotFound)?;
    desk.invocation.belongs_to(shop_id);
    let page = store.payouts(shop_id, after.as_ref(), limit.unwrap_or(Limit::DEFAULT)).await?;
    let payouts = page.payouts.iter().map(|payout| PayoutView::new(&payout.reference, payout.amount, payout.created_at));
    answer::success(&Payouts { payouts: payouts.collect(), next_cursor: page.next.as_ref().map(cursor::write).transpose()? })
}
